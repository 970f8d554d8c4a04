import { type AnyValue, asString, MAX_DEPTH } from "./any-value.ts";
import {
	type AttributeMap,
	type Decoded,
	durationText,
	emptyLogRow,
	emptyTraceRow,
	type LogRow,
	OtlpDecodeError,
	RecordError,
	RowCollector,
	SPAN_KINDS,
	STATUS_CODES,
	setAttribute,
	type TraceRow,
	timeText,
} from "./rows.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Decodes an OTLP/JSON ExportTraceServiceRequest (lowerCamelCase keys, hex ids, 64-bit integers as strings or numbers) into rows.
 * Throws OtlpDecodeError naming the member that is not as OTLP has it. Unknown members are ignored.
 */
export function decodeTracesJson(document: unknown): Decoded<TraceRow> {
	const into = new RowCollector<TraceRow>();
	for (const [resourceSpans, where] of objects(asObject(document, "the request"), "resourceSpans", "")) {
		const resource = readResource(resourceSpans, where);
		for (const [scopeSpans, scopeWhere] of objects(resourceSpans, "scopeSpans", where)) {
			const scope = readScope(scopeSpans, scopeWhere);
			for (const [span, spanWhere] of objects(scopeSpans, "spans", scopeWhere)) {
				collect(into, spanWhere, () => {
					const row = readSpan(span, spanWhere);
					row.ResourceAttributes = resource;
					row.ServiceName = resource["service.name"] ?? "";
					row.ScopeName = scope.name;
					row.ScopeVersion = scope.version;
					return row;
				});
			}
		}
	}
	return into;
}

/** The same for an ExportLogsServiceRequest. */
export function decodeLogsJson(document: unknown): Decoded<LogRow> {
	const into = new RowCollector<LogRow>();
	for (const [resourceLogs, where] of objects(asObject(document, "the request"), "resourceLogs", "")) {
		const resource = readResource(resourceLogs, where);
		const resourceSchemaUrl = text(resourceLogs, "schemaUrl", where);
		for (const [scopeLogs, scopeWhere] of objects(resourceLogs, "scopeLogs", where)) {
			const scope = readScope(scopeLogs, scopeWhere);
			const scopeSchemaUrl = text(scopeLogs, "schemaUrl", scopeWhere);
			for (const [record, recordWhere] of objects(scopeLogs, "logRecords", scopeWhere)) {
				collect(into, recordWhere, () => ({
					...readLogRecord(record, recordWhere),
					ResourceAttributes: resource,
					ServiceName: resource["service.name"] ?? "",
					ResourceSchemaUrl: resourceSchemaUrl,
					ScopeName: scope.name,
					ScopeVersion: scope.version,
					ScopeAttributes: scope.attributes,
					ScopeSchemaUrl: scopeSchemaUrl,
				}));
			}
		}
	}
	return into;
}

/**
 * JSON.parse, but integers of 16 and more digits become strings and so lose nothing.
 * Throws SyntaxError.
 */
export function parseJson(source: string): unknown {
	return JSON.parse(LONG_INTEGER.test(source) ? quoteLongIntegers(source) : source);
}

/** Of one document. A value takes up to 60 bytes when it is parsed, whatever it takes as text. */
const MAX_VALUES = 5_000_000;
/** Shorter documents cannot have that many. */
const COUNTED_FROM = 8 * 1024 * 1024;

/** Throws OtlpDecodeError where a document has so many values that parsing it takes all memory. */
export function checkValueCount(json: Uint8Array): void {
	if (json.length < COUNTED_FROM) return;
	let [values, inString] = [0, false];
	for (let at = 0; at < json.length; at++) {
		const code = json[at];
		if (code === QUOTE) inString = !inString;
		else if (inString) {
			if (code === BACKSLASH) at++;
		} else if (code === COMMA || code === BRACE || code === BRACKET) values++;
	}
	if (values > MAX_VALUES)
		throw new OtlpDecodeError(
			`the document has more than ${MAX_VALUES.toLocaleString("en")} values; send smaller batches`,
		);
}

