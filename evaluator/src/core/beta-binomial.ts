import { betaQuantile } from "./beta.ts";
import type { ConfidenceOptions, Count, Interval } from "./interval.ts";

/** A Beta distribution over a rate; `alpha + beta` is how many observations it weighs as. */
export interface BetaPrior {
	readonly alpha: number;
	readonly beta: number;
}

/** What the pool says about a member that was not observed. */
export interface PoolPriorOptions {
	/** Fix how many observations the pool weighs as, instead of estimating it from the spread between members. */
	readonly strength?: number;
	/**
	 * Bounds of the estimated strength; 2 and 20 by default. A few members estimate it badly, and a pool weighed too
	 * heavily makes intervals too narrow: at 200 they miss up to three times as often, for a mean that is better only where members are alike.
	 */
	readonly weakest?: number;
	readonly strongest?: number;
}

/**
 * The prior that a pool of similar members (the steps of one pipeline) gives each of them: its mean is the pooled rate
 * with half a success and half a failure added, its strength is fixed or, by the method of moments, what the spread
 * between members leaves (intraclass correlation by analysis of variance, Kleinman 1973). Members that differ no more
 * than chance pull together at full strength. With fewer than two observed members the strength is the weakest.
 *
 * @throws RangeError when a count is not in 0..n or a strength is not positive.
 * @example
 * poolPrior([{ successes: 1, n: 100 }, { successes: 12, n: 100 }]);
 */
export function poolPrior(members: readonly Count[], options: PoolPriorOptions = {}): BetaPrior {
	const { strength, weakest = 2, strongest = 20 } = options;
	for (const given of [strength ?? 1, weakest, strongest]) {
		if (!(given > 0))
			throw new RangeError(`a prior's strength is ${given}; give a positive number of observations`);
	}
	members.forEach(checkCount);
	const observed = members.filter((member) => member.n > 0);
	const n = observed.reduce((sum, member) => sum + member.n, 0);
	const successes = observed.reduce((sum, member) => sum + member.successes, 0);
	const mean = (successes + 0.5) / (n + 1);
	const estimated =
		strength ?? Math.min(strongest, Math.max(weakest, momentStrength(observed, n, successes / n)));
	return { alpha: mean * estimated, beta: (1 - mean) * estimated };
}

function momentStrength(members: readonly Count[], n: number, rate: number): number {
	const variance = rate * (1 - rate);
	if (members.length < 2 || !(variance > 0)) return 0;
	const between = members.reduce(
		(sum, member) => sum + member.n * (member.successes / member.n - rate) ** 2,
		0,
	);
	const sizes = members.reduce((sum, member) => sum + member.n ** 2, 0) / n;
	const chance = members.length - 1;
	const room = n - sizes - chance;
	if (!(room > 0)) return 0;
	const correlation = (between / variance - chance) / room;
	return correlation > 0 ? 1 / correlation - 1 : Number.POSITIVE_INFINITY;
}

/** A rate shrunk towards its prior, with the interval that holds it with the given probability. */
export interface ShrunkRate extends Interval {
	readonly mean: number;
}

/**
 * Posterior of a rate under a Beta prior: with a step's faults as successes and its intact arrivals as n, its hazard.
 * Without trials it is the prior itself. Interval with equal tails.
 *
 * @throws RangeError when the count is not in 0..n, the prior not positive or the confidence not between 0 and 1.
 * @example
 * shrunkRate({ successes: 0, n: 40 }, { alpha: 0.5, beta: 9.5 }).mean; // 0.01
 */
export function shrunkRate(count: Count, prior: BetaPrior, options: ConfidenceOptions = {}): ShrunkRate {
	checkCount(count);
	const tail = (1 - (options.confidence ?? 0.95)) / 2;
	if (!(tail > 0 && tail < 0.5)) throw new RangeError(`the confidence is ${options.confidence}; give 0..1`);
	const alpha = prior.alpha + count.successes;
	const beta = prior.beta + count.n - count.successes;
	return {
		mean: alpha / (alpha + beta),
		low: betaQuantile(tail, alpha, beta),
		high: betaQuantile(1 - tail, alpha, beta),
	};
}

function checkCount({ successes, n }: Count): void {
	if (!(successes >= 0 && successes <= n && n < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`${successes} of ${n} is no count; give 0 <= successes <= n`);
	}
}
