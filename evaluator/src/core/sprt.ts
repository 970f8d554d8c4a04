/** A sequential test of a pass rate: is it at most `low`, or at least `high`? */
export interface SprtOptions {
	/** Pass rates that the test tells apart: `low` of a broken pipeline, `high` of a whole one; shares, low < high. */
	readonly low: number;
	readonly high: number;
	/** Largest chance of a wrong answer, on either side. */
	readonly error: number;
}

/** Where the test stands. Plain numbers: it can be stored and resumed. */
export interface Sprt {
	readonly passed: number;
	readonly failed: number;
}

/** `high`, `low`, or null as long as nothing can be said. */
export type SprtAnswer = "high" | "low" | null;

/**
 * Wald's sequential probability ratio test (Wald 1945): goes on until the likelihood ratio of the two rates leaves
 * (error / (1 − error), (1 − error) / error). With the rate at most `low` the answer `high` comes with probability at most `error`
 * (Ville: at most error / (1 − error) for any stopping), and the other way round; in between either may come.
 *
 * @throws RangeError where the rates or the error make no test.
 * @example
 * answerOf({ passed: 5, failed: 0 }, { low: 0.3, high: 0.8, error: 0.01 }); // "high"
 */
export function answerOf({ passed, failed }: Sprt, { low, high, error }: SprtOptions): SprtAnswer {
	if (!(low > 0 && low < high && high < 1)) {
		throw new RangeError(`the rates are ${low} and ${high}; give 0 < low < high < 1`);
	}
	if (!(error > 0 && error < 0.5))
		throw new RangeError(`the error is ${error}; give a share between 0 and 0.5`);
	const logRatio = passed * Math.log(high / low) + failed * Math.log((1 - high) / (1 - low));
	const bound = Math.log((1 - error) / error);
	if (logRatio >= bound) return "high";
	return logRatio <= -bound ? "low" : null;
}
