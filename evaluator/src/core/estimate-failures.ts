import { LEAST_LABELS } from "./calibrate-judge.ts";
import { differenceOf, type Estimated } from "./difference.ts";
import { sum } from "./moments.ts";
import { estimateShare, type JudgedUnit, kish, type WeightedEstimate } from "./weighted-ppi.ts";

/** What people said of one run. */
export interface RunRating {
	/** Share of the raters who could tell that fail it. */
	readonly failed: number;
	/** Step name → share of those raters who blame it; null where some fail the run and blame no step. */
	readonly blame: ReadonlyMap<string, number> | null;
	/** Chance with which the run, being one of those judged, was chosen for rating; null where nobody knows. */
	readonly probability: number | null;
}

/** One run of users, with what is known of it. */
export interface EstimatedRun {
	readonly traceId: string;
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly startMs: number;
	/** Runs of one task depend on each other; null where it is nobody's trial. */
	readonly task: string | null;
	/** Chance with which the run was drawn to be judged; null where it was not drawn. */
	readonly sampleProbability: number | null;
	/** How surely the judge says that it failed. */
	readonly judge: number | null;
	/** Step name → chance that the fault began there, as located; null where nobody looked. */
	readonly broke: ReadonlyMap<string, number> | null;
	readonly rating: RunRating | null;
}

/** A rate with what stands behind it. */
export interface CorrectedShare {
	/** Runs that the rate is over, and those that people rated with a known chance. */
	readonly runs: number;
	readonly labels: number;
	readonly effectiveLabels: number;
	/** Corrected with people's labels; null below the least number of them. */
	readonly corrected: WeightedEstimate | null;
	/** People's labels alone. */
	readonly labelsAlone: Estimated | null;
	/** The judge's own mean: not to be trusted. */
	readonly judgeAlone: number | null;
	/** Further labels until a corrected rate is given. */
	readonly missing: number;
}

export interface FailureEstimate {
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly endToEnd: CorrectedShare;
	/** Share of all runs whose fault began there, largest first. */
	readonly steps: readonly ({ readonly step: string } & CorrectedShare)[];
	/** Ratings that cannot be used: of runs that were not drawn to be judged, or chosen with an unknown chance. */
	readonly unusable: number;
}

export interface WeekEstimate {
	readonly pipeline: string;
	/** Monday 00:00 UTC, milliseconds since the epoch. */
	readonly weekMs: number;
	readonly endToEnd: CorrectedShare;
	/** Against the week before; null where one of the two has no corrected rate, or the weeks do not follow each other. */
	readonly change: Estimated | null;
}

const WEEK_MS = 7 * 86_400_000;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * 86_400_000;

/** The Monday 00:00 UTC at or before a time. */
export const weekOf = (ms: number): number =>
	Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;

/**
 * Failure rates end to end and per step of every deploy, corrected with that deploy's own labels: never with another's.
 *
 * @example
 * estimateDeploys(runs)[0]?.endToEnd.corrected?.high;
 */
export function estimateDeploys(runs: readonly EstimatedRun[]): FailureEstimate[] {
	const deploys = Map.groupBy(runs, (run) => JSON.stringify([run.pipeline, run.serviceVersion]));
	return [...deploys.values()].flatMap((members) => {
		const [first] = members;
		if (first === undefined) return [];
		const frame = frameOf(members);
		return [
			{
				pipeline: first.pipeline,
				serviceVersion: first.serviceVersion,
				endToEnd: correct(endToEndUnits(frame)),
				steps: estimateSteps(frame),
				unusable: unusableIn(members, frame),
			},
		];
	});
}

/**
 * Failure rates of every week, and how they differ from the week before's.
 *
 * @example
 * estimateWeeks(runs).at(-1)?.change?.low; // above 0: worse than last week
 */
