import { type ConfidenceOptions, type Count, zOf } from "./interval.ts";

/** What is known of a judge and what it said. */
export interface JudgedRate {
	/** Runs the judge called positive, among all it judged. */
	readonly judged: Count;
	/** Among runs that humans called positive: how many the judge did too. */
	readonly sensitivity: Count;
	/** Among runs that humans called negative: how many the judge did too. */
	readonly specificity: Count;
}

/** A corrected rate, or why there is none. */
export type CorrectedRate =
	| { readonly kind: "estimate"; readonly estimate: number; readonly low: number; readonly high: number }
	| { readonly kind: "uncalibrated"; readonly reason: string }
	| { readonly kind: "judge-too-weak"; readonly youden: number; readonly reason: string };

const WEAKEST_YOUDEN = 0.3;

/**
 * Rate of positives behind an imperfect judge: θ̂ = (p̂ + specificity − 1) / (sensitivity + specificity − 1), kept in 0..1
 * (Rogan and Gladen 1978), with the interval of Lang and Reiczigel 2014, which counts the uncertainty of the judged rate,
 * of the sensitivity and of the specificity. For labels stratified by the human's verdict; for a random sample of runs
 * `ppiMean` is narrower. Refuses a judge with sensitivity + specificity − 1 below 0.3: it says too little.
 *
 * @throws RangeError when a count is not in 0..n or the confidence not between 0 and 1.
 * @example
 * correctRate({ judged: { successes: 300, n: 1000 }, sensitivity: { successes: 45, n: 50 }, specificity: { successes: 40, n: 50 } });
 */
export function correctRate(known: JudgedRate, options: ConfidenceOptions = {}): CorrectedRate {
	const z = zOf(options.confidence ?? 0.95);
	const { judged, sensitivity, specificity } = known;
	for (const count of [judged, sensitivity, specificity]) checkCount(count);
	const empty = Object.entries(known).find(([, count]) => count.n === 0);
	if (empty !== undefined) {
		return { kind: "uncalibrated", reason: `nothing is known of "${empty[0]}"; label runs of both kinds` };
	}
	const youden = rate(sensitivity) + rate(specificity) - 1;
	if (youden < WEAKEST_YOUDEN) {
		const found = youden.toFixed(2);
		const reason = `sensitivity + specificity − 1 is ${found}, below ${WEAKEST_YOUDEN}; use another judge`;
		return { kind: "judge-too-weak", youden, reason };
	}
	const estimate = clip((rate(judged) + rate(specificity) - 1) / youden);
	return { kind: "estimate", estimate, ...langReiczigel(known, z) };
}

/** Their adjusted counts keep the width when a calibration found no error at all. */
function langReiczigel(
	{ judged, sensitivity, specificity }: JudgedRate,
	z: number,
): { low: number; high: number } {
	const n = judged.n + z * z;
	const p = (judged.successes + (z * z) / 2) / n;
	const hit = (sensitivity.successes + 1) / (sensitivity.n + 2);
	const clear = (specificity.successes + 1) / (specificity.n + 2);
	const youden = hit + clear - 1;
	if (!(youden > 0)) return { low: 0, high: 1 };
	const middle = (p + clear - 1) / youden;
	const hitError = (hit * (1 - hit)) / (sensitivity.n + 2);
	const clearError = (clear * (1 - clear)) / (specificity.n + 2);
	const shift = 2 * z * z * (middle * hitError - (1 - middle) * clearError);
	const error = (p * (1 - p)) / n + middle ** 2 * hitError + (1 - middle) ** 2 * clearError;
	const half = (z * Math.sqrt(error)) / youden;
	return { low: clip(middle + shift - half), high: clip(middle + shift + half) };
}

function rate({ successes, n }: Count): number {
	return successes / n;
}

function clip(share: number): number {
	return Math.min(1, Math.max(0, share));
}

function checkCount({ successes, n }: Count): void {
	if (!(successes >= 0 && successes <= n && n < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`${successes} of ${n} is no count; give 0 <= successes <= n`);
	}
}
