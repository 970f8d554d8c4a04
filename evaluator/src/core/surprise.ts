import { normalCdf, normalQuantile } from "./normal.ts";

/** Values of a statistic over reference executions, ready to be compared with. */
export interface Distribution {
	readonly ascending: Float64Array;
	/** A spread for values beyond the largest or smallest one seen; never 0. */
	readonly scale: number;
}

export interface SurpriseOptions {
	/** The value is itself one of the distribution's, so it must not count against itself. */
	readonly member?: boolean;
}

/** Beyond the reference's own range, at most this many more standard deviations. */
const MAX_EXCESS = 3;

/** Sorts values into a distribution. The scale is the interquartile range as a standard deviation, with a small floor. */
export function distributionOf(values: readonly number[]): Distribution {
	const ascending = Float64Array.from(values).sort();
	const at = (share: number): number => ascending[Math.floor(share * (ascending.length - 1))] ?? 0;
	const spread = (at(0.75) - at(0.25)) / 1.349;
	const tails = (at(0.99) - at(0.01)) / 4.65;
	const size = Math.max(Math.abs(at(0)), Math.abs(at(1)));
	return { ascending, scale: Math.max(spread, tails, 0.02 * size, 1e-9) };
}

/**
 * How strange a value is among reference values, as a z-score, 0 where it is not. Within the reference's range it is the normal
 * quantile of the conformal p-value; beyond it, the distance in scales is added (up to 3), because ranks alone cannot tell a little
 * more from far more.
 *
 * @param strange which end is strange.
 * @example
 * surprise(9, "high", distributionOf([1, 2, 3, 4])); // > 1: above all four, by far
 */
export function surprise(
	value: number,
	strange: "low" | "high" | "both",
	reference: Distribution,
	{ member = false }: SurpriseOptions = {},
): number {
	const { ascending, scale } = reference;
	const n = ascending.length - (member ? 1 : 0);
	if (n < 1) return 0;
	const own = member ? 1 : 0;
	// A member may be missing from what it is compared with: never fewer than none are as far out as it.
	const atLeast = Math.max(0, ascending.length - countBelow(ascending, value) - own);
	const atMost = Math.max(0, countAtMost(ascending, value) - own);
	const pHigh = (1 + atLeast) / (n + 1);
	const pLow = (1 + atMost) / (n + 1);
	const p = strange === "high" ? pHigh : strange === "low" ? pLow : Math.min(1, 2 * Math.min(pHigh, pLow));
	if (p >= 0.5) return 0;
	const top = ascending.at(-1) ?? value;
	const bottom = ascending[0] ?? value;
	const beyond =
		strange === "low"
			? bottom - value
			: strange === "high"
				? value - top
				: Math.max(bottom - value, value - top);
	const excess = beyond > 0 ? Math.min(MAX_EXCESS, beyond / (2 * scale)) : 0;
	return normalQuantile(1 - p) + excess;
}

/** The one-sided p-value of a z-score. */
export const pOfSurprise = (z: number): number => Math.max(1e-12, 1 - normalCdf(z));

function countBelow(ascending: Float64Array, value: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

function countAtMost(ascending: Float64Array, value: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((ascending[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle + 1;
		else high = middle;
	}
	return low;
}
