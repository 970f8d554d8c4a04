import type { Store } from "@faultline/collector";
import { EVALUATOR } from "./result-rows.ts";
import { select } from "./select.ts";

/** Which of several evaluators on one database this is: 0, 1, … of `copies`. */
export interface Copy {
	readonly copy: number;
	readonly copies: number;
}

/** A run that has waited this long is taken by whichever copy sees it: a copy that is gone leaves nothing behind. */
const ANYBODY_AFTER_MS = 600_000;

/** How long after a verdict spans may arrive and still have their run judged again. */
const LATE_MS = 15 * 60_000;

/**
 * Trace ids of settled runs without a verdict of this evaluator, or with spans that arrived after it; the oldest first.
 *
 * @param untilMs milliseconds since the epoch: what has ended and arrived by then has settled.
 */
export async function unjudgedTraces(
	store: Store,
	sinceMs: number,
	untilMs: number,
	{ limit = 1_000, copy = 0, copies = 1 }: Partial<Copy> & { readonly limit?: number } = {},
): Promise<string[]> {
	const rows = await select<{ trace_id: string }>(store, "unjudged-traces.sql", {
		since_ms: sinceMs,
		until_ms: untilMs,
		arrived_since_ms: untilMs - LATE_MS,
		anybody_ms: untilMs - ANYBODY_AFTER_MS,
		evaluator: EVALUATOR,
		limit,
		copy,
		copies,
	});
	return rows.map((row) => row.trace_id);
}

/** How many settled runs wait for a verdict of this evaluator, and the age of the oldest in milliseconds; 0 where none waits. */
export async function unjudgedBacklog(
	store: Store,
	sinceMs: number,
	untilMs: number,
): Promise<{ readonly waiting: number; readonly oldestMs: number }> {
	const [row] = await select<{ waiting: string; oldest_ms: string }>(store, "unjudged-backlog.sql", {
		since_ms: sinceMs,
		until_ms: untilMs,
		arrived_since_ms: untilMs - LATE_MS,
		evaluator: EVALUATOR,
	});
	const waiting = Number(row?.waiting ?? 0);
	return { waiting, oldestMs: waiting === 0 ? 0 : Math.max(0, untilMs - Number(row?.oldest_ms)) };
}
