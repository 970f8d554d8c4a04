import { betaQuantile } from "./beta.ts";
import { normalQuantile } from "./normal.ts";

/** A confidence interval in the unit of what it surrounds; for rates and their differences, shares (0..1, −1..1). */
export interface Interval {
	readonly low: number;
	readonly high: number;
}

/** How often, in the long run, the interval holds the truth: a share between 0 and 1, 0.95 by default. */
export interface ConfidenceOptions {
	readonly confidence?: number;
}

/** Successes among n trials. */
export interface Count {
	readonly successes: number;
	readonly n: number;
}

/**
 * The two-sided normal quantile of a confidence: 1.96 for 0.95.
 *
 * @throws RangeError when the confidence is not strictly between 0 and 1.
 * @example
 * zOf(0.95); // 1.9599…
 */
export function zOf(confidence: number): number {
	if (!(confidence > 0 && confidence < 1)) {
		throw new RangeError(`the confidence is ${confidence}; give a share between 0 and 1, such as 0.95`);
	}
	return -normalQuantile((1 - confidence) / 2);
}

/**
 * Wilson's score interval of a rate (Wilson 1927). The count may be a weighted, fractional one.
 * No trials say nothing: null.
 *
 * @throws RangeError when successes is not in 0..n or the confidence not in 0..1.
 * @example
 * wilson(8, 10); // { low: 0.490…, high: 0.943… }
 */
export function wilson(successes: number, n: number, options: ConfidenceOptions = {}): Interval | null {
	checkCount({ successes, n });
	const z = zOf(options.confidence ?? 0.95);
	if (n === 0) return null;
	const rate = successes / n;
	const middle = rate + (z * z) / (2 * n);
	const half = z * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
	const scale = 1 + (z * z) / n;
	return {
		low: successes === 0 ? 0 : Math.max(0, (middle - half) / scale),
		high: successes === n ? 1 : Math.min(1, (middle + half) / scale),
	};
}

/**
 * Exact interval of a rate (Clopper and Pearson 1934): never covers less often than promised, so it is wide.
 * No trials say nothing: null.
 *
 * @throws RangeError when successes is not in 0..n or the confidence not in 0..1.
 * @example
 * clopperPearson(0, 10); // { low: 0, high: 0.308… }
 */
export function clopperPearson(
	successes: number,
	n: number,
	options: ConfidenceOptions = {},
): Interval | null {
	checkCount({ successes, n });
	const confidence = options.confidence ?? 0.95;
	zOf(confidence);
	if (n === 0) return null;
	const tail = (1 - confidence) / 2;
	return {
		low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
		high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
	};
}

/**
 * Interval of `after − before` for two independent rates: Newcombe's hybrid of two Wilson intervals (1998b, method 10).
 * Null when a side has no trials.
 *
 * @throws RangeError when a count is not in 0..n or the confidence not in 0..1.
 * @example
 * newcombe({ successes: 90, n: 100 }, { successes: 80, n: 100 }); // around −0.10
 */
export function newcombe(before: Count, after: Count, options: ConfidenceOptions = {}): Interval | null {
	const first = wilson(before.successes, before.n, options);
	const second = wilson(after.successes, after.n, options);
	if (first === null || second === null) return null;
	const from = before.successes / before.n;
	const to = after.successes / after.n;
	return {
		low: Math.max(-1, to - from - Math.hypot(to - second.low, first.high - from)),
		high: Math.min(1, to - from + Math.hypot(second.high - to, from - first.low)),
	};
}

/** Pairs of one task before and after: how many changed to a success, how many to a failure, how many in all. */
export interface PairedCount {
	readonly improved: number;
	readonly worsened: number;
	readonly n: number;
}

/**
 * Interval of `after − before` for paired rates: Tango's score interval (Statistics in Medicine 17, 1998), which keeps
 * its width when no pair or every pair changed. Null when there are no pairs.
 *
 * @throws RangeError when the changed pairs exceed n or the confidence is not in 0..1.
 * @example
 * tango({ improved: 2, worsened: 9, n: 100 }); // around −0.07
 */
export function tango(pairs: PairedCount, options: ConfidenceOptions = {}): Interval | null {
	const { improved, worsened, n } = pairs;
	if (!(improved >= 0 && worsened >= 0 && improved + worsened <= n)) {
		throw new RangeError(`${improved} improved and ${worsened} worsened do not fit into ${n} pairs`);
	}
	const z = zOf(options.confidence ?? 0.95);
	if (n === 0) return null;
	const estimate = (improved - worsened) / n;
	const distance = (difference: number): number => tangoScore(pairs, difference);
	return {
		low: estimate === -1 ? -1 : bisect(-1, estimate, (difference) => distance(difference) > z),
		high: estimate === 1 ? 1 : bisect(estimate, 1, (difference) => distance(difference) > -z),
	};
}

/** The score statistic at a supposed difference; falls as the difference grows. */
function tangoScore({ improved, worsened, n }: PairedCount, difference: number): number {
	const b = -improved - worsened + (2 * n - improved + worsened) * difference;
	const c = -worsened * difference * (1 - difference);
	const worsenedRate = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
	const variance = n * (2 * worsenedRate + difference * (1 - difference));
	const excess = improved - worsened - n * difference;
	if (excess === 0) return 0;
	return variance > 0 ? excess / Math.sqrt(variance) : excess * Number.POSITIVE_INFINITY;
}

/** The place between two numbers where `below` turns from true to false. */
function bisect(from: number, to: number, below: (x: number) => boolean): number {
	let low = from;
	let high = to;
	for (let step = 0; step < 60; step++) {
		const middle = (low + high) / 2;
		if (below(middle)) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

function checkCount({ successes, n }: Count): void {
	if (!(successes >= 0 && successes <= n && n < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`${successes} of ${n} is no count; give 0 <= successes <= n`);
	}
}
