import { normalQuantile } from "./normal.ts";

/** One comparison of two answers to the same request. */
export interface ComparedPair {
	/** 1 where the candidate's answer was preferred, 0 the baseline's, ½ a tie. */
	readonly preferred: number;
	/** Lengths in any one unit, such as characters. */
	readonly candidateLength: number;
	readonly baselineLength: number;
}

/** How often the candidate is preferred. */
export interface PreferenceRate {
	readonly pairs: number;
	/** As counted. */
	readonly raw: number;
	/** As it would be were both answers equally long; null where it cannot be told. */
	readonly controlled: number | null;
	/** 95 % interval of `controlled`. */
	readonly interval: readonly [number, number] | null;
	/** Log odds of being preferred for one standard deviation more of length; null with `controlled`. */
	readonly lengthEffect: number | null;
}

/** Fewer pairs do not tell length from quality. */
const MIN_PAIRS = 10;
/** A weak pull towards "length does not matter" keeps separable data finite. */
const RIDGE = 0.1;
const ROUNDS = 50;

/**
 * The rate at which a candidate's answers are preferred, with the liking of judges for length taken out: a logistic regression of the preference
 * on the difference in length (squeezed by tanh, so that extreme differences do not rule), read where the difference is nothing (length-controlled
 * AlpacaEval: Dubois, Galambosi, Liang and Hashimoto 2024, arXiv:2404.04475, without the terms for single requests). The interval is Wald's, with
 * the sandwich variance, because ties are not draws of a coin.
 *
 * @throws RangeError where a preference is outside of 0..1 or a length is negative.
 * @example
 * preferenceRate(pairs).controlled; // 0.51, where the raw rate of 0.68 came from longer answers
 */
export function preferenceRate(pairs: readonly ComparedPair[]): PreferenceRate {
	for (const { preferred, candidateLength, baselineLength } of pairs)
		if (!(preferred >= 0 && preferred <= 1 && candidateLength >= 0 && baselineLength >= 0))
			throw new RangeError(
				`a pair has preference ${preferred} and lengths ${candidateLength} and ${baselineLength}; give 0..1 and lengths from 0`,
			);
	const raw = pairs.reduce((sum, { preferred }) => sum + preferred, 0) / Math.max(1, pairs.length);
	const none = { pairs: pairs.length, raw, controlled: null, interval: null, lengthEffect: null };
	if (pairs.length < MIN_PAIRS) return none;
	const differences = pairs.map(({ candidateLength, baselineLength }) => candidateLength - baselineLength);
	const spread = Math.sqrt(differences.reduce((sum, one) => sum + one * one, 0) / differences.length);
	const lengths = differences.map((one) => (spread === 0 ? 0 : Math.tanh(one / spread)));
	const outcomes = pairs.map(({ preferred }) => preferred);
	const fitted = fitLogistic(lengths, outcomes);
	if (fitted === null) return none;
	const { intercept, slope, deviation } = fitted;
	const half = normalQuantile(0.975) * deviation;
	return {
		...none,
		controlled: logistic(intercept),
		interval: [logistic(intercept - half), logistic(intercept + half)],
		lengthEffect: slope,
	};
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Newton's method on two coefficients, with a ridge on both that fades with the number of pairs. */
function fitLogistic(
	x: readonly number[],
	y: readonly number[],
): { readonly intercept: number; readonly slope: number; readonly deviation: number } | null {
	let [a, b] = [0, 0];
	for (let round = 0; round < ROUNDS; round++) {
		const { gradient, hessian } = derivatives(x, y, [a, b]);
		const determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
		if (!(determinant > 0)) return null;
		const da = (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant;
		const db = (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant;
		[a, b] = [a + da, b + db];
		if (Math.abs(da) + Math.abs(db) < 1e-10) break;
	}
	const { hessian, scores } = derivatives(x, y, [a, b]);
	const determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
	// First row of H⁻¹ S H⁻¹.
	const [p, q] = [hessian[2] / determinant, -hessian[1] / determinant];
	const variance = p * p * scores[0] + 2 * p * q * scores[1] + q * q * scores[2];
	return Number.isFinite(variance) && variance >= 0
		? { intercept: a, slope: b, deviation: Math.sqrt(variance) }
		: null;
}

type Symmetric = readonly [number, number, number];

function derivatives(
	x: readonly number[],
	y: readonly number[],
	[a, b]: readonly [number, number],
): { readonly gradient: readonly [number, number]; readonly hessian: Symmetric; readonly scores: Symmetric } {
	const gradient: [number, number] = [-RIDGE * a, -RIDGE * b];
	const hessian: [number, number, number] = [RIDGE, 0, RIDGE];
	const scores: [number, number, number] = [0, 0, 0];
	for (const [at, length] of x.entries()) {
		const mean = logistic(a + b * length);
		const residual = (y[at] ?? 0) - mean;
		const weight = mean * (1 - mean);
		gradient[0] += residual;
		gradient[1] += residual * length;
		hessian[0] += weight;
		hessian[1] += weight * length;
		hessian[2] += weight * length * length;
		scores[0] += residual * residual;
		scores[1] += residual * residual * length;
		scores[2] += residual * residual * length * length;
	}
	return { gradient, hessian, scores };
}
