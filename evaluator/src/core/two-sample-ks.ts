/** The largest distance between two cumulative shares (0..1), and how often chance alone gives one as large. */
export interface KolmogorovSmirnov {
	readonly distance: number;
	readonly p: number;
}

/**
 * Two-sample Kolmogorov–Smirnov test, two-sided, with the limiting p-value at Stephens' effective size (Smirnov 1948;
 * Stephens 1970). Tied values make it timid. Null when a sample is empty.
 *
 * @throws RangeError when a value is NaN.
 * @example
 * twoSampleKs(latenciesBefore, latenciesAfter)?.p;
 */
export function twoSampleKs(before: readonly number[], after: readonly number[]): KolmogorovSmirnov | null {
	if ([...before, ...after].some(Number.isNaN))
		throw new RangeError("a value is NaN; leave missing values out");
	if (before.length === 0 || after.length === 0) return null;
	const distance = largestDistance(Float64Array.from(before).sort(), Float64Array.from(after).sort());
	const size = Math.sqrt((before.length * after.length) / (before.length + after.length));
	return { distance, p: survival((size + 0.12 + 0.11 / size) * distance) };
}

function largestDistance(first: Float64Array, second: Float64Array): number {
	let [i, j, distance] = [0, 0, 0];
	while (i < first.length && j < second.length) {
		const value = Math.min(first[i] ?? 0, second[j] ?? 0);
		while (i < first.length && first[i] === value) i++;
		while (j < second.length && second[j] === value) j++;
		distance = Math.max(distance, Math.abs(i / first.length - j / second.length));
	}
	return distance;
}

/** Kolmogorov's limiting survival function; its alternating series needs many terms only where it is 1 anyway. */
function survival(x: number): number {
	if (x < 0.2) return 1;
	let sum = 0;
	for (let k = 1; k <= 100; k++) {
		const term = 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x);
		sum += term;
		if (Math.abs(term) < 1e-16) break;
	}
	return Math.min(1, Math.max(0, sum));
}
