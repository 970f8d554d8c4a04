import { type Distribution, distributionOf } from "./surprise.ts";

/** A value seen in a reference execution, and what it naturally depends on. */
export interface GivenValue {
	readonly given: number;
	readonly value: number;
}

/** The distributions of a measure at evenly filled places along what it depends on. */
export interface Conditional {
	readonly knots: readonly { readonly given: number; readonly values: Distribution }[];
	readonly lowest: number;
	readonly highest: number;
}

/** Executions to compare with: the nearest ones, a fifth of all but not fewer than this. */
const NEAREST = 30;
/** How far beyond the reference's range, in the unit of `given`, a comparison still means something. */
const REACH = 0.5;
const KNOTS = 16;

/**
 * Prepares a measure to be compared among the reference executions that are most alike in what it depends on: a short answer with short
 * answers. Without it, a step would be strange merely because its input is.
 *
 * @returns null without values.
 */
export function conditionalOf(values: readonly GivenValue[]): Conditional | null {
	const sorted = values.toSorted((a, b) => a.given - b.given);
	const [first, last] = [sorted[0], sorted.at(-1)];
	if (first === undefined || last === undefined) return null;
	const wanted = Math.min(sorted.length, Math.max(NEAREST, Math.ceil(sorted.length / 5)));
	const knots = [];
	const count = Math.min(KNOTS, sorted.length);
	for (let knot = 0; knot < count; knot++) {
		const middle = Math.round(((sorted.length - 1) * knot) / Math.max(1, count - 1));
		const from = Math.max(0, Math.min(middle - (wanted >> 1), sorted.length - wanted));
		const near = sorted.slice(from, from + wanted).map(({ value }) => value);
		knots.push({ given: sorted[middle]?.given ?? 0, values: distributionOf(near) });
	}
	return { knots, lowest: first.given, highest: last.given };
}

/** The distribution at the nearest place; null where `given` lies beyond the reference, so that nothing can be told. */
export function distributionNear(
	{ knots, lowest, highest }: Conditional,
	given: number,
): Distribution | null {
	if (given < lowest - REACH || given > highest + REACH) return null;
	let best = knots[0];
	for (const knot of knots)
		if (best === undefined || Math.abs(knot.given - given) < Math.abs(best.given - given)) best = knot;
	return best?.values ?? null;
}
