import { type AnyValue, asString } from "./any-value.ts";
import {
	openMessage,
	type Reader,
	readAnyValue,
	readFields,
	readRequest,
	skipUnknown,
	tag,
	WIRE,
} from "./protobuf-reader.ts";
import {
	type AttributeMap,
	type Decoded,
	durationText,
	emptyLogRow,
	emptyTraceRow,
	type LogRow,
	RowCollector,
	SPAN_KINDS,
	STATUS_CODES,
	setAttribute,
	type TraceRow,
	timeText,
} from "./rows.ts";

/**
 * Decodes an ExportTraceServiceRequest straight into rows.
 * Throws OtlpDecodeError where the bytes are no such message: cut short, lengths that lie, values nested too deeply.
 */
export function decodeTracesProtobuf(bytes: Uint8Array): Decoded<TraceRow> {
	return decodeExport(bytes, (reader, end, into: RowCollector<TraceRow>) =>
		readResourceSpans(reader, end, into),
	);
}

/** The same for an ExportLogsServiceRequest. */
export function decodeLogsProtobuf(bytes: Uint8Array): Decoded<LogRow> {
	return decodeExport(bytes, (reader, end, into: RowCollector<LogRow>) =>
		readResourceLogs(reader, end, into),
	);
}

function decodeExport<Row>(
	bytes: Uint8Array,
	readResource: (reader: Reader, end: number, into: RowCollector<Row>) => void,
): Decoded<Row> {
	const into = new RowCollector<Row>();
	readRequest(bytes, (reader) => {
		readFields(reader, reader.len, (field, end) => {
			if (field !== tag(1, WIRE.bytes)) return false;
			readResource(reader, openMessage(reader, end), into);
			return true;
		});
	});
	return into;
}

function readResourceSpans(reader: Reader, end: number, into: RowCollector<TraceRow>): void {
	const first = into.rows.length;
	const resource: AttributeMap = {};
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) readResource(reader, openMessage(reader, limit), resource);
		else if (field === tag(2, WIRE.bytes)) readScopeSpans(reader, openMessage(reader, limit), into);
		else return false;
		return true;
	});
	for (let index = first; index < into.rows.length; index++) {
		const row = into.rows[index];
		if (row === undefined) continue;
		row.ResourceAttributes = resource;
		row.ServiceName = resource["service.name"] ?? "";
	}
}

function readResource(reader: Reader, end: number, attributes: AttributeMap): void {
	readFields(reader, end, (field, limit) => {
		if (field !== tag(1, WIRE.bytes)) return false;
		readAttribute(reader, openMessage(reader, limit), attributes);
		return true;
	});
}

function readScopeSpans(reader: Reader, end: number, into: RowCollector<TraceRow>): void {
	const first = into.rows.length;
	let scope: Scope = { name: "", version: "", attributes: {} };
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) scope = readScope(reader, openMessage(reader, limit));
		else if (field === tag(2, WIRE.bytes)) {
			const spanEnd = openMessage(reader, limit);
			collect(into, (problems) => readSpan(reader, spanEnd, problems));
		} else return false;
		return true;
	});
	for (let index = first; index < into.rows.length; index++) {
		const row = into.rows[index];
		if (row === undefined) continue;
		row.ScopeName = scope.name;
		row.ScopeVersion = scope.version;
	}
}

/** A record that cannot be stored is passed over once it is read to its end; a message that cannot be read ends the request. */
function collect<Row>(into: RowCollector<Row>, read: (problems: string[]) => Row): void {
	const problems: string[] = [];
	const row = read(problems);
	if (problems[0] === undefined) into.add(row);
	else into.reject(problems[0]);
}

interface Scope {
	readonly name: string;
	readonly version: string;
	readonly attributes: AttributeMap;
}

