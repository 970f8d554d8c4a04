import type { Store } from "@faultline/collector";
import { selectByTraces } from "./select.ts";

/** Trace id → name of the step that people blame for the run's failure (`input` for the user's); runs that nobody has rated are left out. */
export async function readLabels(
	store: Store,
	traceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
	const rows = await selectByTraces<{ trace_id: string; step: string }>(store, "labels.sql", traceIds);
	return new Map(rows.map(({ trace_id, step }) => [trace_id, step]));
}
