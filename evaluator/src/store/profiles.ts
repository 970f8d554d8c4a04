import type { Store } from "@faultline/collector";
import { chooseReference } from "../core/choose-reference.ts";
import {
	type ComponentProfile,
	countProfile,
	type Execution,
	type Histogram,
	learnProfile,
	mergeProfiles,
	readExecution,
} from "../core/component-profile.ts";
import { changesBetween } from "../core/profile-change.ts";
import { type Run, type Step, stepsOf } from "../core/trace.ts";
import { SLACK_MS } from "./read-runs.ts";
import { timeText } from "./result-rows.ts";
import { select } from "./select.ts";

/** A component's profile as it is stored: one per deploy and route. */
export interface StoredProfile {
	readonly pipeline: string;
	readonly step: string;
	readonly kind: string;
	/** The way the run took: its steps in the order in which each was first reached. */
	readonly route: string;
	/** The service version that it was learned from. */
	readonly version: string;
	/** Microseconds since the epoch: the first and the last run that is in it. */
	readonly fromUs: number;
	readonly untilUs: number;
	readonly runs: number;
	readonly profile: ComponentProfile;
	/** Why newer runs were not taken in; null where they were. */
	readonly refused: string | null;
}

interface ProfileRow {
	readonly pipeline: string;
	readonly step: string;
	readonly kind: string;
	readonly route: string;
	readonly name: string;
	readonly body: string;
	readonly runs: string;
	readonly from_us: string;
	readonly until_us: string;
}

/** Reads stored profiles, the latest deploy's first. */
export async function readProfiles(
	store: Store,
	{ pipeline = "", step = "" }: { readonly pipeline?: string; readonly step?: string } = {},
): Promise<StoredProfile[]> {
	const rows = await select<ProfileRow>(store, "profiles.sql", { pipeline, step });
	return rows.map(({ name, body, runs, from_us, until_us, ...where }) => {
		const { refused = null, ...profile } = JSON.parse(body) as ComponentProfile & { refused?: string | null };
		return {
			...where,
			version: name,
			fromUs: Number(from_us),
			untilUs: Number(until_us),
			runs: Number(runs),
			profile,
			refused,
		};
	});
}

/** More ways through a pipeline are put together: each would have too few runs to say anything. */
const MAX_ROUTES = 12;
const OTHER_ROUTE = "other";

/** Reference runs of a deploy must not differ from each other more than this, or they are no reference. */
const DRIFT_ALPHA = 0.001;

/**
 * Learns the profiles of a pipeline's components from its healthy runs, deploy by deploy, and merges them with those that are stored. Runs that a
 * stored profile has already are left out, so learning twice changes nothing. A deploy has profiles of its own: the next one never waters down the last.
 * Where newer runs of a deploy differ from the older ones in what goes in or out, they are refused, and the stored profile says why.
 *
 * @param runs of one pipeline; those that failed, or that do not say where others do, are left out.
 */
export async function updateProfiles(
	store: Store,
	pipeline: string,
	runs: readonly Run[],
): Promise<readonly StoredProfile[]> {
	const known = new Map((await readProfiles(store, { pipeline })).map((one) => [keyOf(one), one]));
	const written: StoredProfile[] = [];
	for (const [version, group] of Map.groupBy(runs, ({ serviceVersion }) => serviceVersion)) {
		const since = Math.max(
			-1,
			...[...known.values()].filter((one) => one.version === version).map(({ untilUs }) => untilUs),
		);
		const healthy = chooseReference(group).runs.filter(({ startUs }) => startUs > since);
		if (healthy.length === 0) continue;
		const routes = routesOf(healthy, [...known.values()]);
		const times = await timesOf(store, healthy, routes);
		for (const part of partsOf(healthy, routes)) {
			const fresh = learnPart(part, { pipeline, version, times });
			written.push(combine(known.get(keyOf(fresh.stored)), fresh));
		}
	}
	await store.insert("profiles", written.map(toRow));
	return written;
}

const keyOf = ({
	step,
	kind,
	route,
	version,
}: Pick<StoredProfile, "step" | "kind" | "route" | "version">): string =>
	[version, kind, step, route].join("\n");

/** The way a run took: its steps in the order in which each was first reached. */
export const routeOfRun = (run: Run): string =>
	[...new Set(stepsOf(run).map(({ name }) => name))].join(" > ");

/** Run → its route; the commonest, those that are stored among them, and one name for all others. */
function routesOf(runs: readonly Run[], known: readonly StoredProfile[]): ReadonlyMap<Run, string> {
	const kept = new Set(known.map(({ route }) => route));
	const counts = [...Map.groupBy(runs, routeOfRun)].sort((a, b) => b[1].length - a[1].length);
	for (const [route] of counts) if (kept.size < MAX_ROUTES) kept.add(route);
	return new Map(
		runs.map((run) => {
			const route = routeOfRun(run);
			return [run, kept.has(route) ? route : OTHER_ROUTE];
		}),
	);
}

