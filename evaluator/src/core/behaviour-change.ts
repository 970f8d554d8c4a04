import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import { type Interval, zOf } from "./interval.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { type Random, shuffle } from "./random.ts";
import { type BehaviourMeasure, type BehaviourRow, readBehaviour } from "./read-behaviour.ts";
import { taskKey } from "./reference.ts";
import type { Run } from "./trace.ts";

/** One measure of a component on both sides, in its natural unit: ms, characters, a share or a count. */
export interface BehaviourChange {
	readonly component: string;
	readonly measure: BehaviourMeasure;
	readonly to: string | null;
	readonly baseline: BehaviourSide;
	readonly candidate: BehaviourSide;
	/** How candidate and baseline differ: for times and lengths the ratio, else the difference. */
	readonly change: number;
	readonly interval: Interval;
	/** The difference in standard errors, scaled so that it has spread 1 where nothing changed. */
	readonly z: number;
	readonly p: number;
	/** `p` corrected for all measures that were tested (Benjamini–Hochberg). */
	readonly q: number;
}

export interface BehaviourSide {
	readonly runs: number;
	/** Mean of a share or count; geometric mean of a time or length. */
	readonly value: number;
}

/** How differently a component behaves in all: the sum of its positive z-scores. */
export interface BehaviourScore {
	readonly component: string;
	readonly score: number;
}

export interface BehaviourComparison {
	/** All measures that could be tested. */
	readonly measures: readonly BehaviourChange[];
	/** Those that changed, the clearest first. */
	readonly changes: readonly BehaviourChange[];
	/** All components, the one that changed most first. */
	readonly components: readonly BehaviourScore[];
}

export interface BehaviourOptions {
	readonly random: Random;
	/** Expected share of false changes among those shown; 0.01 by default. */
	readonly alpha?: number;
	/** Fewest tasks on each side that tell of a measure; 10 by default. */
	readonly fewest?: number;
}

/** Measures that are worse in one direction only; the others are strange in both. */
const WORSE: Partial<Record<BehaviourMeasure, 1 | -1>> = { "self-time": 1, gap: 1, errors: 1, content: -1 };
const LOGARITHMIC = new Set<BehaviourMeasure>(["self-time", "gap", "output-length"]);
/** Less is not worth reading: 5 % of a time or length, and 5 ms; 1 point of a share, 0.05 executions. */
const SMALLEST_LOG = Math.log2(1.05);
const SMALLEST_MS = 5;
const SMALLEST_SHARE = 0.01;
const SMALLEST_COUNT = 0.05;
/** Once so many relabellings are as extreme, the p-value is known well enough (Besag and Clifford 1991). */
const ENOUGH = 20;
const MOST_WORK = 3e8;
/** With so many tasks a side the normal tail serves where no relabelling is as extreme. */
const LARGE = 100;

/**
 * What behaves differently between two sets of runs, to blame or not: for every component and edge its own time, gaps, loops, errors,
 * content, lengths and what follows, given that it was reached. Each difference is divided by its standard error over tasks, and
 * calibrated by exchanging the sides' labels over tasks (within a task where it ran on both sides), which gives a p-value at its stated
 * rate for any distribution (Janssen 1997; Chung and Romano 2013; early stop by Besag and Clifford 1991); corrected over all measures.
 * A component's score is the sum of its positive z-scores: of a measure that is worse in one direction the z in that direction, of
 * another the normal score of its two-sided p-value.
 *
 * @example
 * behaviourChange(baseline, candidate, { random: seededRandom(1) }).changes[0]; // { component: "model/answer", measure: "self-time", change: 1.8, … }
 */