const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const LONG_INTEGER = /[:,[\s]-?\d{16,}/;
const INTEGER_AT = /-?\d{16,}(?![\d.eE])/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function quoteLongIntegers(source: string): string {
	let result = "";
	let copied = 0;
	let inString = false;
	for (let at = 0; at < source.length; at++) {
		const code = source.charCodeAt(at);
		if (inString) {
			if (code === BACKSLASH) at++;
			else if (code === QUOTE) inString = false;
			continue;
		}
		if (code === QUOTE) inString = true;
		else if (isNumberStart(code)) {
			INTEGER_AT.lastIndex = at;
			const match = INTEGER_AT.exec(source);
			if (match === null) {
				while (isNumberPart(source.charCodeAt(at + 1))) at++;
				continue;
			}
			result += `${source.slice(copied, at)}"${match[0]}"`;
			at += match[0].length - 1;
			copied = at + 1;
		}
	}
	return result + source.slice(copied);
}

function isNumberStart(code: number): boolean {
	return code === 0x2d || (code >= 0x30 && code <= 0x39);
}

/** Digits, signs, the point and the exponent. */
function isNumberPart(code: number): boolean {
	return isNumberStart(code) || code === 0x2b || code === 0x2e || code === 0x45 || code === 0x65;
}

function collect<Row>(into: RowCollector<Row>, where: string, read: () => Row): void {
	try {
		into.add(read());
	} catch (error) {
		if (!(error instanceof RecordError)) throw error;
		into.reject(`${where}: ${error.message}`);
	}
}

function readResource(parent: JsonObject, where: string): AttributeMap {
	const resource = member(parent, "resource", where);
	return resource === undefined ? {} : attributes(resource, `${where}.resource`);
}

function readScope(
	parent: JsonObject,
	where: string,
): { name: string; version: string; attributes: AttributeMap } {
	const scope = member(parent, "scope", where);
	if (scope === undefined) return { name: "", version: "", attributes: {} };
	const at = `${where}.scope`;
	return {
		name: text(scope, "name", at),
		version: text(scope, "version", at),
		attributes: attributes(scope, at),
	};
}

function readSpan(span: JsonObject, where: string): TraceRow {
	const row = emptyTraceRow();
	const start = nanos(span, "startTimeUnixNano", where);
	row.Timestamp = timeText(start);
	row.Duration = durationText(start, nanos(span, "endTimeUnixNano", where));
	row.TraceId = id(span, "traceId", 32);
	row.SpanId = id(span, "spanId", 16);
	row.ParentSpanId = id(span, "parentSpanId", 16);
	row.TraceState = text(span, "traceState", where);
	row.SpanName = text(span, "name", where);
	row.SpanKind = enumText(span, "kind", SPAN_KINDS, "SPAN_KIND_", where);
	row.SpanAttributes = attributes(span, where);
	const status = member(span, "status", where);
	if (status !== undefined) {
		row.StatusCode = enumText(status, "code", STATUS_CODES, "STATUS_CODE_", `${where}.status`);
		row.StatusMessage = text(status, "message", `${where}.status`);
	}
	for (const [event, at] of objects(span, "events", where)) {
		row["Events.Timestamp"].push(timeText(nanos(event, "timeUnixNano", at)));
		row["Events.Name"].push(text(event, "name", at));
		row["Events.Attributes"].push(attributes(event, at));
	}
	for (const [link, at] of objects(span, "links", where)) {
		row["Links.TraceId"].push(id(link, "traceId", 32));
		row["Links.SpanId"].push(id(link, "spanId", 16));
		row["Links.TraceState"].push(text(link, "traceState", at));
		row["Links.Attributes"].push(attributes(link, at));
	}
	return row;
}

function readLogRecord(record: JsonObject, where: string): LogRow {
	const row = emptyLogRow();
	const time = nanos(record, "timeUnixNano", where);
	row.Timestamp = timeText(time === 0n ? nanos(record, "observedTimeUnixNano", where) : time);
	row.TraceId = id(record, "traceId", 32);
	row.SpanId = id(record, "spanId", 16);
	row.TraceFlags = Number(integer(record["flags"] ?? 0, `${where}.flags`)) & 0xff;
	row.SeverityText = text(record, "severityText", where);
	row.SeverityNumber = severity(record, where);
	row.LogAttributes = attributes(record, where);
	row.EventName = text(record, "eventName", where);
	const body = member(record, "body", where);
	if (body !== undefined) row.Body = asString(readAnyValue(body, `${where}.body`, 0));
	return row;
}

function severity(record: JsonObject, where: string): number {
	return Number(integer(record["severityNumber"] ?? 0, `${where}.severityNumber`)) & 0xff;
}

function attributes(parent: JsonObject, where: string): AttributeMap {
	const map: AttributeMap = {};
	for (const [attribute, at] of objects(parent, "attributes", where)) {
		const value = member(attribute, "value", at);
		setAttribute(
			map,
			text(attribute, "key", at),
			value === undefined ? "" : asString(readAnyValue(value, `${at}.value`, 0)),
		);
	}
	return map;
}

function readAnyValue(value: JsonObject, where: string, depth: number): AnyValue {
	if (depth > MAX_DEPTH)
		throw new OtlpDecodeError(
			`${where} is nested more than ${MAX_DEPTH} levels deep; send it as a JSON string`,
		);
	for (const [kind, content] of Object.entries(value)) {
		if (content === null || content === undefined) continue;
		switch (kind) {
			case "stringValue":
				return text(value, kind, where);
			case "boolValue":
				if (typeof content !== "boolean") throw wrong(where, kind, "a boolean");
				return content;
			case "intValue":
				return safeInteger(integer(content, `${where}.intValue`));
			case "doubleValue":
				return double(content, where);
			case "bytesValue":
				return Buffer.from(text(value, kind, where), "base64");
			case "arrayValue":
				return objects(asObject(content, `${where}.${kind}`), "values", `${where}.${kind}`).map(
					([each, at]) => readAnyValue(each, at, depth + 1),
				);
			case "kvlistValue":
				return readMap(asObject(content, `${where}.${kind}`), `${where}.${kind}`, depth);
			default:
		}
	}
	return null;
}

function readMap(list: JsonObject, where: string, depth: number): Map<string, AnyValue> {
	const map = new Map<string, AnyValue>();
	for (const [entry, at] of objects(list, "values", where)) {
		const value = member(entry, "value", at);
		map.set(
			text(entry, "key", at),
			value === undefined ? null : readAnyValue(value, `${at}.value`, depth + 1),
		);
	}
	return map;
}

function safeInteger(value: bigint): number | bigint {
	const near = Number(value);
	return Number.isSafeInteger(near) ? near : value;
}

function double(content: unknown, where: string): number {
	if (typeof content === "number") return content;
	if (content === "NaN") return Number.NaN;
	if (content === "Infinity") return Number.POSITIVE_INFINITY;
	if (content === "-Infinity") return Number.NEGATIVE_INFINITY;
	const value = typeof content === "string" && content.trim() !== "" ? Number(content) : Number.NaN;
	if (Number.isNaN(value)) throw wrong(where, "doubleValue", "a number");
	return value;
}

function nanos(parent: JsonObject, key: string, where: string): bigint {
	const value = parent[key];
	if (value === undefined || value === null || value === "") return 0n;
	const time = integer(value, `${where}.${key}`);
	if (time < 0n) throw wrong(where, key, "nanoseconds since 1970");
	return time;
}

const DECIMAL = /^-?\d{1,20}$/;

function integer(value: unknown, where: string): bigint {
	if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
	if (typeof value === "string" && DECIMAL.test(value)) {
		const number = BigInt(value);
		if (number >= -(2n ** 63n) && number < 2n ** 64n) return number;
	}
	throw new OtlpDecodeError(`${where} is ${brief(value)}, not a 64-bit integer`);
}

const HEX = /^[0-9a-f]*$/;

/** Lower-case hex. All zeros mean "none" and become "". */
function id(parent: JsonObject, key: string, digits: number): string {
	const value = parent[key];
	if (value === undefined || value === null || value === "") return "";
	const hex = typeof value === "string" ? value.toLowerCase() : "?";
	if (hex.length !== digits || !HEX.test(hex))
		throw new RecordError(`${key} is ${brief(value)}, not ${digits} hex digits`);
	return "0".repeat(digits) === hex ? "" : hex;
}

/** Enums are integers in OTLP/JSON; the names of the .proto file are taken too. */
function enumText(
	parent: JsonObject,
	key: string,
	names: readonly string[],
	prefix: string,
	where: string,
): string {
	const value = parent[key] ?? 0;
	if (typeof value === "number") return names[value] ?? "";
	if (typeof value === "string" && value.startsWith(prefix)) {
		const name = value.slice(prefix.length).toLowerCase();
		return names.find((each) => each.toLowerCase() === name) ?? "";
	}
	return names[Number(integer(value, `${where}.${key}`))] ?? "";
}

function text(parent: JsonObject, key: string, where: string): string {
	const value = parent[key];
	if (value === undefined || value === null) return "";
	if (typeof value !== "string") throw wrong(where, key, "a string");
	return value.isWellFormed() ? value : value.toWellFormed();
}

function member(parent: JsonObject, key: string, where: string): JsonObject | undefined {
	const value = parent[key];
	if (value === undefined || value === null) return undefined;
	return asObject(value, `${where}.${key}`);
}

function objects(parent: JsonObject, key: string, where: string): [JsonObject, string][] {
	const value = parent[key];
	if (value === undefined || value === null) return [];
	const at = where === "" ? key : `${where}.${key}`;
	if (!Array.isArray(value)) throw new OtlpDecodeError(`${at} is ${brief(value)}, not a list`);
	return value.map((each, index) => [asObject(each, `${at}[${index}]`), `${at}[${index}]`]);
}

function asObject(value: unknown, where: string): JsonObject {
	if (value === null || typeof value !== "object" || Array.isArray(value))
		throw new OtlpDecodeError(`${where} is ${brief(value)}, not an object`);
	return value as JsonObject;
}

function wrong(where: string, key: string, expected: string): OtlpDecodeError {
	return new OtlpDecodeError(`${where}.${key} is not ${expected}`);
}

function brief(value: unknown): string {
	if (Array.isArray(value)) return "a list";
	if (value !== null && typeof value === "object") return "an object";
	const shown = JSON.stringify(value) ?? String(value);
	return shown.length <= 40 ? shown : `${shown.slice(0, 40)}…`;
}