function readScope(reader: Reader, end: number): Scope {
	let name = "";
	let version = "";
	const attributes: AttributeMap = {};
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) name = reader.string();
		else if (field === tag(2, WIRE.bytes)) version = reader.string();
		else if (field === tag(3, WIRE.bytes)) readAttribute(reader, openMessage(reader, limit), attributes);
		else return false;
		return true;
	});
	return { name, version, attributes };
}

function readSpan(reader: Reader, end: number, problems: string[]): TraceRow {
	const row = emptyTraceRow();
	let start = 0n;
	let finish = 0n;
	while (reader.pos < end) {
		const field = reader.uint32();
		switch (field) {
			case 10:
				row.TraceId = readId(reader, 16, "trace_id", problems);
				break;
			case 18:
				row.SpanId = readId(reader, 8, "span_id", problems);
				break;
			case 26:
				row.TraceState = reader.string();
				break;
			case 34:
				row.ParentSpanId = readId(reader, 8, "parent_span_id", problems);
				break;
			case 42:
				row.SpanName = reader.string();
				break;
			case 48:
				row.SpanKind = SPAN_KINDS[reader.uint32()] ?? "";
				break;
			case 57:
				start = readFixed64(reader);
				break;
			case 65:
				finish = readFixed64(reader);
				break;
			case 74:
				readAttribute(reader, openMessage(reader, end), row.SpanAttributes);
				break;
			case 90:
				readEvent(reader, openMessage(reader, end), row);
				break;
			case 106:
				readLink(reader, openMessage(reader, end), row, problems);
				break;
			case 122:
				readStatus(reader, openMessage(reader, end), row);
				break;
			default:
				skipUnknown(reader, field, 15);
		}
	}
	if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
	row.Timestamp = timeText(start);
	row.Duration = durationText(start, finish);
	return row;
}

function readEvent(reader: Reader, end: number, row: TraceRow): void {
	let time = 0n;
	let name = "";
	const attributes: AttributeMap = {};
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.fixed64)) time = readFixed64(reader);
		else if (field === tag(2, WIRE.bytes)) name = reader.string();
		else if (field === tag(3, WIRE.bytes)) readAttribute(reader, openMessage(reader, limit), attributes);
		else return false;
		return true;
	});
	row["Events.Timestamp"].push(timeText(time));
	row["Events.Name"].push(name);
	row["Events.Attributes"].push(attributes);
}

function readLink(reader: Reader, end: number, row: TraceRow, problems: string[]): void {
	let traceId = "";
	let spanId = "";
	let state = "";
	const attributes: AttributeMap = {};
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) traceId = readId(reader, 16, "links.trace_id", problems);
		else if (field === tag(2, WIRE.bytes)) spanId = readId(reader, 8, "links.span_id", problems);
		else if (field === tag(3, WIRE.bytes)) state = reader.string();
		else if (field === tag(4, WIRE.bytes)) readAttribute(reader, openMessage(reader, limit), attributes);
		else return false;
		return true;
	});
	row["Links.TraceId"].push(traceId);
	row["Links.SpanId"].push(spanId);
	row["Links.TraceState"].push(state);
	row["Links.Attributes"].push(attributes);
}

function readStatus(reader: Reader, end: number, row: TraceRow): void {
	readFields(reader, end, (field) => {
		if (field === tag(2, WIRE.bytes)) row.StatusMessage = reader.string();
		else if (field === tag(3, WIRE.varint)) row.StatusCode = STATUS_CODES[reader.uint32()] ?? "";
		else return false;
		return true;
	});
}

function readResourceLogs(reader: Reader, end: number, into: RowCollector<LogRow>): void {
	const first = into.rows.length;
	const resource: AttributeMap = {};
	let schemaUrl = "";
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) readResource(reader, openMessage(reader, limit), resource);
		else if (field === tag(2, WIRE.bytes)) readScopeLogs(reader, openMessage(reader, limit), into);
		else if (field === tag(3, WIRE.bytes)) schemaUrl = reader.string();
		else return false;
		return true;
	});
	for (let index = first; index < into.rows.length; index++) {
		const row = into.rows[index];
		if (row === undefined) continue;
		row.ResourceAttributes = resource;
		row.ResourceSchemaUrl = schemaUrl;
		row.ServiceName = resource["service.name"] ?? "";
	}
}

