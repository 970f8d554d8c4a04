import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { closeServer, listen } from "../listen.ts";
import { splitStatements } from "../plan-migration.ts";
import { BodyError, decompress, readBytes } from "../receiver/read-body.ts";
import type { EmbeddedEngine, RawResult, Store } from "../store/store.ts";
import { decodeFrames } from "./compressed-frames.ts";
import { insertBinary, type Run } from "./insert-binary.ts";
import { readForm } from "./read-form.ts";
import {
	asksForFrames,
	ClickHouseHttpError,
	type ClickHouseRequest,
	checkReadOnly,
	isOn,
	isRead,
	readClickHouseRequest,
} from "./read-request.ts";
import { sendError, sendResult } from "./send-response.ts";
import { makeSessions, type Sessions } from "./sessions.ts";

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
	const sessions = makeSessions(engine);
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? "/", "http://localhost");
		serve(request, response, { ...options, engine, sessions, url, queryId: randomUUID() })
			.catch((error: unknown) => sendError(request, response, error, asksForFrames(url)))
			.catch(() => response.destroy());
	});
	const bound = await listen(server, host, port, {
		purpose: "ClickHouse's HTTP interface",
		option: "--clickhouse-port (port)",
	});
	const close = async (): Promise<void> => {
		await closeServer(server);
		await sessions.close();
	};
	return { port: bound, close };
}

interface Context extends ClickHouseHttpOptions {
	readonly engine: EmbeddedEngine;
	readonly sessions: Sessions;
	readonly url: URL;
	readonly queryId: string;
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
	const { url } = context;
	refuseForeignPages(request);
	if (/^(GET|HEAD)$/.test(request.method ?? "") && isPing(url)) {
		response.writeHead(200, { "content-type": "text/plain; charset=UTF-8" }).end("Ok.\n");
		return;
	}
	if (url.pathname !== "/")
		throw new ClickHouseHttpError(48, "NOT_IMPLEMENTED", `There is no handler ${url.pathname}`);
	const body = await readRequestBody(request, url, context.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
	const form = await readForm(url, body, request.headers["content-type"] ?? "");
	const asked = readClickHouseRequest({ ...form, headers: request.headers });
	const role = authorize(asked, context);
	if (request.method === "GET" && !isRead(asked.keyword))
		throw new ClickHouseHttpError(
			164,
			"READONLY",
			`Cannot execute ${asked.keyword} query in readonly mode. Use method POST for queries that modify data`,
		);
	await sendResult(response, asked, context.queryId, await run(asked, role, context));
}

function isPing(url: URL): boolean {
	return ["/ping", "/replicas_status"].includes(url.pathname) || (url.pathname === "/" && url.search === "");
}

/** Without HTTP's compression (what the receiver knows, and br) and without ClickHouse's own. */
async function readRequestBody(request: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
	const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
	const bytes = await readBytes(request, maxBytes);
	const body =
		encoding === "br" ? await unbrotli(bytes, maxBytes) : await decompress(bytes, encoding, maxBytes);
	if (!isOn(url.searchParams.get("decompress"))) return body;
	const verify = !isOn(url.searchParams.get("http_native_compression_disable_checksumming_on_decompress"));
	return decodeFrames(body, { maxBytes, verify });
}

async function unbrotli(body: Buffer, maxOutputLength: number): Promise<Buffer> {
	const decode = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);
	try {
		return await decode(body, { maxOutputLength });
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new BodyError(400, `the body is not br, or more than ${maxOutputLength} bytes: ${reason}`, {
			cause,
		});
	}
}

/** A web page of another origin must not reach a database on the user's own machine. */
function refuseForeignPages(request: IncomingMessage): void {
	const { origin, host } = request.headers;
	if (origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host)
		throw new ClickHouseHttpError(497, "ACCESS_DENIED", `Requests from pages of ${origin} are refused`);
}

type Role = "owner" | "reader";

function authorize(asked: ClickHouseRequest, { user = "default", password = "", readOnly }: Context): Role {
	if (asked.user === user && same(asked.password, password)) return "owner";
	if (readOnly !== undefined && asked.user === readOnly.user && same(asked.password, readOnly.password)) {
		checkReadOnly(asked);
		return "reader";
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

async function run(asked: ClickHouseRequest, role: Role, context: Context): Promise<RawResult> {
	checkStatement(asked);
	const { engine, store, sessions } = context;
	const { format, parameters } = asked;
	// Inserts are acknowledged when they are stored; nothing is gained, and something could be lost, by queueing them in memory.
	const { async_insert: _, wait_for_async_insert: __, ...settings } = asked.settings;
	const common = { format, parameters, settings };
	if (role === "reader")
		return await engine.runReadOnly(asked.sql, { ...common, database: asked.database ?? store.database });
	if (asked.session !== undefined)
		return await sessions.use(asked.user, asked.session, (session) =>
			execute(asked, engine, (sql, options) =>
				session.run(sql, { ...common, database: asked.database, ...options }),
			),
		);
	// Without a session these have no effect; run, they would stay on a connection that others use too.
	if (asked.keyword === "SET" || asked.keyword === "USE") return NOTHING;
	const write = !isRead(asked.keyword);
	const database = asked.database ?? store.database;
	return await execute(asked, engine, (sql, options) =>
		engine.run(sql, { ...common, write, database, ...options }),
	);
}

async function execute(asked: ClickHouseRequest, engine: EmbeddedEngine, run: Run): Promise<RawResult> {
	return asked.binary === undefined ? await run(asked.sql) : await insertBinary(engine, asked.binary, run);
}

function checkStatement(asked: ClickHouseRequest): void {
	if (asked.sql.trim() === "") throw new ClickHouseHttpError(62, "SYNTAX_ERROR", "Empty query");
	// What follows FORMAT in an INSERT is data and may hold semicolons.
	if (asked.keyword !== "INSERT" && splitStatements(asked.sql).length > 1)
		throw new ClickHouseHttpError(62, "SYNTAX_ERROR", "Multi-statements are not allowed");
	if (asked.keyword === "KILL" && /\bSYNC\b/i.test(asked.sql) && !/\bASYNC\b/i.test(asked.sql))
		throw new ClickHouseHttpError(
			48,
			"NOT_IMPLEMENTED",
			"KILL QUERY … SYNC would wait for ever in the embedded ClickHouse; use ASYNC",
		);
}
