/**
 * Sum of numbers; 0 for none.
 *
 * @example
 * sum([1, 2]); // 3
 */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Mean; null for no values.
 *
 * @example
 * mean([1, 2]); // 1.5
 */
export const mean = (values: readonly number[]): number | null =>
	values.length === 0 ? null : sum(values) / values.length;

/**
 * Unbiased variance; null for fewer than two values.
 *
 * @example
 * variance([1, 2, 3]); // 1
 */
export function variance(values: readonly number[]): number | null {
	const middle = mean(values);
	if (middle === null || values.length < 2) return null;
	return sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1);
}
