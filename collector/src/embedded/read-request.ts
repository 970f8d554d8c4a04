/** What a request to ClickHouse's HTTP interface asks for. Pure. */

import { bareSql } from "./bare-sql.ts";

export interface ClickHouseRequest {
	/** The statement, for inserts with their data in a text format behind it. */
	readonly sql: string;
	/** Data of an insert in a binary format, which the engine takes from a file only. */
	readonly binary:
		| { readonly table: string; readonly columns: string; readonly format: string; readonly bytes: Buffer }
		| undefined;
	readonly keyword: string;
	readonly format: string;
	readonly database: string | undefined;
	readonly queryId: string | undefined;
	readonly parameters: Readonly<Record<string, string>>;
	readonly settings: Readonly<Record<string, string>>;
	readonly user: string;
	readonly password: string;
	readonly session: SessionRequest | undefined;
	/** How the response is to be sent. */
	readonly response: {
		/** In ClickHouse's own compressed frames; then `encoding` is undefined. */
		readonly frames: boolean;
		readonly encoding: ContentEncoding | undefined;
		/** The protocol's version that the client reads Native in; 0 for none said. */
		readonly nativeRevision: number;
	};
}

export interface SessionRequest {
	readonly id: string;
	/** The session must be there already. */
	readonly mustExist: boolean;
	/** Seconds after its last statement. */
	readonly timeoutSeconds: number;
	/** After this statement. */
	readonly close: boolean;
}

/** In the order in which they are preferred where a client takes several. */
export const CONTENT_ENCODINGS = ["zstd", "br", "gzip", "deflate"] as const;
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/** An error as ClickHouse reports it. */
export class ClickHouseHttpError extends Error {
	override readonly name = "ClickHouseHttpError";
	readonly code: number;
	readonly type: string;

	constructor(code: number, type: string, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
		this.type = type;
	}
}

/** Parameters of the HTTP interface that are no settings of the engine and change nothing in the result here. */
const TRANSPORT =
	/^(query|database|default_format|query_id|user|password|quota_key|wait_end_of_query|enable_http_compression|buffer_size|session_id|session_timeout|session_check|close_session|compress|decompress|role|stacktrace|send_progress_in_http_headers|cancel_http_readonly_queries_on_client_close|client_protocol_version|http_.*|param_.*)$/;

const BINARY =
	/^(Native|RowBinary\w*|Parquet|Arrow\w*|ORC|Avro|MsgPack|BSONEachRow|Npy|Protobuf\w*|CapnProto|Buffers)$/i;

export interface RequestParts {
	readonly url: URL;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Decompressed, of both HTTP's and ClickHouse's own compression. */
	readonly body: Buffer;
}

/** Throws ClickHouseHttpError for what the embedded engine cannot do. */
export function readClickHouseRequest({ url, headers, body }: RequestParts): ClickHouseRequest {
	const get = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
	const header = (name: string): string | undefined => {
		const value = headers[name];
		return Array.isArray(value) ? value[0] : value;
	};
	refuseRoles(url);
	const query = get("query") ?? "";
	const inUrl = splitInsert(query);
	const binary =
		inUrl !== undefined && BINARY.test(inUrl.format) && body.length > 0
			? { ...inUrl, bytes: body }
			: undefined;
	const sql =
		binary === undefined ? [query, body.toString("utf8")].filter((part) => part !== "").join("\n") : query;
	const basic = readBasicAuth(header("authorization"));
	const database = get("database") ?? header("x-clickhouse-database");
	return {
		sql,
		binary,
		keyword: firstKeyword(sql),
		format: get("default_format") ?? header("x-clickhouse-format") ?? "TabSeparated",
		database: database === undefined || database === "" ? undefined : database,
		queryId: get("query_id"),
		parameters: pick(url, (name) => (name.startsWith("param_") ? name.slice("param_".length) : undefined)),
		settings: pick(url, (name) => (TRANSPORT.test(name) ? undefined : name)),
		user: basic?.user ?? header("x-clickhouse-user") ?? get("user") ?? "default",
		password: basic?.password ?? header("x-clickhouse-key") ?? get("password") ?? "",
		session: readSession(url),
		response: readResponseOptions(url, header("accept-encoding") ?? ""),
	};
}

function refuseRoles(url: URL): void {
	const role = url.searchParams.get("role") ?? "";
	if (role !== "")
		throw new ClickHouseHttpError(511, "UNKNOWN_ROLE", `There is no role \`${role}\` in user directories`);
}

const DEFAULT_SESSION_SECONDS = 60;
const MAX_SESSION_SECONDS = 3600;