export function behaviourChange(
	baseline: readonly Run[],
	candidate: readonly Run[],
	{ random, alpha = 0.01, fewest = 10 }: BehaviourOptions,
): BehaviourComparison {
	const tasks = [...baseline, ...candidate].map(taskKey);
	const places = new Map([...new Set(tasks)].map((task, at) => [task, at]));
	const clusterOf = Int32Array.from(tasks, (task) => places.get(task) ?? 0);
	const rows = readBehaviour([...baseline, ...candidate])
		.map((row) => ({ row, table: tableOf(row, clusterOf, places.size, baseline.length) }))
		.filter(({ table }) => isTestable(table, fewest));
	const tables = rows.map(({ table }) => table);
	const draw = relabelling(clusterOf, places.size, baseline.length);
	const tests = testAll(tables, () => draw(random), Math.max(1999, Math.ceil(rows.length / alpha)));
	const qs = benjaminiHochberg(tests.map(({ p }) => p));
	const described = rows.map(({ row, table }, at) => {
		const { z, p } = tests[at] ?? { z: 0, p: 1 };
		const { shift, ...change } = describe(row, table, baseline.length);
		return { shift, change: { ...change, z, p, q: qs[at] ?? 1 } };
	});
	const measures = described.map(({ change }) => change);
	return {
		measures,
		changes: described
			.filter(({ change, shift }) => change.q <= alpha && isLarge(change, shift))
			.map(({ change }) => change)
			.sort((a, b) => Math.abs(b.z) - Math.abs(a.z)),
		components: scoreComponents(measures),
	};
}

/** A measure's sums and weights per task: those of task `t` at 2t for the baseline and 2t + 1 for the candidate. */
interface Table {
	readonly sums: Float64Array;
	readonly weights: Float64Array;
}

function tableOf(
	{ sums, weights }: BehaviourRow,
	clusterOf: Int32Array,
	clusters: number,
	split: number,
): Table {
	const table = { sums: new Float64Array(2 * clusters), weights: new Float64Array(2 * clusters) };
	for (let run = 0; run < clusterOf.length; run++) {
		const at = 2 * (clusterOf[run] ?? 0) + (run < split ? 0 : 1);
		table.sums[at] = (table.sums[at] ?? 0) + (sums[run] ?? 0);
		table.weights[at] = (table.weights[at] ?? 0) + (weights[run] ?? 0);
	}
	return table;
}

/** On how many tasks of a side a measure tells something. */
const toldOn = ({ weights }: Table, side: 0 | 1): number =>
	weights.reduce((count, weight, at) => count + Number(at % 2 === side && weight > 0), 0);

/** Enough tasks tell of it on both sides, and it is not the same everywhere. */
function isTestable(table: Table, fewest: number): boolean {
	if (toldOn(table, 0) < fewest || toldOn(table, 1) < fewest) return false;
	const values = [...table.sums].map((sum, at) => sum / (table.weights[at] ?? 0)).filter(Number.isFinite);
	return values.some((value) => Math.abs(value - (values[0] ?? 0)) > 1e-9);
}

/** Draws which tasks change sides: each that ran on both with probability one half; the others keep the sides' sizes. */
function relabelling(clusterOf: Int32Array, clusters: number, split: number): (random: Random) => Uint8Array {
	const on = [new Uint8Array(clusters), new Uint8Array(clusters)] as const;
	clusterOf.forEach((cluster, run) => {
		on[run < split ? 0 : 1][cluster] = 1;
	});
	const all = [...on[0].keys()];
	const paired = all.filter((at) => on[0][at] === 1 && on[1][at] === 1);
	const single = all.filter((at) => on[0][at] !== on[1][at]);
	const sides = single.map((at) => on[1][at] ?? 0);
	return (random) => {
		const swap = new Uint8Array(clusters);
		for (const at of paired) swap[at] = random() < 0.5 ? 1 : 0;
		const drawn = shuffle(sides, random);
		for (const [index, at] of single.entries()) swap[at] = drawn[index] === sides[index] ? 0 : 1;
		return swap;
	};
}

function testAll(
	tables: readonly Table[],
	draw: () => Uint8Array,
	permutations: number,
): readonly { readonly z: number; readonly p: number }[] {
	const clusters = (tables[0]?.sums.length ?? 0) / 2;
	const none = new Uint8Array(clusters);
	const tests = tables.map((table) => {
		const observed = studentised(table, none);
		return { table, observed, asExtreme: 0, done: 0, squares: 0 };
	});
	let live = tests;
	let work = 0;
	for (let order = 0; order < permutations && live.length > 0 && work < MOST_WORK; order++) {
		const swap = draw();
		work += live.length * clusters;
		for (const test of live) {
			const drawn = studentised(test.table, swap).t;
			test.done++;
			test.squares += drawn * drawn;
			if (Math.abs(drawn) >= Math.abs(test.observed.t) - 1e-9) test.asExtreme++;
		}
		live = live.filter((test) => test.asExtreme < ENOUGH);
	}
	return tests.map(({ table, observed, asExtreme, done, squares }) => {
		// A few relabellings tell the spread badly: it is drawn to 1, what it is for many tasks.
		const z = observed.t / Math.sqrt((squares + 20) / (done + 20));
		const p = asExtreme >= ENOUGH ? asExtreme / done : (1 + asExtreme) / (done + 1);
		const isLargeEnough = asExtreme === 0 && Math.min(toldOn(table, 0), toldOn(table, 1)) >= LARGE;
		return { z, p: isLargeEnough ? Math.min(p, 2 * normalCdf(-Math.abs(z))) : p };
	});
}

