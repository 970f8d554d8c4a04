import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { closeServer, listen } from "../listen.ts";
import { splitStatements } from "../plan-migration.ts";
import { BodyError, readBody } from "../receiver/read-body.ts";
import type { EmbeddedEngine, RawResult, Store } from "../store/store.ts";
import {
	ClickHouseHttpError,
	type ClickHouseRequest,
	checkReadOnly,
	isRead,
	readClickHouseRequest,
} from "./read-request.ts";

export interface ClickHouseHttpOptions {
	/** An embedded one; a server has this interface itself. */
	readonly store: Store;
	/** Default 127.0.0.1. */
	readonly host?: string;
	/** Default 8123, 0 for any free port. */
	readonly port?: number;
	/** Default "default". */
	readonly user?: string;
	/** Default none. */
	readonly password?: string;
	/** A second user who may only read, for dashboards. */
	readonly readOnly?: { readonly user: string; readonly password: string };
	/** Of one request, on the wire and decompressed; default 256 MiB. */
	readonly maxBodyBytes?: number;
}

const DEFAULT_MAX_BODY_BYTES = 256 * 1024 * 1024;

/**
 * Serves the embedded database over ClickHouse's HTTP interface, so that Grafana, `@clickhouse/client` and curl can use it.
 * Throws where the store is a server's, and where the port cannot be had.
 * @example const http = await startClickHouseHttp({ store, port: 0 });
 */
export async function startClickHouseHttp(
	options: ClickHouseHttpOptions,
): Promise<{ port: number; close(): Promise<void> }> {
	const { store, host = "127.0.0.1", port = 8123 } = options;
	const engine = store.engine;
	if (engine === undefined)
		throw new Error("this store is a ClickHouse server, which has an HTTP interface of its own; use that");
	const server = createServer((request, response) => {
		const queryId = randomUUID();
		serve(request, response, { ...options, engine, queryId })
			.catch((error: unknown) => sendError(request, response, error))
			.catch(() => response.destroy());
	});
	const bound = await listen(server, host, port, {
		purpose: "ClickHouse's HTTP interface",
		option: "--clickhouse-port (port)",
	});
	return { port: bound, close: () => closeServer(server) };
}

