import { betaCdf, logBeta } from "./beta.ts";

/**
 * Natural logarithm of the number of ways to choose `k` of `n` items.
 *
 * @throws RangeError when the counts are not integers with 0 <= k <= n.
 * @example
 * Math.exp(logChoose(5, 2)); // 10
 */
export function logChoose(n: number, k: number): number {
	checkCounts(k, n);
	return -Math.log1p(n) - logBeta(n - k + 1, k + 1);
}

/**
 * Natural logarithm of the probability of exactly `successes` in `n` independent trials of probability `rate`.
 *
 * @throws RangeError when the counts are not integers with 0 <= successes <= n, or the rate is outside 0..1.
 * @example
 * Math.exp(logBinomialPmf(2, 5, 0.5)); // 0.3125
 */
export function logBinomialPmf(successes: number, n: number, rate: number): number {
	checkCounts(successes, n);
	checkRate(rate);
	// 0 · log 0 is 0 here: an impossible side that did not happen costs nothing.
	const hits = successes === 0 ? 0 : successes * Math.log(rate);
	const misses = successes === n ? 0 : (n - successes) * Math.log1p(-rate);
	return logChoose(n, successes) + hits + misses;
}

/**
 * Probability of at most `successes` in `n` independent trials of probability `rate`,
 * through the incomplete beta function (DLMF 8.17.5).
 *
 * @throws RangeError when the counts are not integers with successes <= n, or the rate is outside 0..1.
 * @example
 * binomialCdf(2, 5, 0.5); // 0.5
 */
export function binomialCdf(successes: number, n: number, rate: number): number {
	if (successes === -1) return 0;
	checkCounts(successes, n);
	checkRate(rate);
	return successes === n ? 1 : betaCdf(1 - rate, n - successes, successes + 1);
}

/** Two p-values of one test: `exact` never rejects a true null too often; `midP` is close to it and less timid. */
export interface ExactTest {
	readonly exact: number;
	readonly midP: number;
}

/**
 * Exact two-sided test of a count against a known rate: twice the smaller tail, at most 1. Mid-p counts the observed
 * value half (Lancaster 1961). No trials give p = 1.
 *
 * @throws RangeError when the counts are not integers with 0 <= successes <= n, or the rate is outside 0..1.
 * @example
 * binomialTest(3, 17, 0.5).exact; // 0.0127…
 */
export function binomialTest(successes: number, n: number, rate = 0.5): ExactTest {
	const point = Math.exp(logBinomialPmf(successes, n, rate));
	const lower = binomialCdf(successes, n, rate);
	const upper = successes === 0 ? 1 : binomialCdf(n - successes, n, 1 - rate);
	const tail = Math.min(lower, upper);
	return { exact: Math.min(1, 2 * tail), midP: Math.min(1, Math.max(0, 2 * tail - point)) };
}

function checkCounts(successes: number, n: number): void {
	if (!(Number.isInteger(successes) && Number.isInteger(n) && successes >= 0 && successes <= n)) {
		throw new RangeError(`${successes} of ${n} is no count; give integers with 0 <= successes <= n`);
	}
}

function checkRate(rate: number): void {
	if (!(rate >= 0 && rate <= 1)) throw new RangeError(`the rate is ${rate}; give a share in 0..1`);
}