/** The difference of the two ratios and its standard error over tasks (linearised ratio estimator: Cochran 1977, chapter 6). */
function studentised(
	{ sums, weights }: Table,
	swap: Uint8Array,
): { readonly difference: number; readonly error: number; readonly t: number } {
	let [sumA, weightA, sumB, weightB] = [0, 0, 0, 0];
	for (let task = 0; task < swap.length; task++) {
		const a = 2 * task + (swap[task] ?? 0);
		const b = 4 * task + 1 - a;
		sumA += sums[a] ?? 0;
		weightA += weights[a] ?? 0;
		sumB += sums[b] ?? 0;
		weightB += weights[b] ?? 0;
	}
	if (weightA === 0 || weightB === 0) return { difference: 0, error: 0, t: 0 };
	const [meanA, meanB] = [sumA / weightA, sumB / weightB];
	const pooled = (sumA + sumB) / (weightA + weightB);
	let [variance, unchanged] = [0, 0];
	for (let task = 0; task < swap.length; task++) {
		const a = 2 * task + (swap[task] ?? 0);
		const b = 4 * task + 1 - a;
		const sum = (sums[b] ?? 0) / weightB - (sums[a] ?? 0) / weightA;
		const [shareA, shareB] = [(weights[a] ?? 0) / weightA, (weights[b] ?? 0) / weightB];
		variance += (sum - meanB * shareB + meanA * shareA) ** 2;
		unchanged += (sum - pooled * (shareB - shareA)) ** 2;
	}
	// Two sides without any variation differ, but not infinitely: a tenth of the variance around the common mean bounds it.
	const error = Math.sqrt(Math.max(variance, 0.1 * unchanged));
	const difference = meanB - meanA;
	return { difference, error, t: error === 0 ? 0 : difference / error };
}

function describe(
	{ component, measure, to, weights }: BehaviourRow,
	table: Table,
	split: number,
): Omit<BehaviourChange, "z" | "p" | "q"> & { readonly shift: number } {
	const { difference, error } = studentised(table, new Uint8Array(table.sums.length / 2));
	const isLog = LOGARITHMIC.has(measure);
	const total = (values: Float64Array, on: 0 | 1): number =>
		values.reduce((sum, value, at) => sum + (at % 2 === on ? value : 0), 0);
	const side = (at: 0 | 1): BehaviourSide => {
		const mean = total(table.sums, at) / total(table.weights, at);
		const runs = weights.filter((weight, run) => weight > 0 && (run < split ? 0 : 1) === at).length;
		return { runs, value: isLog ? 2 ** mean - 1 : mean };
	};
	const half = zOf(0.95) * error;
	const natural = (value: number): number => (isLog ? 2 ** value : value);
	return {
		component,
		measure,
		to,
		baseline: side(0),
		candidate: side(1),
		change: natural(difference),
		interval: { low: natural(difference - half), high: natural(difference + half) },
		shift: difference,
	};
}

function isLarge({ measure, baseline, candidate }: BehaviourChange, shift: number): boolean {
	const isTime = measure === "self-time" || measure === "gap";
	if (isTime && Math.abs(candidate.value - baseline.value) < SMALLEST_MS) return false;
	if (LOGARITHMIC.has(measure)) return Math.abs(shift) >= SMALLEST_LOG;
	return Math.abs(shift) >= (measure === "executions" ? SMALLEST_COUNT : SMALLEST_SHARE);
}

function scoreComponents(changes: readonly BehaviourChange[]): readonly BehaviourScore[] {
	return [...Map.groupBy(changes, (change) => change.component)]
		.map(([component, group]) => ({
			component,
			score: group.reduce((sum, { measure, z, p }) => {
				const worse = WORSE[measure];
				return sum + Math.max(0, worse === undefined ? -normalQuantile(Math.min(1 - 1e-9, p)) : worse * z);
			}, 0),
		}))
		.sort((a, b) => b.score - a.score);
}
