/** What a request to ClickHouse's HTTP interface asks for. Pure. */

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
	readonly compressResponse: boolean;
}

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
	/^(query|database|default_format|query_id|user|password|quota_key|wait_end_of_query|enable_http_compression|buffer_size|session_timeout|session_check|close_session|send_progress_in_http_headers|cancel_http_readonly_queries_on_client_close|client_protocol_version|http_.*|param_.*)$/;

const UNSUPPORTED: Readonly<Record<string, string>> = {
	session_id: "sessions",
	compress: "ClickHouse's own compression of responses (use HTTP gzip: enable_http_compression=1)",
	decompress: "ClickHouse's own compression of requests (use HTTP gzip: Content-Encoding)",
	role: "roles",
};

const BINARY =
	/^(Native|RowBinary\w*|Parquet|Arrow\w*|ORC|Avro|MsgPack|BSONEachRow|Npy|Protobuf\w*|CapnProto|Buffers)$/i;

export interface RequestParts {
	readonly url: URL;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Decompressed. */
	readonly body: Buffer;
}

/** Throws ClickHouseHttpError for what the embedded engine cannot do. */
export function readClickHouseRequest({ url, headers, body }: RequestParts): ClickHouseRequest {
	const get = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
	const header = (name: string): string | undefined => {
		const value = headers[name];
		return Array.isArray(value) ? value[0] : value;
	};
	refuseUnsupported(url);
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
		compressResponse:
			get("enable_http_compression") === "1" && /\bgzip\b/.test(header("accept-encoding") ?? ""),
	};
}

function refuseUnsupported(url: URL): void {
	for (const [name, what] of Object.entries(UNSUPPORTED)) {
		const value = url.searchParams.get(name) ?? "";
		if (value !== "" && value !== "0")
			throw new ClickHouseHttpError(
				48,
				"NOT_IMPLEMENTED",
				`The embedded ClickHouse has no ${what}; parameter ${name}`,
			);
	}
}

function pick(url: URL, rename: (name: string) => string | undefined): Record<string, string> {
	const picked: Record<string, string> = {};
	for (const [name, value] of url.searchParams) {
		const renamed = rename(name);
		if (renamed !== undefined && !(name in UNSUPPORTED)) picked[renamed] = value;
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

const LITERALS = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'/g;
const REACHES_OUTSIDE =
	/\bINTO\s+OUTFILE\b|\b(file|fileCluster|url|urlCluster|s3\w*|gcs|hdfs\w*|azureBlobStorage\w*|remote|remoteSecure|cluster\w*|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|python|iceberg\w*|deltaLake\w*|hudi\w*|input)\s*\(/i;

/** A read-only user reads tables and nothing else: no writing, no files, no other hosts. Throws ClickHouseHttpError. */
export function checkReadOnly(request: ClickHouseRequest): void {
	if (!isRead(request.keyword))
		throw new ClickHouseHttpError(
			164,
			"READONLY",
			`Cannot execute ${request.keyword || "this"} query in readonly mode`,
		);
	const outside = REACHES_OUTSIDE.exec(request.sql.replaceAll(LITERALS, "''"));
	if (outside !== null)
		throw new ClickHouseHttpError(164, "READONLY", `Cannot use "${outside[0].trim()}" in readonly mode`);
}
