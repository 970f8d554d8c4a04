/**
 * The value below which a share of the values lies, between the two nearest in order (Hyndman and Fan's type 7, the default of R and
 * numpy); null without values.
 *
 * @throws RangeError when the share is not in 0..1.
 * @example
 * quantile([1, 2, 3, 4], 0.5); // 2.5
 */
export function quantile(values: readonly number[], share: number): number | null {
	if (!(share >= 0 && share <= 1)) throw new RangeError(`the share is ${share}; give 0..1`);
	const sorted = [...values].sort((a, b) => a - b);
	const at = share * (sorted.length - 1);
	const low = sorted[Math.floor(at)];
	const high = sorted[Math.ceil(at)];
	if (low === undefined || high === undefined) return null;
	return low + (high - low) * (at - Math.floor(at));
}
