import { type Interval, zOf } from "./interval.ts";

/** An estimate with its interval, in one unit. */
export interface Estimated extends Interval {
	readonly estimate: number;
}

/** An estimate whose 95 % interval need not be symmetrical. */
export interface WithError extends Estimated {
	readonly standardError: number;
}

/** Of the variance, so much comes from the width of the intervals; the rest from the standard errors. */
const FROM_WIDTH = 0.1;

/**
 * 95 % interval of `after − before` for two independent rates that are small and skewed. In a difference the skewness cancels, so that intervals put
 * together (Newcombe 1998; Zou, Donner 2008) are too wide: they hold no change in 96 % to 100 %. The standard errors alone hold it in 93 % to 96 %, and are 0
 * where nothing failed. So the variance is nine parts the one's and one part the other's, which holds it in 92 % to 97 % (bench/results/estimates.md).
 *
 * @example
 * differenceOf(lastWeek, thisWeek).low; // above 0: worse
 */
export function differenceOf(before: WithError, after: WithError): Estimated {
	const z = zOf(0.95);
	const estimate = after.estimate - before.estimate;
	const half = z * Math.sqrt(varianceOf(before, z) + varianceOf(after, z));
	return { estimate, low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) };
}

const varianceOf = ({ standardError, low, high }: WithError, z: number): number =>
	(1 - FROM_WIDTH) * standardError ** 2 + FROM_WIDTH * ((high - low) / (2 * z)) ** 2;
