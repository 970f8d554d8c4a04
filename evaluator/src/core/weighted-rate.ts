import { type ConfidenceOptions, clopperPearson, type Interval } from "./interval.ts";

/** One drawn run: what was seen of it, and the chance with which it was drawn. */
export interface WeightedObservation {
	readonly hit: boolean;
	/** In (0, 1]; the run stands for 1 / probability runs. */
	readonly probability: number;
}

/** A share of all runs, estimated from those that were drawn. */
export interface WeightedRate {
	readonly rate: number;
	readonly interval: Interval;
	/** Runs that the estimate is made of. */
	readonly n: number;
	/** How many runs drawn with equal chances would tell as much. */
	readonly effectiveN: number;
	/** How many runs those drawn stand for. */
	readonly standsFor: number;
}

/**
 * The share of hits among all runs, from runs that were drawn independently with known chances: every run weighs 1 / probability (Hájek's ratio
 * estimator: Särndal, Swensson and Wretman 1992, section 5.7), with the variance of its linearisation under Poisson sampling. The interval is
 * Clopper and Pearson's at the effective number of runs (Korn and Graubard 1998), which keeps its level where hits are few; where all drawn runs
 * agree, so that there is no variance, the effective number is Kish's. It is about the runs of the window, so it has no width where all were drawn.
 * Null without runs.
 *
 * @throws RangeError when a probability is not in (0, 1].
 * @example
 * weightedRate(drawn.map(({ run, probability }) => ({ hit: run.outcome === "fail", probability })))?.rate;
 */
export function weightedRate(
	observations: readonly WeightedObservation[],
	options: ConfidenceOptions = {},
): WeightedRate | null {
	let [standsFor, hits, squares] = [0, 0, 0];
	for (const { hit, probability } of observations) {
		if (!(probability > 0 && probability <= 1)) {
			throw new RangeError(
				`a run was drawn with probability ${probability}; give a share above 0, at most 1`,
			);
		}
		standsFor += 1 / probability;
		squares += 1 / probability ** 2;
		if (hit) hits += 1 / probability;
	}
	if (observations.length === 0) return null;
	const rate = Math.min(1, hits / standsFor);
	if (observations.every(({ probability }) => probability === 1)) {
		return {
			rate,
			interval: { low: rate, high: rate },
			n: observations.length,
			effectiveN: observations.length,
			standsFor,
		};
	}
	let variance = 0;
	for (const { hit, probability } of observations) {
		variance += ((1 - probability) * (Number(hit) - rate) ** 2) / probability ** 2 / standsFor ** 2;
	}
	const kish = standsFor ** 2 / squares;
	const effectiveN = variance > 0 ? (rate * (1 - rate)) / variance : kish;
	const interval = clopperPearson(rate * effectiveN, effectiveN, options) ?? { low: 0, high: 1 };
	return { rate, interval, n: observations.length, effectiveN, standsFor };
}
