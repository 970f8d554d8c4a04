import { encodeLogRows, encodeTraceRows } from "./native/encode-rows.ts";
import type { LogRow, TraceRow } from "./otlp/rows.ts";
import type { Store } from "./store/store.ts";

/**
 * Stores spans; `steps`, `runs` and scores on spans follow by themselves. Resolves when they are readable.
 * @example await insertTraces(store, decodeTraces(body).rows);
 */
export async function insertTraces(store: Store, rows: readonly TraceRow[]): Promise<void> {
	if (rows.length > 0) await store.insertNative("otel_traces", [encodeTraceRows(rows)]);
}

/** Stores log records; scores sent as events follow by themselves. */
export async function insertLogs(store: Store, rows: readonly LogRow[]): Promise<void> {
	if (rows.length > 0) await store.insertNative("otel_logs", [encodeLogRows(rows)]);
}
