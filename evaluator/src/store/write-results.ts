import type { Store } from "@faultline/collector";
import { EVALUATOR, type ResultRows } from "./result-rows.ts";
import { selectByTraces } from "./select.ts";

const BATCH = 50_000;

/** Writes scores, verdicts and per-step verdicts. Keys decide, so writing twice changes nothing; a verdict that replay has verified stays. */
export async function writeResults(store: Store, results: readonly ResultRows[]): Promise<void> {
	const verified = await verifiedTraces(store, results);
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
async function verifiedTraces(store: Store, results: readonly ResultRows[]): Promise<ReadonlySet<string>> {
	if (results.length === 0) return new Set();
	const starts = results.map(({ startUs }) => startUs / 1000);
	const rows = await selectByTraces<{ trace_id: string }>(
		store,
		"verified-traces.sql",
		results.map(({ traceId }) => traceId),
		{
			evaluator: EVALUATOR,
			since_ms: Math.floor(Math.min(...starts)),
			until_ms: Math.ceil(Math.max(...starts)),
		},
	);
	return new Set(rows.map((row) => row.trace_id));
}
