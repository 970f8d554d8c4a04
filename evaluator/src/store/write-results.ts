import type { Store } from "@faultline/collector";
import { EVALUATOR, type ResultRows } from "./result-rows.ts";
import { selectByTraces } from "./select.ts";

const BATCH = 5_000;

/** Writes scores, verdicts and per-step verdicts. Keys decide, so writing twice changes nothing; a verdict that replay has verified stays. */
export async function writeResults(store: Store, results: readonly ResultRows[]): Promise<void> {
	const verified = await verifiedTraces(
		store,
		results.map(({ traceId }) => traceId),
	);
	await insertBatches(
		store,
		"scores",
		results.flatMap(({ scores }) => scores),
	);
	await insertBatches(
		store,
		"step_verdicts",
		results.flatMap(({ perStep }) => perStep),
	);
	await insertBatches(
		store,
		"verdicts",
		results.filter(({ traceId }) => !verified.has(traceId)).map(({ verdict }) => verdict),
	);
}

async function insertBatches(store: Store, table: string, rows: readonly object[]): Promise<void> {
	for (let at = 0; at < rows.length; at += BATCH) await store.insert(table, rows.slice(at, at + BATCH));
}

/** Which of these runs have a verdict that replay has verified. */
async function verifiedTraces(store: Store, traceIds: readonly string[]): Promise<ReadonlySet<string>> {
	const rows = await selectByTraces<{ trace_id: string }>(store, "verified-traces.sql", traceIds, {
		evaluator: EVALUATOR,
	});
	return new Set(rows.map((row) => row.trace_id));
}
