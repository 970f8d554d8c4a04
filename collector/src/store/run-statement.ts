import type { ChdbConnection } from "chdb/connection";
import type { RawResult, RunOptions } from "./store.ts";

/**
 * Set once per connection, for good. Nothing else may set anything on a connection: per-call `clickhouse_settings` become SET statements
 * that stay (a leaked insert_deduplication_token makes later inserts vanish), so statements carry their own SETTINGS clause.
 */
export const CONNECTION_SETTINGS =
	"SET output_format_json_quote_64bit_integers = 1, date_time_input_format = 'best_effort', session_timezone = 'UTC', async_insert = 0, max_partitions_per_insert_block = 0";

/** Runs a statement after its parameters and settings, which stay on the connection: taking the settings back is the caller's. */
export async function runStatement(
	connection: ChdbConnection,
	sql: string,
	options: RunOptions,
): Promise<RawResult> {
	for (const statement of setStatements(options)) await connection.chdb.queryAsync(statement);
	const result = await connection.chdb.queryAsync(sql, { format: options.format });
	return { body: result.bytes(), rows: result.rowsRead, elapsedSeconds: result.elapsed };
}

/** Parameters are set as text in the escaping of ClickHouse's HTTP interface, which the engine undoes by their types. */
function* setStatements({ parameters, settings }: RunOptions): Generator<string> {
	for (const [name, value] of Object.entries(parameters))
		yield `SET param_${checkName(name)} = ${quote(value)}`;
	for (const [name, value] of Object.entries(settings)) yield `SET ${checkName(name)} = ${quote(value)}`;
}

/** Names of settings and parameters stand in the statement as they are. Throws ClickHouse's BAD_ARGUMENTS. */
export function checkName(name: string): string {
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
		throw new Error(`Code: 36. DB::Exception: "${name}" is no name (BAD_ARGUMENTS)`);
	return name;
}

export function quote(text: string): string {
	return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

export function useDatabase(database: string): string {
	return `USE \`${database.replaceAll("`", "")}\``;
}
