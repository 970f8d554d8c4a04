import { exchangeClusters } from "./exchange-clusters.ts";
import { type Random, shuffle } from "./random.ts";

/** How to look for the change. */
export interface ChangePointOptions {
	readonly random: Random;
	/** Random orders compared with, 999 by default; fewer are drawn where it is plain early that there is no change. */
	readonly permutations?: number;
	/** Fewest observations on each side of the change, 5 by default. */
	readonly shortest?: number;
	/** What each observation depends on, usually its task: several trials of one task tell less than as many tasks. */
	readonly clusters?: readonly string[];
}

/** The most likely single change of a rate or of a level. */
export interface ChangePoint {
	/** The first observation after the change, counted from 0. */
	readonly index: number;
	/** The places that the data allow with 95 % confidence, as indexes of the first observation after the change. */
	readonly place: { readonly first: number; readonly last: number };
	/** Means on the two sides: of true outcomes, a rate 0..1. */
	readonly before: number;
	readonly after: number;
	/** Natural logarithm of the likelihood with the change over that without one. */
	readonly logLikelihoodRatio: number;
	/** How often a random order of the same observations shows a change as clear; small speaks for a change. */
	readonly p: number;
}

/** Once so many random orders are as clear, the p-value is known well enough (Besag and Clifford 1991). */
const ENOUGH = 50;
/** Twice the fall of the log-likelihood within which the true place lies 95 % of the time: −2·ln(1 − √0.95). */
const PLACE_95 = 7.352;
const PLAIN_ORDERS = 100;

/**
 * Where in a stream the rate (of booleans) or the level (of numbers, by their ranks) most likely changed: the split with the highest
 * likelihood ratio, judged against random orders of the same observations, which accounts for having looked at every split (Hinkley and
 * Hinkley 1970; permutation after Antoch and Hušková 2001). Observations of one cluster are kept together (`exchangeClusters`).
 *
 * The interval of the place holds every split whose likelihood is not much below the best one's, with the limit that a two-sided
 * Brownian motion gives (Siegmund 1988; Hansen 2000); where clusters make the likelihood ratio larger than independence would, the limit is
 * stretched by that much. Null when the stream is too short to have two sides.
 *
 * @throws RangeError when permutations or shortest is not a positive integer, or the clusters are not as many as the observations.
 * @example
 * findChangePoint(runs.map((run) => run.outcome === "fail"), { random: seededRandom(1), clusters: runs.map(taskKey) });
 */
export function findChangePoint(
	observations: readonly boolean[] | readonly number[],
	options: ChangePointOptions,
): ChangePoint | null {
	const { random, permutations = 999, shortest = 5, clusters } = options;
	for (const count of [permutations, shortest]) {
		if (!(Number.isInteger(count) && count >= 1))
			throw new RangeError(`${count} is no count; give 1 or more`);
	}
	if (clusters !== undefined && clusters.length !== observations.length) {
		throw new RangeError(
			`${clusters.length} clusters for ${observations.length} observations; give one each`,
		);
	}
	const n = observations.length;
	if (n < 2 * shortest) return null;
	const values = Float64Array.from(observations, Number);
	const isRate = typeof observations[0] === "boolean";
	const ratiosOf = isRate ? rateRatios(n) : levelRatios;
	const stream = isRate ? values : ranksOf(values);
	const ratios = ratiosOf(stream);
	const best = clearest(ratios, shortest);
	const clearestOf = (from: Int32Array): number =>
		clearest(ratiosOf(stream.map((_, at) => stream[from[at] ?? at] ?? 0)), shortest).ratio;
	const draw = exchangeClusters(
		(clusters ?? values.keys().map(String).toArray()).map((cluster) => ({ cluster })),
	);
	const { p, mean } = compareWith(best.ratio, () => clearestOf(draw(random)), permutations);
	const dependent = clusters !== undefined && new Set(clusters).size < n;
	const stretch = dependent ? Math.max(1, mean / plainMean(n, clearestOf, random)) : 1;
	const allowed = [...ratios.keys()].filter(
		(index) =>
			index >= shortest &&
			index <= n - shortest &&
			2 * (best.ratio - (ratios[index] ?? 0)) <= PLACE_95 * stretch,
	);
	return {
		index: best.index,
		place: { first: allowed[0] ?? best.index, last: allowed.at(-1) ?? best.index },
		before: meanOf(values.subarray(0, best.index)),
		after: meanOf(values.subarray(best.index)),
		logLikelihoodRatio: best.ratio,
		p,
	};
}