export function estimateWeeks(runs: readonly EstimatedRun[]): WeekEstimate[] {
	const weeks = Map.groupBy(runs, (run) => JSON.stringify([run.pipeline, weekOf(run.startMs)]));
	const estimates = [...weeks.values()].flatMap((members) => {
		const [first] = members;
		if (first === undefined) return [];
		// A deploy that was sampled and one that was judged whole may share a week: each in its own frame.
		const frame = [...Map.groupBy(members, (run) => run.serviceVersion).values()].flatMap(frameOf);
		return [
			{ pipeline: first.pipeline, weekMs: weekOf(first.startMs), endToEnd: correct(endToEndUnits(frame)) },
		];
	});
	const sorted = estimates.toSorted((a, b) =>
		a.pipeline === b.pipeline ? a.weekMs - b.weekMs : a.pipeline < b.pipeline ? -1 : 1,
	);
	return sorted.map((week, at) => {
		const before = sorted[at - 1];
		const follows = before?.pipeline === week.pipeline && before.weekMs === week.weekMs - WEEK_MS;
		const [old, now] = [before?.endToEnd.corrected, week.endToEnd.corrected];
		return { ...week, change: follows && old && now ? differenceOf(old, now) : null };
	});
}

/** The runs that rates are over: where runs were drawn to be judged, those, since what else was judged was picked for a reason. */
function frameOf(runs: readonly EstimatedRun[]): readonly EstimatedRun[] {
	const drawn = runs.filter(({ sampleProbability }) => sampleProbability !== null);
	return drawn.length > 0 ? drawn : runs;
}

function unusableIn(runs: readonly EstimatedRun[], frame: readonly EstimatedRun[]): number {
	const inside = new Set(frame);
	return runs.filter((run) => run.rating !== null && (run.rating.probability === null || !inside.has(run)))
		.length;
}

const unitOf = (run: EstimatedRun, judge: number | null, value: number | null): JudgedUnit => ({
	judge,
	weight: 1 / (run.sampleProbability ?? 1),
	label:
		value === null || run.rating?.probability == null ? null : { value, probability: run.rating.probability },
	...(run.task === null ? {} : { cluster: run.task }),
});

/** Where no judge scored any run, what was located takes its place: the chance that some step broke. */
function endToEndUnits(frame: readonly EstimatedRun[]): JudgedUnit[] {
	const judged = frame.some(({ judge }) => judge !== null);
	return frame.map((run) => {
		const located = run.broke === null ? null : Math.min(1, sum([...run.broke.values()]));
		return unitOf(run, judged ? run.judge : located, run.rating?.failed ?? null);
	});
}

function estimateSteps(frame: readonly EstimatedRun[]): FailureEstimate["steps"] {
	const names = new Set(
		frame.flatMap(({ broke, rating }) => [...(broke?.keys() ?? []), ...(rating?.blame?.keys() ?? [])]),
	);
	return [...names]
		.map((step) => ({
			step,
			...correct(
				frame.map((run) =>
					unitOf(
						run,
						run.broke === null ? null : Math.min(1, run.broke.get(step) ?? 0),
						run.rating?.blame == null ? null : (run.rating.blame.get(step) ?? 0),
					),
				),
			),
		}))
		.sort((a, b) => sizeOf(b) - sizeOf(a) || (a.step < b.step ? -1 : 1));
}

const sizeOf = ({ corrected, judgeAlone }: CorrectedShare): number => corrected?.estimate ?? judgeAlone ?? 0;

function correct(units: readonly JudgedUnit[]): CorrectedShare {
	const labelled = units.filter(({ label }) => label !== null);
	const answered = units.filter(({ judge }) => judge !== null);
	const missing = Math.max(0, LEAST_LABELS - labelled.length);
	return {
		runs: units.length,
		labels: labelled.length,
		effectiveLabels: kish(labelled.map(({ weight, label }) => weight / (label?.probability ?? 1))),
		corrected: missing > 0 ? null : estimateShare(units),
		labelsAlone: estimateShare(units.map((unit) => ({ ...unit, judge: null }))),
		judgeAlone: weightedMean(answered),
		missing,
	};
}

function weightedMean(units: readonly JudgedUnit[]): number | null {
	const whole = sum(units.map(({ weight }) => weight));
	return whole === 0 ? null : sum(units.map(({ weight, judge }) => weight * (judge ?? 0))) / whole;
}
