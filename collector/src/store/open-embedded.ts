import { constants } from "node:fs";
import { access, mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { ChdbConnection } from "chdb/connection";
import { openSession, runReadOnly } from "./open-session.ts";
import { CONNECTION_SETTINGS, checkName, runStatement, useDatabase } from "./run-statement.ts";
import { explainFileError, openSpool } from "./spool.ts";
import { checkTableName, type EmbeddedEngine, type Store, toClientParameters, toJsonLines } from "./store.ts";

/**
 * One connection runs its statements one after another: the first is for statements and small inserts, the second for telemetry, which
 * comes in large inserts, and inserts must not wait behind slow SELECTs.
 */
const WRITERS = 2;
const READERS = 2;

interface Lane {
	readonly connection: ChdbConnection;
	readonly client: ClickHouseClient;
	pending: number;
	/** Keeps a USE and the statement it is for together. */
	tail: Promise<unknown>;
	database: string;
}

/**
 * The engine in this process, on a directory that belongs to this process alone. Rows are readable when an insert resolves and survive
 * the death of the process (not of the machine's power: nothing is fsynced).
 * Throws where another process has the directory, naming it.
 */
export async function openEmbedded(options: {
	readonly dataDir: string;
	readonly database: string;
}): Promise<Store> {
	const dataDir = path.resolve(options.dataDir);
	const lanes = await openLanes(dataDir, options.database);
	const [writer, ingest, ...readers] = lanes;
	if (writer === undefined || ingest === undefined) throw new Error("no connection was opened");
	const scratchDir = path.join(dataDir, "scratch");
	await rm(scratchDir, { recursive: true, force: true });
	await mkdir(scratchDir, { recursive: true });
	const insertJsonLines = async (table: string, lines: Buffer): Promise<void> => {
		const values = lines;
		await onLane(writer, options.database, () =>
			writer.connection.chdb.rawInsert({ table: checkTableName(table), values, format: "JSONEachRow" }),
		);
	};
	const run = async (statement: string): Promise<string> =>
		await onLane(ingest, options.database, async () => {
			const result = await ingest.connection.chdb.queryAsync(statement, { format: "TSV" });
			return Buffer.from(result.bytes()).toString();
		});
	const spool = await openSpool(path.join(dataDir, "spool"), run).catch(async (error: unknown) => {
		await closeLanes(lanes);
		throw error;
	});
	await warnOfDamage(run);
	let closing: Promise<void> | undefined;
	const close = (): Promise<void> => {
		closing ??= closeLanes(lanes);
		return closing;
	};
	return {
		database: options.database,
		query: async <Row>(sql: string, parameters = {}) => {
			const lane = leastBusy(readers);
			return await onLane(lane, options.database, async () => {
				const result = await lane.client.query({ query: sql, format: "JSONEachRow", ...bound(parameters) });
				return await result.json<Row>();
			});
		},
		insert: async (table, rows) => {
			if (rows.length > 0) await insertJsonLines(table, toJsonLines(rows));
		},
		insertJsonLines,
		insertNative: (table, blocks, insertOptions) =>
			spool.insert(checkTableName(table), blocks, insertOptions),
		command: async (sql, parameters = {}) => {
			await onLane(writer, options.database, () =>
				writer.client.command({ query: sql, ...bound(parameters) }),
			);
		},
		engine: makeEngine(dataDir, options.database, { writer, readers }, scratchDir),
		close,
		[Symbol.asyncDispose]: close,
	};
}

function bound(parameters: Parameters<typeof toClientParameters>[0]): {
	query_params?: Record<string, unknown>;
} {
	return Object.keys(parameters).length === 0 ? {} : { query_params: toClientParameters(parameters) };
}

function makeEngine(
	dataDir: string,
	database: string,
	lanes: { readonly writer: Lane; readonly readers: readonly Lane[] },
	scratchDir: string,
): EmbeddedEngine {
	return {
		scratchDir,
		openSession: () => openSession(dataDir, database),
		runReadOnly: (sql, options) => runReadOnly(dataDir, sql, options),
		run: async (sql, options) => {
			const lane = options.write ? lanes.writer : leastBusy(lanes.readers);
			return await onLane(lane, options.database, async () => {
				try {
					return await runStatement(lane.connection, sql, options);
				} finally {
					await resetSettings(lane, options.settings);
				}
			});
		},
	};
}

/** The lane is still ours, so nobody sees a setting that was meant for one statement. */
async function resetSettings(lane: Lane, settings: Readonly<Record<string, string>>): Promise<void> {
	const names = Object.keys(settings);
	for (const name of names)
		await lane.connection.chdb.queryAsync(`SET ${checkName(name)} = DEFAULT`).catch(() => undefined);
	if (names.length > 0) await lane.connection.chdb.queryAsync(CONNECTION_SETTINGS);
}

/** Runs on the lane after what is already there, in the database asked for. */
function onLane<Result>(lane: Lane, database: string, work: () => Promise<Result>): Promise<Result> {
	lane.pending++;
	const turn = lane.tail.then(async () => {
		if (lane.database !== database) {
			await lane.client.command({ query: useDatabase(database) });
			lane.database = database;
		}
		return await work();
	});
	const done = turn.finally(() => {
		lane.pending--;
	});
	lane.tail = done.catch(() => undefined);
	return done;
}

function leastBusy(lanes: readonly Lane[]): Lane {
	const lane = lanes.reduce((best, next) => (next.pending < best.pending ? next : best));
	return lane;
}

async function openLanes(dataDir: string, database: string): Promise<Lane[]> {
	await makeDataDir(dataDir);
	const { createChdbConnection } = await loadEngine();
	const lanes: Lane[] = [];
	try {
		for (let number = 0; number < WRITERS + READERS; number++) {
			const connection = createChdbConnection({ path: dataDir });
			const client = createClient({
				connection,
				log: { level: ClickHouseLogLevel.OFF },
			} as unknown as Parameters<typeof createClient>[0]);
			lanes.push({ connection, client, pending: 0, tail: Promise.resolve(), database });
			if (number === 0) await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
			await client.command({ query: `USE ${database}` });
			await client.command({ query: CONNECTION_SETTINGS });
		}
	} catch (cause) {
		await closeLanes(lanes).catch(() => undefined);
		throw await explainOpening(dataDir, cause);
	}
	return lanes;
}

/** Parts that the engine could not read when it started are set aside by it without a word. */
async function warnOfDamage(run: (statement: string) => Promise<string>): Promise<void> {
	const found = await run(
		"SELECT database || '.' || table, count(), any(path) FROM system.detached_parts WHERE reason LIKE 'broken%' GROUP BY ALL FORMAT TSV",
	);
	for (const line of found.split("\n").filter((each) => each !== "")) {
		const [table, parts, example] = line.split("\t");
		process.emitWarning(
			`${table}: ${parts} damaged part${parts === "1" ? "" : "s"} set aside; their rows are not read (${example}). Restore them from a copy, or delete them: docs/collector.md`,
		);
	}
}

async function makeDataDir(dataDir: string): Promise<void> {
	try {
		await mkdir(dataDir, { recursive: true });
	} catch (cause) {
		throw new Error(
			`The database directory ${dataDir} cannot be created (${explainFileError(cause)}); choose another one with --data-dir.`,
			{ cause },
		);
	}
	try {
		await access(dataDir, constants.W_OK);
	} catch (cause) {
		throw new Error(`The database directory ${dataDir} cannot be written: ${explainFileError(cause)}.`, {
			cause,
		});
	}
}

async function loadEngine(): Promise<typeof import("chdb/connection")> {
	try {
		return await import("chdb/connection");
	} catch (cause) {
		throw new Error(
			"The embedded ClickHouse (npm package chdb) could not be loaded on this platform. Install it with `npm install chdb`, or use a server: --url http://127.0.0.1:8123",
			{ cause },
		);
	}
}

async function explainOpening(dataDir: string, cause: unknown): Promise<Error> {
	const reason = cause instanceof Error ? cause.message : String(cause);
	const owner = await readOwner(dataDir);
	if (owner !== undefined)
		return new Error(
			`The database directory ${dataDir} is in use by another process (${owner}), and only one process can own it. Go through that process (with \`faultline up\` running: --url http://127.0.0.1:8123), or stop it, or choose another directory with --data-dir.`,
			{ cause },
		);
	if (/data directory|another path|different path/i.test(reason))
		return new Error(
			`This process already has another database directory open, so ${dataDir} cannot be opened; close that store first.`,
			{ cause },
		);
	return new Error(
		`The database directory ${dataDir} could not be opened: ${reason}. The engine's own message is on standard error; check that the directory is writable and holds nothing else.`,
		{ cause },
	);
}

/** The engine writes its process id beside its lock. Undefined where that process is gone, or is this one. */
async function readOwner(dataDir: string): Promise<string | undefined> {
	const status = await readFile(path.join(dataDir, "status"), "utf8").catch(() => "");
	const pid = Number(/^PID: (\d+)/m.exec(status)?.[1] ?? 0);
	if (pid === 0 || pid === process.pid) return undefined;
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return undefined;
	}
	return `process ${pid}`;
}

async function closeLanes(lanes: readonly Lane[]): Promise<void> {
	await Promise.all(lanes.map((lane) => lane.tail));
	for (const lane of [...lanes].reverse()) await lane.client.close();
}
