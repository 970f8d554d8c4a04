/** How much one round takes: new runs to judge, and known ones to compare them with. */
export interface Bite {
	readonly fresh: number;
	readonly compared: number;
}

export const FIRST_BITE: Bite = { fresh: 200, compared: 1_000 };
const LEAST: Bite = { fresh: 25, compared: 500 };
const MOST: Bite = { fresh: 1_000, compared: 5_000 };
const QUICK_MS = 5_000;
const SLOW_MS = 20_000;

/**
 * What the next round takes. After a slow or failed round half as many runs to compare with, and when those are at their least half as many new
 * ones; after a quick one twice as many new ones where there are more than it took, else twice as many to compare with. A backlog is
 * worked off in bites that neither this process nor ClickHouse chokes on.
 *
 * @param full whether the last round had as many new runs as it was allowed.
 */
export function nextBite(
	bite: Bite,
	roundMs: number,
	{ full, failed }: { readonly full: boolean; readonly failed: boolean },
): Bite {
	if (failed || roundMs > SLOW_MS) {
		return bite.compared > LEAST.compared
			? { ...bite, compared: Math.max(LEAST.compared, Math.floor(bite.compared / 2)) }
			: { ...bite, fresh: Math.max(LEAST.fresh, Math.floor(bite.fresh / 2)) };
	}
	if (roundMs >= QUICK_MS) return bite;
	return full
		? { ...bite, fresh: Math.min(MOST.fresh, bite.fresh * 2) }
		: { ...bite, compared: Math.min(MOST.compared, bite.compared * 2) };
}
