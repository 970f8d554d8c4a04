import { type ConfidenceOptions, type Interval, zOf } from "./interval.ts";

/** Probability that a random positive scores above a random negative, ties counted half; 0.5 is chance. */
export interface Auroc extends Interval {
	readonly auroc: number;
}

/**
 * Area under the ROC curve of a score that should be higher for positives, with the interval of Newcombe 2006 (method 5):
 * the Hanley and McNeil 1982 variance solved at the supposed area, so that a perfect separation of few cases still has
 * width. Null when one side is empty.
 *
 * @throws RangeError when a score is NaN or the confidence not between 0 and 1.
 * @example
 * measureAuroc([0.9, 0.8], [0.1, 0.85])?.auroc; // 0.75
 */
export function measureAuroc(
	positives: readonly number[],
	negatives: readonly number[],
	options: ConfidenceOptions = {},
): Auroc | null {
	const z = zOf(options.confidence ?? 0.95);
	if ([...positives, ...negatives].some(Number.isNaN))
		throw new RangeError("a score is NaN; leave unscored cases out");
	if (positives.length === 0 || negatives.length === 0) return null;
	const ascending = Float64Array.from(negatives).sort();
	const wins = positives.reduce((sum, score) => sum + countBelow(ascending, score), 0);
	const auroc = wins / (positives.length * negatives.length);
	const far = (supposed: number): boolean =>
		(auroc - supposed) ** 2 > z * z * hanleyMcNeil(supposed, positives.length, negatives.length);
	return { auroc, low: edge(0, auroc, far), high: edge(1, auroc, far) };
}

/** How many are below the score; equal ones count half. */
function countBelow(ascending: Float64Array, score: number): number {
	return (firstAt(ascending, (value) => value >= score) + firstAt(ascending, (value) => value > score)) / 2;
}

function firstAt(ascending: Float64Array, reached: (value: number) => boolean): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (reached(ascending.at(middle) ?? Number.NaN)) high = middle;
		else low = middle + 1;
	}
	return low;
}

/** Variance of an area with exponential scores; Newcombe replaces both sizes in the numerator by their mean. */
function hanleyMcNeil(area: number, positives: number, negatives: number): number {
	const others = (positives + negatives) / 2 - 1;
	const shape = 1 + others * ((1 - area) / (2 - area) + area / (1 + area));
	return (area * (1 - area) * shape) / (positives * negatives);
}

/** The supposed area between an end of 0..1 and the estimate where the estimate stops being too far away. */
function edge(end: 0 | 1, estimate: number, far: (supposed: number) => boolean): number {
	let outside: number = end;
	let inside = estimate;
	if (outside === inside) return end;
	for (let step = 0; step < 60; step++) {
		const middle = (outside + inside) / 2;
		if (far(middle)) outside = middle;
		else inside = middle;
	}
	return inside;
}

/**
 * Share of cases whose true answer is among the first `k` of the ranking. Null without cases.
 *
 * @param ranks the place of the true answer from 1 up; null when the ranking does not name it, which is a miss.
 * @throws RangeError when a rank is not an integer from 1 up.
 * @example
 * topK([1, 3, null], 2); // 0.333…
 */
export function topK(ranks: readonly (number | null)[], k: number): number | null {
	checkRanks(ranks);
	return ranks.length === 0 ? null : ranks.filter((rank) => rank !== null && rank <= k).length / ranks.length;
}

/**
 * Mean of 1 / rank of the true answer, in 0..1 (Voorhees 1999). Null without cases.
 *
 * @param ranks the place of the true answer from 1 up; null when the ranking does not name it, which counts 0.
 * @throws RangeError when a rank is not an integer from 1 up.
 * @example
 * meanReciprocalRank([1, 2, null]); // 0.5
 */
export function meanReciprocalRank(ranks: readonly (number | null)[]): number | null {
	checkRanks(ranks);
	if (ranks.length === 0) return null;
	return ranks.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) / ranks.length;
}

function checkRanks(ranks: readonly (number | null)[]): void {
	for (const rank of ranks) {
		if (rank !== null && !(Number.isInteger(rank) && rank >= 1)) {
			throw new RangeError(`${rank} is no rank; the best place is 1, and null means "not named"`);
		}
	}
}
