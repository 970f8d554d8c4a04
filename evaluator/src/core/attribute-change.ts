import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import { type BootstrapEstimate, clusterBootstrapVector } from "./bootstrap.ts";
import { type Interval, wilson } from "./interval.ts";
import { fitOriginShares, hazardsOf, type OriginCase, type Origins } from "./origin-shares.ts";
import { pairedPermutationTestVector, permutationTestVector } from "./permutation.ts";
import type { Random } from "./random.ts";
import { shapleyValues } from "./shapley.ts";

/** One population's end-to-end failure rate. `failed` is fractional where outcomes had to be estimated. */
export interface FailureRate {
	readonly runs: number;
	/** Runs that said how they ended; the others' outcomes are estimated from their evidence. */
	readonly stated: number;
	readonly failed: number;
	readonly rate: number | null;
	readonly interval: Interval | null;
}

/** How one origin's hazard changed, and its part of the end-to-end change. */
export interface OriginChange {
	/** `kind/name` of a component, or `input` or `unknown`. */
	readonly origin: string;
	/** Its place in the data flow: 0 is the user's input. */
	readonly place: number;
	readonly baseline: number;
	readonly candidate: number;
	readonly difference: number;
	readonly interval: Interval | null;
	readonly p: number | null;
	/** `p` corrected for the number of origins (Benjamini–Hochberg). */
	readonly q: number | null;
	/** Part of the end-to-end change in failure rate, as a rate; the parts add up to the change. */
	readonly contribution: number;
	/** `contribution` over the change; null where the rate did not change. */
	readonly share: number | null;
}

export type ChangeVerdict =
	| { readonly kind: "component" | "several"; readonly origins: readonly string[] }
	| { readonly kind: "inputs" }
	| { readonly kind: "no-change" }
	| { readonly kind: "inconclusive"; readonly neededRuns: number | null };

export interface Change {
	readonly baseline: FailureRate;
	readonly candidate: FailureRate;
	readonly difference: {
		readonly value: number;
		readonly interval: Interval | null;
		readonly p: number | null;
	};
	/** Tasks that ran on both sides, whose differences between tasks cancel. */
	readonly pairedTasks: number;
	/** Ranked by size of contribution. */
	readonly origins: readonly OriginChange[];
	readonly verdict: ChangeVerdict;
}

export interface AttributeOptions {
	readonly random: Random;
	/** A component is named when its q is at most this; 0.01 by default. */
	readonly alpha?: number;
	/** Smallest contribution worth naming, as a rate; 0.02 by default. */
	readonly smallestEffect?: number;
	/** Nothing counts as changed where a rise of the failure rate by more than this is ruled out; 0.05 by default. */
	readonly margin?: number;
	readonly resamples?: number;
	readonly permutations?: number;
}

const MIN_PAIRED_TASKS = 10;
const MIN_SHARE = 0.2;
/** A component is named only where the failure rate itself changed, at this level. */
const CHANGED = 0.05;

interface Sides {
	readonly baseline: readonly OriginCase[];
	readonly candidate: readonly OriginCase[];
}

/**
 * Says what changed between two populations of runs (DESIGN, section 6): hazards per origin by a mixture fitted to each population,
 * contributions by Shapley values of 1 − Π(1 − h), intervals by a bootstrap over tasks, p-values by exchanging the deploys' labels over
 * tasks (within tasks where both sides ran them), corrected for the number of origins.
 *
 * @param prior relative shares of faults per origin, adding up to 1.
 * @example
 * attributeChange(origins, prior, { baseline, candidate }, { random: seededRandom(1) }).verdict;
 */
