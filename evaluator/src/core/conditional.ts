import { type Distribution, distributionOf } from "./surprise.ts";

/** A value seen in a reference execution, and what it naturally depends on. */
export interface GivenValue {
	readonly given: number;
	readonly value: number;
}

/** Executions to compare with: the nearest ones, a fifth of all but not fewer than this. */
const NEAREST = 30;
/** How far beyond the reference's range, in the unit of `given`, a comparison still means something. */
const REACH = 0.5;

/**
 * The distribution of a measure among the reference executions that are most alike in what the measure depends on: a short answer is
 * compared with short answers. Without it, a step would be strange merely because its input is.
 *
 * @param sorted reference values by ascending `given`.
 * @returns null where `given` lies beyond the reference, so that nothing can be told.
 */
export function distributionNear(sorted: readonly GivenValue[], given: number): Distribution | null {
	const first = sorted[0];
	const last = sorted.at(-1);
	if (first === undefined || last === undefined) return null;
	if (given < first.given - REACH || given > last.given + REACH) return null;
	const wanted = Math.min(sorted.length, Math.max(NEAREST, Math.ceil(sorted.length / 5)));
	let from = lowerBound(sorted, given);
	let to = from;
	while (to - from < wanted) {
		const below = sorted[from - 1];
		const above = sorted[to];
		const takeBelow =
			above === undefined || (below !== undefined && given - below.given <= above.given - given);
		if (takeBelow) from--;
		else to++;
	}
	return distributionOf(sorted.slice(from, to).map((one) => one.value));
}

function lowerBound(sorted: readonly GivenValue[], given: number): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle]?.given ?? Number.POSITIVE_INFINITY) < given) low = middle + 1;
		else high = middle;
	}
	return low;
}
