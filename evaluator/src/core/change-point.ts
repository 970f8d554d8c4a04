import { type Random, shuffle } from "./random.ts";

/** How to look for the change. */
export interface ChangePointOptions {
	readonly random: Random;
	/** Random orders compared with, 999 by default. */
	readonly permutations?: number;
	/** Fewest outcomes on each side of the change, 5 by default. */
	readonly shortest?: number;
}

/** The most likely single change of a rate. */
export interface ChangePoint {
	/** The first outcome after the change, counted from 0. */
	readonly index: number;
	/** Rates of true outcomes on the two sides, 0..1. */
	readonly before: number;
	readonly after: number;
	/** Natural logarithm of the likelihood with the change over that without one. */
	readonly logLikelihoodRatio: number;
	/** How often a random order of the same outcomes shows a change as clear; small speaks for a change. */
	readonly p: number;
}

/**
 * Where in a stream of outcomes the rate most likely changed: the split with the highest likelihood ratio, judged against
 * random orders of the same outcomes, which accounts for having looked at every split (Hinkley and Hinkley 1970;
 * permutation after Antoch and Hušková 2001). Assumes outcomes independent of each other but for the change.
 * Null when the stream is too short to have two sides.
 *
 * @throws RangeError when permutations or shortest is not a positive integer.
 * @example
 * findChangePoint(runs.map((run) => run.outcome === "fail"), { random: seededRandom(1) });
 */
export function findChangePoint(
	outcomes: readonly boolean[],
	options: ChangePointOptions,
): ChangePoint | null {
	const { random, permutations = 999, shortest = 5 } = options;
	for (const count of [permutations, shortest]) {
		if (!(Number.isInteger(count) && count >= 1))
			throw new RangeError(`${count} is no count; give 1 or more`);
	}
	if (outcomes.length < 2 * shortest) return null;
	const entropies = new Float64Array(outcomes.length + 1).map((_, count) =>
		count === 0 ? 0 : count * Math.log(count),
	);
	const best = clearestSplit(outcomes, shortest, entropies);
	let asClear = 0;
	for (let permutation = 0; permutation < permutations; permutation++) {
		const other = clearestSplit(shuffle(outcomes, random), shortest, entropies);
		if (other.logLikelihoodRatio >= best.logLikelihoodRatio - 1e-9) asClear++;
	}
	const trues = outcomes.filter((outcome) => outcome).length;
	return {
		index: best.index,
		before: best.trues / best.index,
		after: (trues - best.trues) / (outcomes.length - best.index),
		logLikelihoodRatio: best.logLikelihoodRatio,
		p: (1 + asClear) / (permutations + 1),
	};
}

interface Split {
	readonly index: number;
	/** True outcomes before the index. */
	readonly trues: number;
	readonly logLikelihoodRatio: number;
}

/** `entropies[k]` is k · log k, from which every Bernoulli likelihood is made. */
function clearestSplit(outcomes: readonly boolean[], shortest: number, entropies: Float64Array): Split {
	const entropy = (count: number): number => entropies[count] ?? 0;
	const logLikelihood = (trues: number, n: number): number =>
		entropy(trues) + entropy(n - trues) - entropy(n);
	const n = outcomes.length;
	const all = outcomes.filter((outcome) => outcome).length;
	const unchanged = logLikelihood(all, n);
	let best: Split = { index: shortest, trues: 0, logLikelihoodRatio: Number.NEGATIVE_INFINITY };
	let trues = 0;
	for (const [at, outcome] of outcomes.entries()) {
		if (outcome) trues++;
		const index = at + 1;
		if (index < shortest || index > n - shortest) continue;
		const ratio = logLikelihood(trues, index) + logLikelihood(all - trues, n - index) - unchanged;
		if (ratio > best.logLikelihoodRatio) best = { index, trues, logLikelihoodRatio: ratio };
	}
	return best;
}
