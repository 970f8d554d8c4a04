import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { DAY_MS, watchStored } from "../drift/watch-stored.ts";
import { select } from "../store/select.ts";

export interface WatchDriftDaysOptions {
	readonly store: Store;
	readonly signal: AbortSignal;
	readonly now: () => number;
	readonly err: (text: string) => void;
	/** Milliseconds before the first look, and between looks. */
	readonly firstMs?: number;
	readonly everyMs?: number;
}

const FIRST_MS = 60_000;
const EVERY_MS = 600_000;
/** Days that a new watch looks back. */
const DAYS = 28;

/**
 * Goes on with the daily watch for drift of every pipeline until the signal aborts, by n-grams and lengths: what `faultline drift` does when it is run once
 * a day. A look that fails is reported and tried again at the next one.
 */
export async function watchDriftDays({
	store,
	signal,
	now,
	err,
	firstMs = FIRST_MS,
	everyMs = EVERY_MS,
}: WatchDriftDaysOptions): Promise<void> {
	for (let pause = firstMs; !signal.aborted; pause = everyMs) {
		await sleep(pause, undefined, { signal }).catch(() => {});
		if (signal.aborted) return;
		try {
			await look(store, { signal, now, err });
		} catch (error) {
			err(
				`drift could not be watched and will be tried again: ${error instanceof Error ? error.message : error}`,
			);
		}
	}
}

async function look(
	store: Store,
	{ signal, now, err }: Pick<WatchDriftDaysOptions, "signal" | "now" | "err">,
): Promise<void> {
	const nowMs = now();
	const sinceMs = nowMs - DAYS * DAY_MS;
	const pipelines = await select<{ pipeline: string }>(store, "pipelines.sql", {
		since_ms: sinceMs,
		until_ms: nowMs,
	});
	for (const { pipeline } of pipelines) {
		if (signal.aborted) return;
		const days = await watchStored(store, { pipeline, sinceMs, nowMs });
		if (days > 0) err(`watched ${days} days of ${pipeline} for drift`);
	}
}
