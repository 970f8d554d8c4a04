import { type ConfidenceOptions, type Interval, zOf } from "./interval.ts";

/** One run that a human and the judge both rated, on the same scale (0 and 1 for pass and fail). */
export interface LabelledRun {
	readonly human: number;
	readonly judge: number;
}

/** A mean of the human rating over all runs, in its own unit. */
export interface PpiEstimate extends Interval {
	readonly estimate: number;
	readonly standardError: number;
	/** How far the judge was trusted: 0 uses the human labels only, 1 is plain prediction-powered inference. */
	readonly lambda: number;
}

/**
 * Mean human rating from a few human labels and many judge ratings: PPI++ (Angelopoulos, Duchi and Zrnic 2023).
 * θ̂ = λ · mean_N(f) + mean_n(Y − λf), λ̂ = Cov_n(Y, f) / ((1 + n/N) · Var f) clipped to 0..1,
 * variance λ² Var(f)/N + Var(Y − λf)/n.
 *
 * The labelled runs must be a random sample, and none of them among `judged`. The estimate may leave 0..1 and the interval
 * is normal: below about 50 labels, or when all labels agree, use `wilson` over the labels instead. Null below two labels.
 *
 * @param judged ratings by the judge of runs without a human label; may be empty.
 * @throws RangeError when a rating is not finite or the confidence not between 0 and 1.
 * @example
 * ppiMean(labelled, judged)?.low;
 */
export function ppiMean(
	labelled: readonly LabelledRun[],
	judged: readonly number[],
	options: ConfidenceOptions = {},
): PpiEstimate | null {
	const z = zOf(options.confidence ?? 0.95);
	const human = labelled.map((run) => run.human);
	const judge = labelled.map((run) => run.judge);
	if (![...human, ...judge, ...judged].every(Number.isFinite)) {
		throw new RangeError("a rating is not finite; leave unrated runs out");
	}
	const n = labelled.length;
	const total = judged.length;
	if (n < 2) return null;
	const pooled = variance([...judge, ...judged]);
	const raw = total === 0 || pooled === 0 ? 0 : covariance(human, judge) / ((1 + n / total) * pooled);
	const lambda = Math.min(1, Math.max(0, raw));
	const residuals = labelled.map((run) => run.human - lambda * run.judge);
	const judgeMean = lambda === 0 ? 0 : mean(judged);
	const judgeVariance = lambda === 0 ? 0 : (lambda ** 2 * pooled) / total;
	const estimate = lambda * judgeMean + mean(residuals);
	const standardError = Math.sqrt(judgeVariance + variance(residuals) / n);
	return {
		estimate,
		standardError,
		lambda,
		low: estimate - z * standardError,
		high: estimate + z * standardError,
	};
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
	return covariance(values, values);
}

function covariance(first: readonly number[], second: readonly number[]): number {
	const [middle, other] = [mean(first), mean(second)];
	const products = first.map((value, at) => (value - middle) * ((second[at] ?? other) - other));
	return products.reduce((sum, product) => sum + product, 0) / (first.length - 1);
}
