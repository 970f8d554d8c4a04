/** A run that was chosen for rating, and who has it or had it. */
export interface QueueItem {
	readonly traceId: string;
	/** Smaller ones are rated first. */
	readonly order: number;
	/** Two different people are to rate it. */
	readonly double: boolean;
	/** Who rated it. */
	readonly raters: readonly string[];
	/** Who looks at it now, until when (milliseconds since the epoch). */
	readonly leases: readonly { readonly rater: string; readonly untilMs: number }[];
}

/** How many more people may take a run now; 0 for one that is taken or done. */
export function placesLeft(item: QueueItem, rater: string, nowMs: number): number {
	if (item.raters.includes(rater)) return 0;
	const busy = item.leases.filter(
		(lease) => lease.rater !== rater && lease.untilMs > nowMs && !item.raters.includes(lease.rater),
	);
	return Math.max(0, (item.double ? 2 : 1) - item.raters.length - busy.length);
}

/**
 * What a rater should rate next: the run that they hold already, so that a page loaded again shows the same; else the first one that has a place left. Null where
 * nothing is.
 *
 * @param without ids that were tried and found taken.
 * @example
 * nextItem(queue, "ann", Date.now());
 */
export function nextItem(
	queue: readonly QueueItem[],
	rater: string,
	nowMs: number,
	without: ReadonlySet<string> = new Set(),
): QueueItem | null {
	const free = queue
		.filter((item) => !without.has(item.traceId) && placesLeft(item, rater, nowMs) > 0)
		.sort((a, b) => a.order - b.order || (a.traceId < b.traceId ? -1 : 1));
	const held = free.find((item) =>
		item.leases.some((lease) => lease.rater === rater && lease.untilMs > nowMs),
	);
	return held ?? free[0] ?? null;
}

/** How far a queue is. */
export interface QueueProgress {
	readonly chosen: number;
	/** Runs with at least one rating. */
	readonly rated: number;
	/** Ratings that are still to be given, second ones included. */
	readonly open: number;
	readonly double: number;
	readonly doubleDone: number;
}

/** Counts a queue. */
export function progressOfQueue(queue: readonly QueueItem[]): QueueProgress {
	const double = queue.filter((item) => item.double);
	return {
		chosen: queue.length,
		rated: queue.filter((item) => item.raters.length > 0).length,
		open: queue.reduce((all, item) => all + Math.max(0, (item.double ? 2 : 1) - item.raters.length), 0),
		double: double.length,
		doubleDone: double.filter((item) => item.raters.length >= 2).length,
	};
}