/** The executions of one component on one route, in the order of their runs. */
interface Part {
	readonly step: string;
	readonly kind: string;
	readonly route: string;
	readonly executions: { readonly step: Step; readonly run: Run }[];
}

function partsOf(runs: readonly Run[], routes: ReadonlyMap<Run, string>): readonly Part[] {
	const parts = new Map<string, Part>();
	for (const run of runs.toSorted((a, b) => a.startUs - b.startUs)) {
		for (const step of stepsOf(run)) {
			const where = { step: step.name, kind: step.kind, route: routes.get(run) ?? OTHER_ROUTE };
			const key = keyOf({ ...where, version: "" });
			const part = parts.get(key) ?? { ...where, executions: [] };
			parts.set(key, part);
			part.executions.push({ step, run });
		}
	}
	return [...parts.values()];
}

interface Fresh {
	readonly stored: StoredProfile;
	readonly executions: readonly Execution[];
	/** Its first and its second half, to tell whether it drifts by itself. */
	readonly halves: () => readonly [ComponentProfile, ComponentProfile];
}

type Times = ReadonlyMap<string, Partial<Record<"duration" | "self_time", Histogram>>>;

function learnPart(
	{ executions, ...where }: Part,
	{
		pipeline,
		version,
		times,
	}: { readonly pipeline: string; readonly version: string; readonly times: Times },
): Fresh {
	const read = executions.map(({ step }) => readExecution(step, step.durationUs));
	const learned = learnProfile(read);
	const half = read.length >> 1;
	const starts = executions.map(({ run }) => run.startUs);
	const measures = { ...learned.measures, ...times.get(keyOf({ ...where, version: "" })) };
	return {
		stored: {
			...where,
			pipeline,
			version,
			fromUs: Math.min(...starts),
			untilUs: Math.max(...starts),
			runs: new Set(executions.map(({ run }) => run.traceId)).size,
			profile: { ...learned, measures },
			refused: null,
		},
		executions: read,
		halves: () => [countProfile(read.slice(0, half)), countProfile(read.slice(half))],
	};
}

/** What is stored from now on: both together, or what was stored, with the reason. */
function combine(known: StoredProfile | undefined, { stored, halves, executions }: Fresh): StoredProfile {
	const [before, after] = known === undefined ? halves() : [known.profile, stored.profile];
	const [drift] = changesBetween(before, after, { alpha: DRIFT_ALPHA, times: false }) ?? [];
	const refused = drift === undefined ? null : `its healthy runs differ among themselves: ${drift.text}`;
	if (known === undefined) return { ...stored, refused };
	if (refused !== null) return { ...known, untilUs: Math.max(known.untilUs, stored.untilUs), refused };
	return {
		...known,
		untilUs: Math.max(known.untilUs, stored.untilUs),
		runs: known.runs + stored.runs,
		profile: mergeProfiles(known.profile, stored.profile, executions),
		refused: known.refused,
	};
}

interface TimesRow {
	readonly kind: string;
	readonly step: string;
	readonly route: string;
	readonly duration: Readonly<Record<string, number | string>>;
	readonly self_time: Readonly<Record<string, number | string>>;
}

/** Durations and self times, counted in the database. */
async function timesOf(store: Store, runs: readonly Run[], routes: ReadonlyMap<Run, string>): Promise<Times> {
	const starts = runs.map(({ startUs }) => startUs / 1000);
	const rows = await select<TimesRow>(store, "profile-measures.sql", {
		trace_ids: runs.map(({ traceId }) => traceId),
		routes: runs.map((run) => routes.get(run) ?? OTHER_ROUTE),
		since_ms: Math.floor(Math.min(...starts)) - SLACK_MS,
		until_ms: Math.ceil(Math.max(...starts)) + SLACK_MS,
	});
	const numbers = (counts: TimesRow["duration"]): Histogram =>
		Object.fromEntries(Object.entries(counts).map(([bin, seen]) => [bin, Number(seen)]));
	return new Map(
		rows.map(({ kind, step, route, duration, self_time }) => [
			keyOf({ kind, step, route, version: "" }),
			{ duration: numbers(duration), self_time: numbers(self_time) },
		]),
	);
}

const toRow = ({ version, fromUs, untilUs, profile, refused, ...where }: StoredProfile): object => ({
	...where,
	name: version,
	body: JSON.stringify({ ...profile, refused }),
	reference_from: timeText(fromUs),
	reference_until: timeText(untilUs),
});
