import type { Interval } from "../core/interval.ts";

/** A share as a percentage with one decimal; "–" where it could not be told. */
export const percent = (share: number | null): string =>
	share === null || !Number.isFinite(share) ? "–" : `${(100 * share).toFixed(1)} %`;

/** A change of a share in percentage points, with its sign. */
export const points = (difference: number): string =>
	Math.abs(difference) < 0.0005
		? "0.0 pt"
		: `${difference < 0 ? "−" : "+"}${Math.abs(100 * difference).toFixed(1)} pt`;

export const percentRange = (interval: Interval | null): string =>
	interval === null ? "–" : `${(100 * interval.low).toFixed(1)} – ${(100 * interval.high).toFixed(1)} %`;
