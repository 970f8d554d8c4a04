import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { checkTableName, type Store, toClientParameters, toJsonLines } from "./store.ts";

/** Sent with every request; the embedded engine gets the same once per connection. */
const SETTINGS = {
	output_format_json_quote_64bit_integers: 1,
	date_time_input_format: "best_effort",
	session_timezone: "UTC",
	async_insert: 0,
	// A batch may hold spans of many days, and every day is a partition.
	max_partitions_per_insert_block: "0",
} as const;

/** ClickHouse over HTTP. Throws where the server is not there or refuses the user. */
export async function openServer(options: {
	readonly url: string;
	readonly user?: string;
	readonly password?: string;
	readonly database: string;
}): Promise<Store> {
	const access = {
		url: options.url,
		// Errors are thrown; printed as well they would be told twice, and standard output is the caller's.
		log: { level: ClickHouseLogLevel.OFF },
		...(options.user === undefined ? {} : { username: options.user }),
		...(options.password === undefined ? {} : { password: options.password }),
	};
	await createDatabase(access, options.database);
	const client = createClient({
		...access,
		database: options.database,
		clickhouse_settings: SETTINGS,
		// Hundreds of trace ids are too long for the URL of some proxies.
		use_multipart_params_auto: true,
	});
	const insertJsonLines = async (table: string, lines: Buffer): Promise<void> => {
		// Not `insert`: for this format it takes only objects, and these lines are text already.
		const { stream } = await client.exec({
			query: `INSERT INTO ${checkTableName(table)} FORMAT JSONEachRow`,
			values: Readable.from([lines], { objectMode: false }),
		});
		stream.resume();
		await finished(stream);
	};
	const insertNative = async (table: string, blocks: readonly Uint8Array[]): Promise<void> => {
		if (blocks.length === 0) return;
		const { stream } = await client.exec({
			query: `INSERT INTO ${checkTableName(table)} FORMAT Native`,
			values: Readable.from(blocks, { objectMode: false }),
		});
		stream.resume();
		await finished(stream);
	};
	const close = (): Promise<void> => client.close();
	return {
		database: options.database,
		query: async <Row>(sql: string, parameters = {}) => {
			const result = await client.query({
				query: sql,
				format: "JSONEachRow",
				query_params: toClientParameters(parameters),
			});
			return await result.json<Row>();
		},
		insert: async (table, rows) => {
			if (rows.length > 0) await insertJsonLines(table, toJsonLines(rows));
		},
		insertJsonLines,
		insertNative,
		command: async (sql, parameters = {}) => {
			await client.command({ query: sql, query_params: toClientParameters(parameters) });
		},
		close,
		[Symbol.asyncDispose]: close,
	};
}

async function createDatabase(access: { readonly url: string }, database: string): Promise<void> {
	const client = createClient(access);
	try {
		await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new Error(
			`ClickHouse at ${access.url} did not answer as expected: ${reason || "no connection"}. Check that the server runs, the URL (HTTP, usually port 8123), user and password.`,
			{ cause },
		);
	} finally {
		await client.close();
	}
}
