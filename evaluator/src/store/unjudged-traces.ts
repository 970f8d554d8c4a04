import type { Store } from "@faultline/collector";
import { select } from "./select.ts";
import { EVALUATOR } from "./write-results.ts";

/** How long after a verdict spans may arrive and still have their run judged again. */
const LATE_MS = 15 * 60_000;

/**
 * Trace ids of settled runs without a verdict of this evaluator, or with spans that arrived after it; the oldest first, at most 1,000.
 * @param untilMs milliseconds since the epoch: what has ended and arrived by then has settled
 */
export async function unjudgedTraces(store: Store, sinceMs: number, untilMs: number): Promise<string[]> {
	const parameters = {
		since_ms: sinceMs,
		until_ms: untilMs,
		arrived_since_ms: untilMs - LATE_MS,
		evaluator: EVALUATOR,
		limit: 1_000,
	};
	const rows = await select<{ trace_id: string }>(store, "unjudged-traces.sql", parameters);
	return rows.map((row) => row.trace_id);
}
