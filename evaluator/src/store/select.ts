import { readFileSync } from "node:fs";
import type { Parameters, Store } from "@faultline/collector";

const texts = new Map<string, string>();

/** Runs a query file of this folder's `queries/` with bound parameters. */
export function select<Row>(store: Store, file: string, parameters: Parameters = {}): Promise<Row[]> {
	let sql = texts.get(file);
	if (sql === undefined) {
		sql = readFileSync(new URL(`queries/${file}`, import.meta.url), "utf8");
		texts.set(file, sql);
	}
	return store.query<Row>(sql, parameters);
}
