import { readSliceKey, type SliceName } from "./candidate-slices.ts";
import { exchangeClusters } from "./exchange-clusters.ts";
import { type Interval, zOf } from "./interval.ts";
import type { Random } from "./random.ts";

/** A run as the search for slices sees it. */
export interface SlicedRun {
	readonly failed: boolean;
	readonly side: "baseline" | "candidate";
	/** What outcomes depend on, usually the task. */
	readonly cluster: string;
	/** Keys of the slices that it belongs to (`slicesOf`). */
	readonly slices: readonly string[];
}

export interface FindSlicesOptions {
	readonly random: Random;
	/** Chance of showing any slice where none stands out; 0.05 by default. */
	readonly alpha?: number;
	/** Fewest runs of a slice, and outside of it, on a side that is compared; 20 by default. */
	readonly fewest?: number;
	/** At most this many slices are shown; 3 by default. */
	readonly most?: number;
	readonly permutations?: number;
}

/** Failed runs among the runs of one cell. */
export interface Cell {
	readonly runs: number;
	readonly failed: number;
}

/** A part of the runs in which the failures are concentrated. */
export interface ConcentratedSlice extends SliceName {
	/** Other slices that hold nearly the same runs: which of them matters cannot be told. */
	readonly same: readonly SliceName[];
	readonly inside: { readonly baseline: Cell; readonly candidate: Cell };
	readonly outside: { readonly baseline: Cell; readonly candidate: Cell };
	/** By how much more the failure rate rose inside than outside; without a baseline, by how much higher it is. */
	readonly excess: number;
	readonly interval: Interval;
	/** Corrected for all slices that were tried. */
	readonly p: number;
	/** Failures of the candidate beyond the baseline's rates inside and outside; without a baseline, failures. */
	readonly newFailures: { readonly inside: number; readonly all: number };
	/** The slice's share of the candidate's runs. */
	readonly shareOfRuns: number;
}

/** What the search found, and in how many slices it looked. */
export interface SliceSearch {
	readonly tried: number;
	readonly slices: readonly ConcentratedSlice[];
}

const SMALLEST_EXCESS = 0.03;
const FEWEST_FAILURES = 5;
const SAME = 0.8;
const MOST_WORK = 3e8;

/**
 * The parts of the runs in which a rise of the failure rate is concentrated: for every slice the difference in differences (inside against
 * outside, candidate against baseline), divided by its standard error, and judged against the largest one over all slices in random
 * exchanges of the outcomes between runs of a side. That keeps the chance of showing anything at `alpha` however many slices are
 * tried and however they overlap (max-T: Westfall and Young 1993; studentised: Chung and Romano 2013); trials of one task stay
 * together. After the clearest slice its runs are set aside and the rest is searched again. Without baseline runs, the parts in which the
 * candidate's failures are concentrated. A slice that is new, with hardly a run in the baseline, is compared with the outside of the candidate.
 *
 * @example
 * findSlices(runs, { random: seededRandom(1) }).slices[0]; // { dimension: "language", value: "de", newFailures: { inside: 67, all: 71 }, … }
 */
export function findSlices(runs: readonly SlicedRun[], options: FindSlicesOptions): SliceSearch {
	const { alpha = 0.05, most = 3 } = options;
	const slices: ConcentratedSlice[] = [];
	let left = runs;
	let tried = 0;
	while (slices.length < most) {
		const search = new Search(left, options);
		if (slices.length === 0) tried = search.slices.length;
		const found = search.clearest();
		if (found === null || found.p > alpha) break;
		const members = found.members;
		slices.push(describe(runs, left, found, search));
		left = left.filter((_, at) => !members.has(at));
	}
	return { tried, slices };
}

interface Member {
	readonly key: string;
	readonly members: ReadonlySet<number>;
	/** Places of the slice's runs, those of the baseline first. */
	readonly places: Int32Array;
	readonly inBaseline: number;
	/** Hardly a run in the baseline: the candidate's outside is all there is to compare with. */
	readonly isNew: boolean;
}

