import { type FindChangesOptions, findChanges, type StreamChange } from "./find-changes.ts";
import { type Deploy, findDeploys } from "./find-deploys.ts";
import { type Interval, wilson } from "./interval.ts";
import { taskKey } from "./reference.ts";
import type { Run } from "./trace.ts";

/** A side of a change. */
export interface StreamSide {
	readonly runs: number;
	/** Share of true outcomes; for numbers the median. */
	readonly value: number;
	/** 95 % interval of a share; null for numbers. */
	readonly interval: Interval | null;
}

/** A deploy beside a change. */
export interface NearDeploy {
	readonly deploy: Deploy;
	/** Told runs from the deploy's first one to the change: positive where the deploy came first. */
	readonly runsApart: number;
	readonly minutesApart: number;
}

/** One change, with the moment at which it began. */
export interface DatedChange {
	/** Start of the first run after the change, microseconds since the epoch. */
	readonly startUs: number;
	/** The earliest and the latest moment that the data allow with 95 % confidence. */
	readonly earliestUs: number;
	readonly latestUs: number;
	readonly place: StreamChange["place"];
	readonly index: number;
	readonly before: StreamSide;
	readonly after: StreamSide;
	readonly p: number;
	/** The deploys that the place of the change allows, nearest first; where there is none, the nearest one. */
	readonly deploys: readonly NearDeploy[];
	/** How likely some deploy would be as near to a change at a random place; null where there was no deploy. */
	readonly chance: number | null;
}

/** What a stream of runs tells of one measure. */
export interface SinceWhen {
	/** Runs that told something. */
	readonly runs: number;
	readonly untold: number;
	readonly overall: StreamSide | null;
	readonly changes: readonly DatedChange[];
}

/** Fewest told runs in which a change is looked for. */
export const FEWEST_RUNS = 20;

/**
 * Since when a measure of the runs is as it is: its changes in the order of the runs' start, each with the deploys beside it and how likely
 * such nearness is by chance.
 *
 * @param runs in any order; trials of one task count as one cluster.
 * @param read what a run tells: true or false, or a number; null where it tells nothing.
 * @example
 * sinceWhen(runs, failed, { random: seededRandom(1) }).changes[0]?.deploys[0]?.deploy.to; // "1.5.0"
 */
export function sinceWhen(
	runs: readonly Run[],
	read: (run: Run) => boolean | number | null,
	options: Omit<FindChangesOptions, "clusters">,
): SinceWhen {
	const ordered = runs.toSorted((a, b) => a.startUs - b.startUs);
	const told = ordered.flatMap((run) => {
		const value = read(run);
		return value === null || Number.isNaN(value) ? [] : [{ run, value }];
	});
	const values = told.map(({ value }) => value) as boolean[] | number[];
	const sides = { runs: told.length, untold: runs.length - told.length, overall: sideOf(values) };
	if (told.length < FEWEST_RUNS) return { ...sides, changes: [] };
	const changes = findChanges(values, { ...options, clusters: told.map(({ run }) => taskKey(run)) });
	const starts = told.map(({ run }) => run.startUs);
	const deploys = changes.length === 0 ? [] : findDeploys(ordered).map((deploy) => placeIn(starts, deploy));
	return {
		...sides,
		changes: changes.map((change, at) => {
			const from = changes[at - 1]?.index ?? 0;
			const to = changes[at + 1]?.index ?? values.length;
			return {
				startUs: starts[change.index] ?? 0,
				earliestUs: starts[change.place.first] ?? 0,
				latestUs: starts[change.place.last] ?? 0,
				place: change.place,
				index: change.index,
				before: sideOf(values.slice(from, change.index) as typeof values) ?? EMPTY,
				after: sideOf(values.slice(change.index, to) as typeof values) ?? EMPTY,
				p: change.p,
				...beside(change, starts, deploys),
			};
		}),
	};
}

const EMPTY: StreamSide = { runs: 0, value: 0, interval: null };

/** Whether a run failed; null where nobody said. */
export const failed = (run: Run): boolean | null =>
	run.outcome === "unknown" ? null : run.outcome === "fail";

function sideOf(values: readonly boolean[] | readonly number[]): StreamSide | null {
	const runs = values.length;
	if (runs === 0) return null;
	if (typeof values[0] === "boolean") {
		const trues = values.filter((value) => value === true).length;
		return { runs, value: trues / runs, interval: wilson(trues, runs) };
	}
	const sorted = Float64Array.from(values, Number).sort();
	const middle = ((sorted[(runs - 1) >> 1] ?? 0) + (sorted[runs >> 1] ?? 0)) / 2;
	return { runs, value: middle, interval: null };
}

/** The deploy with its place among the runs that told something. */
function placeIn(starts: readonly number[], deploy: Deploy): Deploy {
	let [low, high] = [0, starts.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((starts[middle] ?? 0) < deploy.startUs) low = middle + 1;
		else high = middle;
	}
	return { ...deploy, index: low };
}

function beside(
	change: StreamChange,
	starts: readonly number[],
	deploys: readonly Deploy[],
): Pick<DatedChange, "deploys" | "chance"> {
	const near = deploys
		.map((deploy) => ({
			deploy,
			runsApart: change.index - deploy.index,
			minutesApart: ((starts[change.index] ?? 0) - deploy.startUs) / 60e6,
		}))
		.sort((a, b) => Math.abs(a.runsApart) - Math.abs(b.runsApart));
	const nearest = near[0];
	if (nearest === undefined) return { deploys: [], chance: null };
	const within = near.filter(
		({ deploy }) => deploy.index >= change.place.first && deploy.index <= change.place.last,
	);
	return {
		deploys: within.length > 0 ? within : [nearest],
		chance: chanceOf(nearest, starts.length, deploys),
	};
}

/** The share of all places that are as near to some deploy. */
function chanceOf({ runsApart }: NearDeploy, places: number, deploys: readonly Deploy[]): number {
	const distance = Math.abs(runsApart);
	const close = new Uint8Array(places);
	for (const { index } of deploys) close.fill(1, Math.max(0, index - distance), index + distance + 1);
	return close.reduce((sum, one) => sum + one, 0) / places;
}
