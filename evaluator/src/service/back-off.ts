/** First and longest wait after failures in a row. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait after so many failures in a row, in milliseconds: twice as long after each, at most a minute, and then a random part of it
 * (between half and all), so that copies that failed together do not come back together.
 *
 * @param random in [0, 1).
 * @example backOffMs(3, Math.random()) // between 2,000 and 4,000
 */
export function backOffMs(failures: number, random: number): number {
	const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
	return Math.round(full * (0.5 + random / 2));
}

/** Runs of one round, at first, at least and at most. */
export const BATCH = { first: 200, least: 25, most: 1_000 } as const;
const QUICK_MS = 5_000;
const SLOW_MS = 20_000;

/**
 * How many runs the next round takes: twice as many after a full round that was quick, half as many after one that was slow or failed. A backlog
 * is worked off in bites that neither this process nor ClickHouse chokes on.
 *
 * @param full whether the last round had as many runs as it was allowed.
 */
export function nextBatch(
	batch: number,
	roundMs: number,
	{ full, failed }: { readonly full: boolean; readonly failed: boolean },
): number {
	if (failed || roundMs > SLOW_MS) return Math.max(BATCH.least, Math.floor(batch / 2));
	return full && roundMs < QUICK_MS ? Math.min(BATCH.most, batch * 2) : batch;
}
