/** Rows of `otel_traces` and `otel_logs`, exactly as the OpenTelemetry Collector's clickhouseexporter writes them. */

/** Attribute texts by key; see `asString` for how values become text. */
export type AttributeMap = Record<string, string>;

/** A row of `otel_traces`. Times are as `timeText` writes them, `Duration` is in nanoseconds. */
export interface TraceRow {
	Timestamp: string;
	TraceId: string;
	SpanId: string;
	ParentSpanId: string;
	TraceState: string;
	SpanName: string;
	SpanKind: string;
	ServiceName: string;
	ResourceAttributes: AttributeMap;
	ScopeName: string;
	ScopeVersion: string;
	SpanAttributes: AttributeMap;
	Duration: string;
	StatusCode: string;
	StatusMessage: string;
	"Events.Timestamp": string[];
	"Events.Name": string[];
	"Events.Attributes": AttributeMap[];
	"Links.TraceId": string[];
	"Links.SpanId": string[];
	"Links.TraceState": string[];
	"Links.Attributes": AttributeMap[];
}

/** A row of `otel_logs`. */
export interface LogRow {
	Timestamp: string;
	TraceId: string;
	SpanId: string;
	TraceFlags: number;
	SeverityText: string;
	SeverityNumber: number;
	ServiceName: string;
	Body: string;
	ResourceSchemaUrl: string;
	ResourceAttributes: AttributeMap;
	ScopeSchemaUrl: string;
	ScopeName: string;
	ScopeVersion: string;
	ScopeAttributes: AttributeMap;
	LogAttributes: AttributeMap;
	EventName: string;
}

/** What a request held: rows to store, and how many of its spans or records cannot be stored, with the first reason. */
export interface Decoded<Row> {
	readonly rows: Row[];
	readonly rejected: number;
	/** Empty where nothing was rejected. */
	readonly message: string;
}

/** The bytes or the document are no OTLP; says where. Sending them again cannot help. */
export class OtlpDecodeError extends Error {
	override readonly name = "OtlpDecodeError";
}

/** One span or log record cannot be stored; the rest of its request can. */
export class RecordError extends Error {
	override readonly name = "RecordError";
}

/** The rows of one request may take this many bytes. */
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;

/**
 * A small request can mean very many bytes of rows: every span repeats its resource. Throws OtlpDecodeError where they are too many.
 */
export function checkBlockBytes(bytes: number): void {
	if (bytes > MAX_BLOCK_BYTES)
		throw new OtlpDecodeError(
			`the rows of this request take more than ${MAX_BLOCK_BYTES / 1024 / 1024} MiB, since every span repeats its resource; send smaller batches`,
		);
}

/** Far more than fit into a request of ordinary spans; empty ones take two bytes in protobuf, and a thousand times that as rows. */
const MAX_ROWS = 500_000;

/** Throws OtlpDecodeError where a request has more rows than are taken at one time. */
export function checkRowCount(rows: number): void {
	if (rows > MAX_ROWS)
		throw new OtlpDecodeError(
			`the request has more than ${MAX_ROWS.toLocaleString("en")} spans or records; send smaller batches`,
		);
}

export const SPAN_KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"] as const;
export const STATUS_CODES = ["Unset", "Ok", "Error"] as const;

/** The last instant that DateTime64(9) can hold: 2262-04-11. */
const MAX_NANOS = 9_223_372_036_854_775_807n;

/**
 * Nanoseconds since 1970 as the text ClickHouse reads without loss: `"1764000000.123456789"`. Times before September 2001, of which
 * only broken clocks tell, have too few digits to be read as seconds and are written as UTC dates.
 */
export function timeText(nanos: bigint): string {
	const digits = (nanos > MAX_NANOS ? MAX_NANOS : nanos).toString().padStart(10, "0");
	const seconds = digits.slice(0, -9);
	const fraction = digits.slice(-9);
	if (seconds.length >= 10) return `${seconds}.${fraction}`;
	return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")}.${fraction}`;
}

/** End minus start, unsigned as in the exporter: an end before the start wraps around. */
export function durationText(start: bigint, end: bigint): string {
	return BigInt.asUintN(64, end - start).toString();
}

/** Sets an own property whatever the key is called; `__proto__` is a key like any other. */
export function setAttribute(map: AttributeMap, key: string, text: string): void {
	if (key === "__proto__")
		Object.defineProperty(map, key, { value: text, enumerable: true, configurable: true, writable: true });
	else map[key] = text;
}

const EPOCH = timeText(0n);

export function emptyTraceRow(): TraceRow {
	return {
		Timestamp: EPOCH,
		TraceId: "",
		SpanId: "",
		ParentSpanId: "",
		TraceState: "",
		SpanName: "",
		SpanKind: "Unspecified",
		ServiceName: "",
		ResourceAttributes: {},
		ScopeName: "",
		ScopeVersion: "",
		SpanAttributes: {},
		Duration: "0",
		StatusCode: "Unset",
		StatusMessage: "",
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
	};
}

export function emptyLogRow(): LogRow {
	return {
		Timestamp: EPOCH,
		TraceId: "",
		SpanId: "",
		TraceFlags: 0,
		SeverityText: "",
		SeverityNumber: 0,
		ServiceName: "",
		Body: "",
		ResourceSchemaUrl: "",
		ResourceAttributes: {},
		ScopeSchemaUrl: "",
		ScopeName: "",
		ScopeVersion: "",
		ScopeAttributes: {},
		LogAttributes: {},
		EventName: "",
	};
}

/** Collects what a request's records came to; a record that cannot be stored is counted and the rest goes on. */
export class RowCollector<Row> {
	readonly rows: Row[] = [];
	rejected = 0;
	message = "";

	/** Throws OtlpDecodeError where a request has more rows than are taken at one time. */
	add(row: Row): void {
		checkRowCount(this.rows.push(row));
	}

	reject(reason: string): void {
		this.rejected++;
		if (this.message === "") this.message = reason;
	}
}
