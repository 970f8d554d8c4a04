import { binomialTest, type ExactTest } from "./binomial.ts";

/**
 * McNemar's test for the same tasks before and after: did as many turn from fail to pass as from pass to fail?
 *
 * Exact: 2 · BinCDF(min(b, c); b + c, ½), at most 1. Mid-p: the observed split counted half (Fagerland, Lydersen and
 * Laake 2013), closer to the promised error rate. Pairs that did not change say nothing; without changed pairs p is 1.
 *
 * @throws RangeError when a count is not an integer from 0 up.
 * @example
 * mcnemar({ improved: 2, worsened: 11 }).exact; // 0.0224…
 */
export function mcnemar(changed: { readonly improved: number; readonly worsened: number }): ExactTest {
	return binomialTest(changed.improved, changed.improved + changed.worsened, 0.5);
}
