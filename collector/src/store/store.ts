/** The one way in which the rest of Faultline talks to ClickHouse, be it a server or the engine in this process. */

/** A value that may be bound to a `{name: Type}` placeholder. Dates become milliseconds in UTC. */
export type Parameter =
	| string
	| number
	| bigint
	| boolean
	| null
	| Date
	| readonly Parameter[]
	| { readonly [key: string]: Parameter };

export type Parameters = Readonly<Record<string, Parameter>>;

export interface InsertOptions {
	/**
	 * Some of these rows may have been inserted before: those are replaced. Only the embedded engine does so for `otel_traces` and
	 * `otel_logs`; on a server they are there twice, and once in `steps`, `runs` and `scores`.
	 */
	readonly again?: boolean;
}

export interface Store extends AsyncDisposable {
	/** The database in which unqualified table names are looked up. */
	readonly database: string;

	/**
	 * Rows of a SELECT. 64-bit integers (also `count()`) come as decimal strings and lose nothing; DateTimes come in UTC.
	 * Settings go into a SETTINGS clause of the statement.
	 * Throws what ClickHouse says, as `ClickHouseError` with its `code`.
	 * @example await store.query<{ n: string }>("SELECT count() AS n FROM runs WHERE pipeline = {pipeline: String}", { pipeline: "docs-answer" })
	 */
	query<Row>(sql: string, parameters?: Parameters): Promise<Row[]>;

	/**
	 * Rows as objects by column name; columns left out get their defaults. Resolves when the rows are readable and survive the end of this
	 * process. DateTime64 values are strings: `"2026-01-01 00:00:00.123456789"` or seconds since 1970 `"1764000000.123456789"`.
	 */
	insert(table: string, rows: readonly object[]): Promise<void>;

	/** Rows that are already text, one JSON object a line. */
	insertJsonLines(table: string, lines: Buffer): Promise<void>;

	/**
	 * Rows that are already blocks of the Native format, columns by name: the cheapest way in. Resolves when the rows are readable and
	 * survive the end of this process. In the embedded engine this has a connection of its own, and what a killed process left half
	 * inserted is finished when the directory is opened again.
	 */
	insertNative(table: string, blocks: readonly Uint8Array[], options?: InsertOptions): Promise<void>;

	/** A statement without a result: DDL, ALTER, DELETE. */
	command(sql: string, parameters?: Parameters): Promise<void>;

	/** The engine itself, where it runs in this process: what the ClickHouse HTTP interface is put in front of. */
	readonly engine?: EmbeddedEngine;

	close(): Promise<void>;
}

/** A statement's result in whatever format it was asked for. */
export interface RawResult {
	readonly body: Uint8Array;
	/** Rows of the result, or rows written. */
	readonly rows: number;
	readonly elapsedSeconds: number;
}

export interface RunOptions {
	readonly format: string;
	/** Values of `{name: Type}` placeholders in the escaping of ClickHouse's HTTP interface. */
	readonly parameters: Readonly<Record<string, string>>;
	/** For this statement alone. */
	readonly settings: Readonly<Record<string, string>>;
}

/** A connection of its own: temporary tables, SET and USE are its alone and stay until it is closed. */
export interface EngineSession {
	/** `database` undefined: the session's current one. */
	run(sql: string, options: RunOptions & { readonly database: string | undefined }): Promise<RawResult>;
	close(): Promise<void>;
}

/** Raw access to the engine in this process; see `openEmbedded`. */
export interface EmbeddedEngine {
	/** Runs one statement and hands out its bytes. `write` picks the writing connection, so that inserts keep their order. */
	run(
		sql: string,
		options: RunOptions & { readonly write: boolean; readonly database: string },
	): Promise<RawResult>;
	openSession(): Promise<EngineSession>;
	/** Runs one statement on a connection that the engine itself keeps from writing anything and from reading outside of the tables. */
	runReadOnly(sql: string, options: RunOptions & { readonly database: string }): Promise<RawResult>;
	/** Directory for short-lived files that the engine may read with `file()`. */
	readonly scratchDir: string;
}

/** Rows as newline-separated JSON objects. Lone surrogates, which ClickHouse refuses, become U+FFFD. */
export function toJsonLines(rows: readonly object[]): Buffer {
	return Buffer.from(rows.map(toJsonLine).join("\n"));
}

/** A replacer costs several times as much as the rest, and hardly any row needs it: a lone surrogate shows as an escape, a bigint throws. */
function toJsonLine(row: object): string {
	try {
		const line = JSON.stringify(row);
		if (!line.includes("\\ud")) return line;
	} catch {
		// A bigint, for which the replacer knows what to do.
	}
	return JSON.stringify(row, replaceUnsupported);
}

function replaceUnsupported(_key: string, value: unknown): unknown {
	if (typeof value === "bigint") return value.toString();
	if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
	return value;
}

const TABLE = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/;

/** Table names go into the statement as they are; anything but a plain, optionally qualified, name is refused. */
export function checkTableName(table: string): string {
	if (!TABLE.test(table))
		throw new Error(
			`"${table}" is no table name; use letters, digits and _, optionally with a database before a dot`,
		);
	return table;
}

/** Both engines take these; arrays and maps inside included. */
export function toClientParameters(parameters: Parameters): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(parameters).map(([name, value]) => [name, toClientParameter(value)]),
	);
}

function toClientParameter(value: Parameter): unknown {
	if (value instanceof Date) return value.toISOString().replace("T", " ").replace("Z", "");
	if (typeof value === "bigint") return value.toString();
	if (Array.isArray(value)) return value.map(toClientParameter);
	if (value !== null && typeof value === "object")
		return toClientParameters(value as { readonly [key: string]: Parameter });
	return value;
}