function readScopeLogs(reader: Reader, end: number, into: RowCollector<LogRow>): void {
	const first = into.rows.length;
	let scope: Scope = { name: "", version: "", attributes: {} };
	let schemaUrl = "";
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) scope = readScope(reader, openMessage(reader, limit));
		else if (field === tag(2, WIRE.bytes)) {
			const recordEnd = openMessage(reader, limit);
			collect(into, (problems) => readLogRecord(reader, recordEnd, problems));
		} else if (field === tag(3, WIRE.bytes)) schemaUrl = reader.string();
		else return false;
		return true;
	});
	for (let index = first; index < into.rows.length; index++) {
		const row = into.rows[index];
		if (row === undefined) continue;
		row.ScopeName = scope.name;
		row.ScopeVersion = scope.version;
		row.ScopeAttributes = scope.attributes;
		row.ScopeSchemaUrl = schemaUrl;
	}
}

function readLogRecord(reader: Reader, end: number, problems: string[]): LogRow {
	const row = emptyLogRow();
	let time = 0n;
	let observed = 0n;
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.fixed64)) time = readFixed64(reader);
		else if (field === tag(11, WIRE.fixed64)) observed = readFixed64(reader);
		else return readLogField(reader, field, limit, row, problems);
		return true;
	});
	row.Timestamp = timeText(time === 0n ? observed : time);
	return row;
}

function readLogField(reader: Reader, field: number, end: number, row: LogRow, problems: string[]): boolean {
	switch (field) {
		case tag(2, WIRE.varint):
			row.SeverityNumber = reader.uint32() & 0xff;
			return true;
		case tag(3, WIRE.bytes):
			row.SeverityText = reader.string();
			return true;
		case tag(5, WIRE.bytes):
			row.Body = asString(readAnyValue(reader, openMessage(reader, end), 0));
			return true;
		case tag(6, WIRE.bytes):
			readAttribute(reader, openMessage(reader, end), row.LogAttributes);
			return true;
		case tag(8, WIRE.fixed32):
			row.TraceFlags = reader.fixed32() & 0xff;
			return true;
		case tag(9, WIRE.bytes):
			row.TraceId = readId(reader, 16, "trace_id", problems);
			return true;
		case tag(10, WIRE.bytes):
			row.SpanId = readId(reader, 8, "span_id", problems);
			return true;
		case tag(12, WIRE.bytes):
			row.EventName = reader.string();
			return true;
		default:
			return false;
	}
}

function readAttribute(reader: Reader, end: number, into: AttributeMap): void {
	let key = "";
	let value: AnyValue = null;
	while (reader.pos < end) {
		const field = reader.uint32();
		if (field === 10) key = reader.string();
		else if (field === 18) value = readAnyValue(reader, openMessage(reader, end), 0);
		else skipUnknown(reader, field, 2);
	}
	if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
	setAttribute(into, key, asString(value));
}

function readFixed64(reader: Reader): bigint {
	const low = reader.fixed32();
	const high = reader.fixed32();
	return (BigInt(high) << 32n) | BigInt(low);
}

/** Lower-case hex. All zeros mean "none" and become "". An id of another length is a problem. */
function readId(reader: Reader, length: number, name: string, problems: string[]): string {
	const bytes = reader.bytes();
	if (bytes.length === 0) return "";
	if (bytes.length !== length) {
		problems.push(`${name} has ${bytes.length} bytes instead of ${length}`);
		return "";
	}
	const hex = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("hex");
	return isZero(hex) ? "" : hex;
}

const ZEROS = "0".repeat(32);

function isZero(hex: string): boolean {
	return ZEROS.startsWith(hex);
}
