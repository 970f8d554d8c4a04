import type { ChdbConnection } from "chdb/connection";
import { CONNECTION_SETTINGS, checkName, quote, runStatement, useDatabase } from "./run-statement.ts";
import type { EngineSession, RawResult, RunOptions } from "./store.ts";

/** A connection of its own to an engine that is open in this process; opening one takes about 2 ms. */
export async function openSession(dataDir: string, database: string): Promise<EngineSession> {
	const connection = await connect(dataDir, database);
	let tail: Promise<unknown> = Promise.resolve();
	const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
		const turn = tail.then(work);
		tail = turn.catch(() => undefined);
		return turn;
	};
	return {
		run: (sql, options) =>
			inTurn(async () => {
				if (options.database !== undefined) await connection.chdb.queryAsync(useDatabase(options.database));
				const restore = await readSettings(connection, Object.keys(options.settings));
				try {
					return await runStatement(connection, sql, options);
				} finally {
					for (const statement of restore) await connection.chdb.queryAsync(statement).catch(() => undefined);
				}
			}),
		close: async () => {
			await tail;
			await connection.close();
		},
	};
}

/** The statements that bring the session's own values back after a statement with settings of its own. */
async function readSettings(connection: ChdbConnection, names: readonly string[]): Promise<string[]> {
	if (names.length === 0) return [];
	const list = names.map((name) => quote(checkName(name))).join(", ");
	const result = await connection.chdb.queryAsync(
		`SELECT name, value FROM system.settings WHERE changed AND name IN (${list})`,
		{ format: "JSONCompactEachRow" },
	);
	const lines = Buffer.from(result.bytes()).toString("utf8").split("\n");
	const own = new Map(
		lines.filter((line) => line !== "").map((line) => JSON.parse(line) as [string, string]),
	);
	return names.map((name) => {
		const value = own.get(name);
		return `SET ${name} = ${value === undefined ? "DEFAULT" : quote(value)}`;
	});
}

/** One statement on a connection for it alone, in the engine's own read-only mode, which no statement can leave. */
export async function runReadOnly(
	dataDir: string,
	sql: string,
	options: RunOptions & { readonly database: string },
): Promise<RawResult> {
	const connection = await connect(dataDir, options.database);
	try {
		return await runStatement(connection, sql, {
			...options,
			settings: { ...options.settings, readonly: "1" },
		});
	} finally {
		await connection.close();
	}
}

async function connect(dataDir: string, database: string): Promise<ChdbConnection> {
	const { createChdbConnection } = await import("chdb/connection");
	const connection = createChdbConnection({ path: dataDir });
	try {
		await connection.chdb.queryAsync(CONNECTION_SETTINGS);
		await connection.chdb.queryAsync(useDatabase(database));
		return connection;
	} catch (error) {
		await connection.close();
		throw error;
	}
}