interface Found extends Member {
	readonly p: number;
	readonly excess: number;
}

/** The slices of a set of runs and their statistics under any assignment of the outcomes. */
class Search {
	readonly slices: readonly Member[];
	readonly #runs: readonly SlicedRun[];
	readonly #options: FindSlicesOptions;
	readonly #sizes: { readonly baseline: number; readonly candidate: number };

	constructor(runs: readonly SlicedRun[], options: FindSlicesOptions) {
		this.#runs = runs;
		this.#options = options;
		const baseline = runs.filter((run) => run.side === "baseline").length;
		this.#sizes = { baseline, candidate: runs.length - baseline };
		const places = new Map<string, number[]>();
		for (const [at, run] of runs.entries()) {
			for (const slice of run.slices) {
				const list = places.get(slice) ?? [];
				places.set(slice, list);
				list.push(at);
			}
		}
		this.slices = [...places].flatMap(([key, list]) => this.#memberOf(key, list));
	}

	#memberOf(key: string, list: readonly number[]): Member[] {
		const { fewest = 20 } = this.#options;
		const before = list.filter((at) => this.#runs[at]?.side === "baseline");
		const after = list.filter((at) => this.#runs[at]?.side === "candidate");
		const { baseline, candidate } = this.#sizes;
		const enough = (inside: number, all: number): boolean => inside >= fewest && all - inside >= fewest;
		if (!enough(after.length, candidate)) return [];
		const isNew = before.length < Math.min(fewest, 1 + 0.02 * baseline);
		if (!isNew && !enough(before.length, baseline)) return [];
		return [
			{
				key,
				members: new Set(list),
				places: Int32Array.from([...before, ...after]),
				inBaseline: before.length,
				isNew,
			},
		];
	}

	/** The slice that stands out most, with the p-value that accounts for all of them. */
	clearest(): Found | null {
		const { random, permutations = 999 } = this.#options;
		const outcomes = Uint8Array.from(this.#runs, (run) => (run.failed ? 1 : 0));
		const observed = this.#statistics(outcomes);
		let best = -1;
		for (const [at, { z, excess, failures }] of observed.entries()) {
			if (excess < SMALLEST_EXCESS || failures < FEWEST_FAILURES) continue;
			if (best < 0 || z > (observed[best]?.z ?? 0)) best = at;
		}
		const [found, member] = [observed[best], this.slices[best]];
		if (found === undefined || member === undefined) return null;
		const work = this.slices.reduce((sum, slice) => sum + slice.places.length, this.#runs.length);
		const orders = Math.max(199, Math.min(permutations, Math.floor(MOST_WORK / work)));
		const draw = exchangeClusters(this.#runs);
		let asClear = 0;
		for (let order = 0; order < orders; order++) {
			const from = draw(random);
			const other = this.#statistics(outcomes.map((_, at) => outcomes[from[at] ?? at] ?? 0));
			if (other.some(({ z }) => z >= found.z - 1e-9)) asClear++;
		}
		return { ...member, excess: found.excess, p: (1 + asClear) / (orders + 1) };
	}

	#statistics(outcomes: Uint8Array): { z: number; excess: number; failures: number }[] {
		const all = { baseline: 0, candidate: 0 };
		for (const [at, run] of this.#runs.entries()) all[run.side] += outcomes[at] ?? 0;
		return this.slices.map(({ places, inBaseline, isNew }) => {
			let [before, after] = [0, 0];
			for (let at = 0; at < places.length; at++) {
				const outcome = outcomes[places[at] ?? 0] ?? 0;
				if (at < inBaseline) before += outcome;
				else after += outcome;
			}
			const inside = places.length - inBaseline;
			const now = contrast(after, inside, all.candidate, this.#sizes.candidate);
			const then = isNew ? NOTHING : contrast(before, inBaseline, all.baseline, this.#sizes.baseline);
			const excess = now.difference - then.difference;
			const failures = isNew ? now.difference * inside : after - (before / inBaseline) * inside;
			return { z: excess / Math.sqrt(now.variance + then.variance), excess, failures };
		});
	}
}

const NOTHING = { difference: 0, variance: 0 };

/** Inside less outside on one side. Rates are drawn to the side's rate in the variance: no failure among 20 is not certainty. */
function contrast(
	failed: number,
	inside: number,
	allFailed: number,
	all: number,
): { readonly difference: number; readonly variance: number } {
	const outside = all - inside;
	const rate = (allFailed + 0.5) / (all + 1);
	const variance = (count: number, n: number): number => {
		const drawn = (count + 2 * rate) / (n + 2);
		return (drawn * (1 - drawn)) / n;
	};
	return {
		difference: failed / inside - (allFailed - failed) / outside,
		variance: variance(failed, inside) + variance(allFailed - failed, outside),
	};
}

function describe(
	all: readonly SlicedRun[],
	left: readonly SlicedRun[],
	found: Found,
	search: Search,
): ConcentratedSlice {
	const cell = (side: SlicedRun["side"], isInside: boolean): Cell => {
		const runs = left.filter((run, at) => run.side === side && found.members.has(at) === isInside);
		return { runs: runs.length, failed: runs.filter((run) => run.failed).length };
	};
	const inside = { baseline: cell("baseline", true), candidate: cell("candidate", true) };
	const outside = { baseline: cell("baseline", false), candidate: cell("candidate", false) };
	const half = zOf(0.95) * standardError(left, found);
	// A slice that is new has no rate of its own from before: the outside's is what it should have had.
	const former = found.isNew ? outside.baseline : inside.baseline;
	const beyond = (now: Cell, before: Cell): number =>
		now.failed - (before.runs === 0 ? 0 : (before.failed / before.runs) * now.runs);
	const newInside = beyond(inside.candidate, former);
	return {
		...readSliceKey(found.key),
		same: search.slices
			.filter((slice) => slice.key !== found.key && overlap(slice.members, found.members) >= SAME)
			.map((slice) => readSliceKey(slice.key)),
		inside,
		outside,
		excess: found.excess,
		interval: { low: found.excess - half, high: found.excess + half },
		p: found.p,
		newFailures: { inside: newInside, all: newInside + beyond(outside.candidate, outside.baseline) },
		shareOfRuns: inside.candidate.runs / all.filter((run) => run.side === "candidate").length,
	};
}

const overlap = (a: ReadonlySet<number>, b: ReadonlySet<number>): number =>
	a.intersection(b).size / a.union(b).size;

/** Of the excess, from what each cluster adds to it: trials of one task are one observation (Liang and Zeger 1986). */
function standardError(runs: readonly SlicedRun[], { members, isNew }: Found): number {
	const cellOf = (run: SlicedRun, at: number): string => `${run.side} ${members.has(at)}`;
	const cells = Map.groupBy(runs.keys(), (at) => cellOf(runs[at] as SlicedRun, at));
	const rates = new Map(
		[...cells].map(([name, places]) => {
			const failed = places.filter((at) => runs[at]?.failed).length;
			return [name, { rate: (failed + 0.5) / (places.length + 1), n: places.length }];
		}),
	);
	const influence = new Map<string, number>();
	for (const [at, run] of runs.entries()) {
		if (isNew && run.side === "baseline") continue;
		const { rate, n } = rates.get(cellOf(run, at)) ?? { rate: 0, n: 1 };
		const sign = members.has(at) === (run.side === "candidate") ? 1 : -1;
		const added = (sign * (Number(run.failed) - rate)) / n;
		influence.set(run.cluster, (influence.get(run.cluster) ?? 0) + added);
	}
	const clusters = influence.size;
	const sum = [...influence.values()].reduce((total, value) => total + value * value, 0);
	return Math.sqrt((sum * clusters) / Math.max(1, clusters - 1));
}