function readSession(url: URL): SessionRequest | undefined {
	const get = (name: string): string => url.searchParams.get(name) ?? "";
	const id = get("session_id");
	if (id === "") return undefined;
	const timeoutSeconds =
		get("session_timeout") === "" ? DEFAULT_SESSION_SECONDS : Number(get("session_timeout"));
	if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 0 || timeoutSeconds > MAX_SESSION_SECONDS)
		throw new ClickHouseHttpError(
			374,
			"INVALID_SESSION_TIMEOUT",
			`Invalid session timeout '${get("session_timeout")}': whole seconds up to ${MAX_SESSION_SECONDS}`,
		);
	return { id, timeoutSeconds, mustExist: get("session_check") === "1", close: get("close_session") === "1" };
}

/** Whether the request, and an error that answers it, is in ClickHouse's own compression. */
export function asksForFrames(url: URL): boolean {
	return isOn(url.searchParams.get("compress"));
}

export function isOn(value: string | null): boolean {
	return value !== null && /^(1|true)$/i.test(value);
}

function readResponseOptions(url: URL, accept: string): ClickHouseRequest["response"] {
	const frames = asksForFrames(url);
	const allowed = url.searchParams.get("enable_http_compression") ?? "1";
	const accepted = new Set(accept.split(",").map((part) => part.split(";")[0]?.trim().toLowerCase()));
	const encoding = CONTENT_ENCODINGS.find((each) => accepted.has(each));
	return {
		frames,
		encoding: frames || !isOn(allowed) ? undefined : encoding,
		nativeRevision: Number(url.searchParams.get("client_protocol_version") ?? 0) || 0,
	};
}

function pick(url: URL, rename: (name: string) => string | undefined): Record<string, string> {
	const picked: Record<string, string> = {};
	for (const [name, value] of url.searchParams) {
		const renamed = rename(name);
		if (renamed !== undefined) picked[renamed] = value;
	}
	return picked;
}

function readBasicAuth(authorization: string | undefined): { user: string; password: string } | undefined {
	const encoded = /^Basic\s+(.+)$/i.exec(authorization ?? "")?.[1];
	if (encoded === undefined) return undefined;
	const text = Buffer.from(encoded, "base64").toString("utf8");
	const colon = text.indexOf(":");
	return colon === -1
		? { user: text, password: "" }
		: { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const INSERT = /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?([\w.`"]+)\s*(\([^)]*\))?[\s\S]*?\bFORMAT\s+(\w+)\s*;?\s*$/i;

function splitInsert(query: string): { table: string; columns: string; format: string } | undefined {
	const match = INSERT.exec(query);
	if (match === null) return undefined;
	return { table: match[1] ?? "", columns: match[2] ?? "", format: match[3] ?? "" };
}

/** Upper case; comments and opening parentheses before it do not count. */
export function firstKeyword(sql: string): string {
	const bare = sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()+/, "");
	return (/^[A-Za-z]+/.exec(bare)?.[0] ?? "").toUpperCase();
}

const READS = new Set(["SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"]);

export function isRead(keyword: string): boolean {
	return READS.has(keyword);
}

/** Words that reach files or other hosts, as a function or applied as one; the engine's own read-only mode lets some of them pass. */
const REACHES_OUTSIDE =
	/\bINTO\s+OUTFILE\b|\bAPPLY\s*\(?\s*(?:file|catboostEvaluate|ai\w+)\b|\b(catboostEvaluate|ai[A-Z]\w*|file|fileCluster|url|urlCluster|s3\w*|gcs|hdfs\w*|azureBlobStorage\w*|remote|remoteSecure|cluster\w*|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|python|iceberg\w*|deltaLake\w*|hudi\w*|input)\s*\(/i;

/** A read-only user reads tables and nothing else: no writing, no files, no other hosts. Throws ClickHouseHttpError. */
export function checkReadOnly(request: ClickHouseRequest): void {
	if (!isRead(request.keyword))
		throw new ClickHouseHttpError(
			164,
			"READONLY",
			`Cannot execute ${request.keyword || "this"} query in readonly mode`,
		);
	const bare = bareSql(request.sql);
	if (bare === null) {
		const message =
			"Cannot read this statement well enough for readonly mode: leave out heredocs, typographic quotes and escapes in quoted names, and close quotes and comments";
		throw new ClickHouseHttpError(164, "READONLY", message);
	}
	const outside = REACHES_OUTSIDE.exec(bare);
	if (outside !== null)
		throw new ClickHouseHttpError(164, "READONLY", `Cannot use "${outside[0].trim()}" in readonly mode`);
}
