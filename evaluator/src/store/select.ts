import { readFileSync } from "node:fs";
import type { Parameters, Store } from "@faultline/collector";

const texts = new Map<string, string>();

/** Runs a query file of this folder's `queries/` with bound parameters. */
export const select = <Row>(store: Store, file: string, parameters: Parameters = {}): Promise<Row[]> =>
	store.query<Row>(textOf(file), parameters);

/** As `select`, for a statement without a result. */
export const command = (store: Store, file: string, parameters: Parameters = {}): Promise<void> =>
	store.command(textOf(file), parameters);

function textOf(file: string): string {
	let sql = texts.get(file);
	if (sql === undefined) {
		sql = readFileSync(new URL(`queries/${file}`, import.meta.url), "utf8");
		texts.set(file, sql);
	}
	return sql;
}

/** A statement with its parameters must stay below a server's limit for a form's field (`http_max_field_value_size`, 128 KiB). */
const IDS_PER_QUERY = 2_000;

/** As `select`, for a query over `{trace_ids: Array(String)}`: asked so many ids at a time, the answers in the order of the ids. */
export async function selectByTraces<Row>(
	store: Store,
	file: string,
	traceIds: readonly string[],
	parameters: Parameters = {},
): Promise<Row[]> {
	const rows: Row[] = [];
	for (let at = 0; at < traceIds.length; at += IDS_PER_QUERY) {
		const trace_ids = traceIds.slice(at, at + IDS_PER_QUERY);
		rows.push(...(await select<Row>(store, file, { ...parameters, trace_ids })));
	}
	return rows;
}