interface Context extends ClickHouseHttpOptions {
	readonly engine: EmbeddedEngine;
	readonly queryId: string;
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
	const url = new URL(request.url ?? "/", "http://localhost");
	refuseForeignPages(request);
	if (request.method === "GET" && (url.pathname === "/ping" || (url.pathname === "/" && url.search === ""))) {
		response.writeHead(200, { "content-type": "text/plain; charset=UTF-8" }).end("Ok.\n");
		return;
	}
	if (url.pathname !== "/")
		throw new ClickHouseHttpError(48, "NOT_IMPLEMENTED", `There is no handler ${url.pathname}`);
	const body = await readBody(request, context.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
	const asked = readClickHouseRequest({ url, headers: request.headers, body });
	authorize(asked, context);
	if (request.method === "GET" && !isRead(asked.keyword))
		throw new ClickHouseHttpError(
			164,
			"READONLY",
			`Cannot execute ${asked.keyword} query in readonly mode. Use method POST for queries that modify data`,
		);
	await sendResult(response, asked, context.queryId, await run(asked, context));
}

/** A web page of another origin must not reach a database on the user's own machine. */
function refuseForeignPages(request: IncomingMessage): void {
	const { origin, host } = request.headers;
	if (origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host)
		throw new ClickHouseHttpError(497, "ACCESS_DENIED", `Requests from pages of ${origin} are refused`);
}

function authorize(asked: ClickHouseRequest, { user = "default", password = "", readOnly }: Context): void {
	if (asked.user === user && same(asked.password, password)) return;
	if (readOnly !== undefined && asked.user === readOnly.user && same(asked.password, readOnly.password)) {
		checkReadOnly(asked);
		return;
	}
	throw new ClickHouseHttpError(
		516,
		"AUTHENTICATION_FAILED",
		`${asked.user}: Authentication failed: password is incorrect, or there is no user with such name`,
	);
}

function same(given: string, wanted: string): boolean {
	const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
	return timingSafeEqual(digest(given), digest(wanted));
}

const NOTHING: RawResult = { body: new Uint8Array(), rows: 0, elapsedSeconds: 0 };

async function run(asked: ClickHouseRequest, { engine, store }: Context): Promise<RawResult> {
	// Without sessions these have no effect; run, they would stay on a connection that others use too.
	if (asked.keyword === "SET" || asked.keyword === "USE") return NOTHING;
	if (asked.sql.trim() === "") throw new ClickHouseHttpError(62, "SYNTAX_ERROR", "Empty query");
	// What follows FORMAT in an INSERT is data and may hold semicolons.
	if (asked.keyword !== "INSERT" && splitStatements(asked.sql).length > 1)
		throw new ClickHouseHttpError(62, "SYNTAX_ERROR", "Multi-statements are not allowed");
	const common = {
		format: asked.format,
		parameters: asked.parameters,
		settings: asked.settings,
		database: asked.database ?? store.database,
	};
	if (asked.binary !== undefined) return await insertBinary(engine, asked.binary, common);
	return await engine.run(asked.sql, { ...common, write: !isRead(asked.keyword) });
}

type Common = Omit<Parameters<EmbeddedEngine["run"]>[1], "write">;

/** The engine takes binary data from a file only; the file lives as long as the statement. */
async function insertBinary(
	engine: EmbeddedEngine,
	insert: NonNullable<ClickHouseRequest["binary"]>,
	common: Common,
): Promise<RawResult> {
	const file = path.join(engine.scratchDir, `${randomUUID()}.bin`);
	await writeFile(file, insert.bytes);
	try {
		const structure = await readStructure(engine, insert, common);
		const source = `file('${file.replaceAll("'", "\\'")}', '${insert.format}'${structure})`;
		const columns = insert.columns === "" ? "*" : insert.columns.slice(1, -1);
		return await engine.run(
			`INSERT INTO ${insert.table} ${insert.columns} SELECT ${columns} FROM ${source}`,
			{ ...common, write: true },
		);
	} finally {
		await rm(file, { force: true });
	}
}

/** Formats that do not say what columns they hold are read as the table's. */
async function readStructure(
	engine: EmbeddedEngine,
	insert: { readonly table: string; readonly columns: string; readonly format: string },
	common: Common,
): Promise<string> {
	if (!/^(RowBinary|MsgPack)$/i.test(insert.format)) return "";
	const { body } = await engine.run(`DESCRIBE TABLE ${insert.table}`, {
		...common,
		format: "JSONCompactEachRow",
		write: false,
	});
	const wanted = insert.columns
		.slice(1, -1)
		.split(",")
		.map((name) => name.trim().replaceAll(/[`"]/g, ""))
		.filter((name) => name !== "");
	const described = new TextDecoder()
		.decode(body)
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as string[]);
	const columns =
		wanted.length > 0
			? wanted.flatMap((name) => described.filter((column) => column[0] === name))
			: described.filter((column) => !["ALIAS", "MATERIALIZED", "EPHEMERAL"].includes(column[2] ?? ""));
	return `, '${columns
		.map(([name, type]) => `\`${name}\` ${type}`)
		.join(", ")
		.replaceAll("\\", "\\\\")
		.replaceAll("'", "\\'")}'`;
}

const FORMAT_CLAUSE = /\bFORMAT\s+([A-Za-z][A-Za-z0-9]*)\s*;?\s*$/i;

async function sendResult(
	response: ServerResponse,
	asked: ClickHouseRequest,
	queryId: string,
	result: RawResult,
): Promise<void> {
	const format =
		(asked.keyword === "INSERT" ? undefined : FORMAT_CLAUSE.exec(asked.sql)?.[1]) ?? asked.format;
	const read = isRead(asked.keyword);
	const bytes = asked.compressResponse ? await promisify(gzip)(result.body) : result.body;
	response.writeHead(200, {
		"content-type": contentType(format),
		"content-length": bytes.length,
		...(asked.compressResponse ? { "content-encoding": "gzip" } : {}),
		"x-clickhouse-format": format,
		"x-clickhouse-query-id": asked.queryId ?? queryId,
		"x-clickhouse-server-display-name": "faultline-embedded",
		"x-clickhouse-timezone": "UTC",
		"x-clickhouse-summary": JSON.stringify({
			read_rows: read ? String(result.rows) : "0",
			read_bytes: "0",
			written_rows: read ? "0" : String(result.rows),
			written_bytes: "0",
			total_rows_to_read: "0",
			result_rows: String(result.rows),
			result_bytes: String(result.body.length),
			elapsed_ns: String(Math.round(result.elapsedSeconds * 1e9)),
		}),
	});
	response.end(bytes);
}

function contentType(format: string): string {
	if (/^JSON\w*EachRow/.test(format)) return "application/x-ndjson; charset=UTF-8";
	if (format.startsWith("JSON")) return "application/json; charset=UTF-8";
	if (format.startsWith("CSV")) return "text/csv; charset=UTF-8";
	return format.startsWith("T") ? "text/tab-separated-values; charset=UTF-8" : "application/octet-stream";
}

/** As ClickHouse maps its codes to HTTP's. */
const STATUS: Readonly<Record<number, number>> = {
	36: 400,
	48: 501,
	62: 400,
	497: 403,
	516: 403,
	60: 404,
	81: 404,
	115: 404,
	46: 404,
	47: 404,
	164: 500,
};

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
	const { code, text, status } = describeError(error);
	response.writeHead(status, {
		"content-type": "text/plain; charset=UTF-8",
		"x-clickhouse-exception-code": String(code),
		...(code === 516 ? { "www-authenticate": 'Basic realm="ClickHouse server HTTP API"' } : {}),
		...(request.complete ? {} : { connection: "close" }),
	});
	response.end(`${text}\n`);
	if (!request.complete) request.resume();
}

function describeError(error: unknown): { code: number; text: string; status: number } {
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof ClickHouseHttpError)
		return {
			code: error.code,
			text: `Code: ${error.code}. DB::Exception: ${message}. (${error.type})`,
			status: STATUS[error.code] ?? 500,
		};
	if (error instanceof BodyError)
		return { code: 36, text: `Code: 36. DB::Exception: ${message}. (BAD_ARGUMENTS)`, status: error.status };
	const code = Number(/^Code:\s*(\d+)/.exec(message)?.[1] ?? 1002);
	const text = message.startsWith("Code:")
		? message
		: `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`;
	return { code, text, status: STATUS[code] ?? 500 };
}
