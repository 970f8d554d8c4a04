import type { Step } from "./trace.ts";

/**
 * The time that a span spent itself, in microseconds: its duration less the time in which at least one child ran; parallel children are not
 * taken off twice.
 *
 * @example
 * selfTimeUs({ startUs: 0, durationUs: 10 }, [child]); // 4, where the child ran from 2 to 8
 */
export function selfTimeUs(
	own: { readonly startUs: number; readonly durationUs: number },
	children: readonly Step[],
): number {
	const end = own.startUs + own.durationUs;
	let covered = 0;
	let until = own.startUs;
	for (const child of children.toSorted((a, b) => a.startUs - b.startUs)) {
		const from = Math.max(until, child.startUs);
		const to = Math.min(end, child.startUs + child.durationUs);
		if (to > from) covered += to - from;
		until = Math.max(until, to);
	}
	return own.durationUs - covered;
}
