import type { Store } from "@faultline/collector";
import { EVALUATOR } from "./result-rows.ts";
import { select } from "./select.ts";

/** Trace ids of settled runs without a verdict of this evaluator, the oldest first, at most 1,000; times are milliseconds since the epoch. */
export async function unjudgedTraces(store: Store, sinceMs: number, untilMs: number): Promise<string[]> {
	const parameters = { since_ms: sinceMs, until_ms: untilMs, evaluator: EVALUATOR, limit: 1_000 };
	const rows = await select<{ trace_id: string }>(store, "unjudged-traces.sql", parameters);
	return rows.map((row) => row.trace_id);
}