export function attributeChange(
	origins: Origins,
	prior: Float64Array,
	sides: Sides,
	options: AttributeOptions,
): Change {
	const { random, resamples = 999 } = options;
	const permutations = options.permutations ?? Math.max(1999, 250 * origins.length - 1);
	const tasks = groupByTask(sides);
	const shared = tasks.filter((task) => task.baseline.length > 0 && task.candidate.length > 0);
	const paired = shared.length >= MIN_PAIRED_TASKS && shared.length >= tasks.length / 2;
	const fitted = {
		baseline: fitOriginShares(sides.baseline, prior),
		candidate: fitOriginShares(sides.candidate, prior),
	};
	const pooled = fitOriginShares([...sides.baseline, ...sides.candidate], prior);
	const statistic = (from: Sides): (number | null)[] => {
		if (from.baseline.length === 0 || from.candidate.length === 0) return [null, ...origins.map(() => null)];
		return differences(
			fitOriginShares(from.baseline, prior, { rounds: 12, start: pooled }),
			fitOriginShares(from.candidate, prior, { rounds: 12, start: pooled }),
		);
	};
	const bootstrap = clusterBootstrapVector(tasks, (sample) => statistic(mergeTasks(sample)), {
		random,
		resamples,
		method: "percentile",
		stratum: paired ? () => "" : sideOf,
	});
	const ps = permute(tasks, paired, statistic, { random, permutations });
	const total = sum(fitted.candidate) - sum(fitted.baseline);
	const changes = rankOrigins(origins, fitted, bootstrap.slice(1), ps.slice(1), total, random);
	const interval = intervalOf(bootstrap[0]);
	const difference = { value: total, interval, p: ps[0] ?? null };
	return {
		baseline: failureRate(sides.baseline, fitted.baseline),
		candidate: failureRate(sides.candidate, fitted.candidate),
		difference,
		pairedTasks: paired ? shared.length : 0,
		origins: changes,
		verdict: decide(changes, difference, bootstrap[0], sides, options),
	};
}

/** The end-to-end difference, then each origin's difference in hazard. */
function differences(baseline: Float64Array, candidate: Float64Array): number[] {
	const before = hazardsOf(baseline);
	const after = hazardsOf(candidate);
	return [sum(candidate) - sum(baseline), ...Array.from(after, (hazard, at) => hazard - (before[at] ?? 0))];
}

function groupByTask({ baseline, candidate }: Sides): Sides[] {
	const tasks = new Map<string, { baseline: OriginCase[]; candidate: OriginCase[] }>();
	const of = (task: string): { baseline: OriginCase[]; candidate: OriginCase[] } => {
		const found = tasks.get(task) ?? { baseline: [], candidate: [] };
		tasks.set(task, found);
		return found;
	};
	for (const one of baseline) of(one.task).baseline.push(one);
	for (const one of candidate) of(one.task).candidate.push(one);
	return [...tasks.values()];
}

const mergeTasks = (tasks: readonly Sides[]): Sides => ({
	baseline: tasks.flatMap((task) => task.baseline),
	candidate: tasks.flatMap((task) => task.candidate),
});

const sideOf = (task: Sides): string => (task.baseline.length > 0 ? "baseline" : "candidate");

function permute(
	tasks: readonly Sides[],
	paired: boolean,
	statistic: (sides: Sides) => (number | null)[],
	options: { readonly random: Random; readonly permutations: number },
): (number | null)[] {
	if (paired) {
		const both = tasks.filter((task) => task.baseline.length > 0 && task.candidate.length > 0);
		const fixed = mergeTasks(tasks.filter((task) => !both.includes(task)));
		return pairedPermutationTestVector(
			both.map((task) => task.baseline),
			both.map((task) => task.candidate),
			(before, after) =>
				statistic({
					baseline: [...fixed.baseline, ...before.flat()],
					candidate: [...fixed.candidate, ...after.flat()],
				}),
			options,
		).map((result) => result.p);
	}
	const sides = (side: keyof Sides): (readonly OriginCase[])[] =>
		tasks.map((task) => task[side]).filter((cases) => cases.length > 0);
	return permutationTestVector(
		sides("baseline"),
		sides("candidate"),
		(before, after) => statistic({ baseline: before.flat(), candidate: after.flat() }),
		options,
	).map((result) => result.p);
}