const meanOf = (values: Float64Array): number =>
	values.reduce((sum, value) => sum + value, 0) / values.length;

function compareWith(
	observed: number,
	drawClearest: () => number,
	permutations: number,
): { readonly p: number; readonly mean: number } {
	let [asClear, done, sum] = [0, 0, 0];
	while (done < permutations && asClear < ENOUGH) {
		const ratio = drawClearest();
		sum += ratio;
		done++;
		if (ratio >= observed - 1e-9) asClear++;
	}
	return { p: asClear >= ENOUGH ? asClear / done : (1 + asClear) / (done + 1), mean: sum / done };
}

/** How clear the clearest split of independent observations would be on average. */
function plainMean(n: number, clearestOf: (from: Int32Array) => number, random: Random): number {
	const places = [...new Int32Array(n).keys()];
	let sum = 0;
	for (let order = 0; order < PLAIN_ORDERS; order++)
		sum += clearestOf(Int32Array.from(shuffle(places, random)));
	return sum / PLAIN_ORDERS;
}

function clearest(
	ratios: Float64Array,
	shortest: number,
): { readonly index: number; readonly ratio: number } {
	let best = { index: shortest, ratio: Number.NEGATIVE_INFINITY };
	for (let index = shortest; index <= ratios.length - 1 - shortest; index++) {
		const ratio = ratios[index] ?? 0;
		if (ratio > best.ratio) best = { index, ratio };
	}
	return best;
}

/** The log-likelihood ratio of every split of a Bernoulli stream; entry `index` is the split before that observation. */
function rateRatios(n: number): (values: Float64Array) => Float64Array {
	// k · log k, from which every Bernoulli likelihood is made.
	const entropies = new Float64Array(n + 1).map((_, count) => (count === 0 ? 0 : count * Math.log(count)));
	const logLikelihood = (trues: number, among: number): number =>
		(entropies[trues] ?? 0) + (entropies[among - trues] ?? 0) - (entropies[among] ?? 0);
	return (values) => {
		const all = values.reduce((sum, value) => sum + value, 0);
		const unchanged = logLikelihood(all, n);
		const ratios = new Float64Array(n + 1);
		let trues = 0;
		for (let index = 1; index < n; index++) {
			trues += values[index - 1] ?? 0;
			ratios[index] = logLikelihood(trues, index) + logLikelihood(all - trues, n - index) - unchanged;
		}
		return ratios;
	};
}

/** The same for ranks, with the normal likelihood of a changed mean and an unchanged spread. */
function levelRatios(ranks: Float64Array): Float64Array {
	const n = ranks.length;
	const mean = meanOf(ranks);
	const spread = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0);
	const ratios = new Float64Array(n + 1);
	let sum = 0;
	for (let index = 1; index < n; index++) {
		sum += (ranks[index - 1] ?? 0) - mean;
		const explained = spread === 0 ? 0 : (sum * sum * n) / (index * (n - index) * spread);
		ratios[index] = -0.5 * n * Math.log(Math.max(1e-12, 1 - explained));
	}
	return ratios;
}

/** Ranks from 1, ties sharing their mean rank. */
function ranksOf(values: Float64Array): Float64Array {
	const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
	const ranks = new Float64Array(values.length);
	for (let from = 0; from < order.length; ) {
		let to = from;
		while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
		for (let at = from; at < to; at++) ranks[order[at] ?? 0] = (from + to + 1) / 2;
		from = to;
	}
	return ranks;
}
