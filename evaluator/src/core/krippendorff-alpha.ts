/** How far apart two values are: nominal asks whether they differ at all, ordinal how many values lie between, interval by how much. */
export type AlphaLevel = "nominal" | "ordinal" | "interval";

/**
 * Krippendorff's α, the agreement of any number of raters beyond chance: 1 is perfect, 0 is chance, below 0 is worse. Raters may have left items out; an
 * item with fewer than two values says nothing (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability). Null where no item has two values, and
 * where all values are the same: what chance would do is then unknown.
 *
 * @param items the values that one item was given, one of each rater who rated it.
 * @throws RangeError when a value is not finite.
 * @example
 * krippendorffAlpha([[1, 1], [0, 0], [0, 1]], "nominal");
 */
export function krippendorffAlpha(items: readonly (readonly number[])[], level: AlphaLevel): number | null {
	const pairable = items.filter((values) => values.length >= 2);
	const values = pairable.flat();
	if (!values.every(Number.isFinite)) throw new RangeError("a rating is not finite; leave unrated items out");
	const counts = new Map<number, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	const distance = distanceOf(level, counts);
	let observed = 0;
	for (const item of pairable) observed += pairDistance(countsOf(item), distance) / (item.length - 1);
	const expected = pairDistance(counts, distance) / (values.length - 1);
	return expected > 0 ? 1 - observed / expected : null;
}

function countsOf(values: readonly number[]): Map<number, number> {
	const counts = new Map<number, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return counts;
}

/** Sum of the distances of all ordered pairs. */
function pairDistance(
	counts: ReadonlyMap<number, number>,
	distance: (one: number, other: number) => number,
): number {
	let whole = 0;
	for (const [one, many] of counts)
		for (const [other, more] of counts) if (one !== other) whole += many * more * distance(one, other);
	return whole;
}

function distanceOf(
	level: AlphaLevel,
	counts: ReadonlyMap<number, number>,
): (one: number, other: number) => number {
	if (level === "nominal") return () => 1;
	if (level === "interval") return (one, other) => (one - other) ** 2;
	// Values from the one to the other, each counted as often as it was given, the two ends half.
	const sorted = [...counts].sort(([a], [b]) => a - b);
	const before = new Map<number, number>();
	let below = 0;
	for (const [value, count] of sorted) {
		before.set(value, below + count / 2);
		below += count;
	}
	return (one, other) => ((before.get(one) ?? 0) - (before.get(other) ?? 0)) ** 2;
}