function rankOrigins(
	origins: Origins,
	fitted: { readonly baseline: Float64Array; readonly candidate: Float64Array },
	bootstrap: readonly BootstrapEstimate[],
	ps: readonly (number | null)[],
	total: number,
	random: Random,
): OriginChange[] {
	const before = hazardsOf(fitted.baseline);
	const after = hazardsOf(fitted.candidate);
	const contributions = contributionsOf(before, after, random);
	const qs = benjaminiHochberg(ps);
	return origins
		.map((origin, at) => ({
			origin,
			place: at,
			baseline: before[at] ?? 0,
			candidate: after[at] ?? 0,
			difference: (after[at] ?? 0) - (before[at] ?? 0),
			interval: intervalOf(bootstrap[at]),
			p: ps[at] ?? null,
			q: qs[at] ?? null,
			contribution: contributions[at] ?? 0,
			share: Math.abs(total) < 1e-9 ? null : (contributions[at] ?? 0) / total,
		}))
		.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** Shapley values of the failure rate 1 − Π(1 − h), each origin taken from the candidate or the baseline. */
export function contributionsOf(
	before: Float64Array,
	after: Float64Array,
	random: Random,
): readonly number[] {
	const failure = (subset: number): number => {
		let intact = 1;
		for (let at = 0; at < before.length; at++) {
			intact *= 1 - ((subset & (1 << at)) !== 0 ? (after[at] ?? 0) : (before[at] ?? 0));
		}
		return 1 - intact;
	};
	return shapleyValues(before.length, failure, { random }).values;
}

function failureRate(cases: readonly OriginCase[], shares: Float64Array): FailureRate {
	const runs = cases.length;
	const stated = cases.filter((one) => one.outcome !== "unknown").length;
	if (runs === 0) return { runs, stated, failed: 0, rate: null, interval: null };
	const rate = Math.min(1, sum(shares));
	return { runs, stated, failed: rate * runs, rate, interval: wilson(rate * runs, runs) };
}

function decide(
	changes: readonly OriginChange[],
	difference: Change["difference"],
	estimate: BootstrapEstimate | undefined,
	sides: Sides,
	{ alpha = 0.01, smallestEffect = 0.02, margin = 0.05 }: AttributeOptions,
): ChangeVerdict {
	const clear = Math.abs(difference.value) >= smallestEffect;
	// What a deploy does otherwise is known to the evidence, so exchanging labels alone would name harmless changes: the runs must fail otherwise too.
	const changed = difference.p !== null && difference.p <= CHANGED;
	const named = changes.filter(
		(change) =>
			changed &&
			change.q !== null &&
			change.q <= alpha &&
			Math.abs(change.contribution) >= smallestEffect &&
			(!clear || (change.share ?? 0) >= MIN_SHARE),
	);
	const components = named.filter((change) => change.origin.includes("/")).map((change) => change.origin);
	if (components.length === 1) return { kind: "component", origins: components };
	if (components.length > 1) return { kind: "several", origins: components };
	const { interval } = difference;
	const unlikely = difference.p === null || difference.p > alpha;
	if (interval !== null && unlikely && interval.high <= margin) return { kind: "no-change" };
	return { kind: "inconclusive", neededRuns: neededRuns(difference.value, estimate, sides, margin) };
}

/** Runs a side at which a difference of this size (or of the margin) would show with 80 % power: the error shrinks with √n. */
function neededRuns(
	value: number,
	estimate: BootstrapEstimate | undefined,
	{ baseline, candidate }: Sides,
	margin: number,
): number | null {
	const error = estimate?.standardError ?? null;
	if (error === null || error === 0) return null;
	const runs = Math.min(baseline.length, candidate.length);
	const factor = ((2.576 + 0.842) * error) / Math.max(Math.abs(value), margin);
	return Math.max(runs + 1, Math.ceil(runs * factor * factor));
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

const intervalOf = (estimate: BootstrapEstimate | undefined): Interval | null =>
	estimate === undefined || estimate.low === null || estimate.high === null
		? null
		: { low: estimate.low, high: estimate.high };
