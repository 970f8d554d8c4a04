import type { ByteBuffer } from "../native/byte-buffer.ts";
import type { MapColumn, TextColumn } from "../native/columns.ts";
import { type RowBlock, TraceColumns } from "../native/trace-columns.ts";
import { asString } from "./any-value.ts";
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
import { checkBlockBytes, checkRowCount, RowCollector, SPAN_KINDS, STATUS_CODES } from "./rows.ts";

/**
 * An ExportTraceServiceRequest straight into a block of `otel_traces`: texts are copied as bytes, and no object is made per span. The
 * same rows as `decodeTracesProtobuf`, several times as fast.
 * Throws OtlpDecodeError where the bytes are no such message, and where the rows would take far more memory than the request.
 */
export function transcodeTraces(bytes: Uint8Array): RowBlock {
	const columns = takeColumns();
	const into = new RowCollector<never>();
	readRequest(bytes, (reader, buffer) => {
		readFields(reader, reader.len, (field, end) => {
			if (field !== tag(1, WIRE.bytes)) return false;
			readResourceSpans({ reader, buffer, columns, into }, openMessage(reader, end));
			return true;
		});
	});
	const result = {
		block: columns.encode(),
		rows: columns.rows,
		rejected: into.rejected,
		message: into.message,
	};
	keepColumns(columns, result.block.length);
	return result;
}

/** Buffers are used again, unless one request made them large. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
let kept: TraceColumns | undefined;

function takeColumns(): TraceColumns {
	const columns = kept ?? new TraceColumns();
	kept = undefined;
	columns.rewind();
	columns.rows = 0;
	return columns;
}

function keepColumns(columns: TraceColumns, bytes: number): void {
	if (bytes <= MAX_KEPT_BYTES) kept = columns;
}

interface Transcoder {
	readonly reader: Reader;
	readonly buffer: Buffer;
	readonly columns: TraceColumns;
	readonly into: RowCollector<never>;
}

/** Attributes read once and written to many rows. */
interface SharedAttributes {
	readonly keys: Buffer;
	readonly values: Buffer;
	readonly count: number;
	/** With its length before it, as a cell. */
	readonly serviceName: string;
}

function readResourceSpans(context: Transcoder, end: number): void {
	const { reader } = context;
	const start = reader.pos;
	const found = new AttributeRanges();
	// The resource may come after the spans that it is for.
	readFields(reader, end, (field, limit) => {
		if (field !== tag(1, WIRE.bytes)) return false;
		readFields(reader, openMessage(reader, limit), (inner, innerLimit) => {
			if (inner !== tag(1, WIRE.bytes)) return false;
			found.read(context, openMessage(reader, innerLimit));
			return true;
		});
		return true;
	});
	const resource = share(context, found);
	reader.pos = start;
	readFields(reader, end, (field, limit) => {
		if (field !== tag(2, WIRE.bytes)) return false;
		readScopeSpans(context, openMessage(reader, limit), resource);
		return true;
	});
}

const scratch = new TraceColumns();

function share(context: Transcoder, found: AttributeRanges): SharedAttributes {
	const map = scratch.resourceAttributes;
	map.rewind([], 0);
	const [keys, values] = map.items;
	const count = found.write(context, keys, values);
	return {
		keys: Buffer.from(keys.cells.take()),
		values: Buffer.from(values.cells.take()),
		count,
		serviceName: found.text(context, "service.name"),
	};
}

interface Scope {
	name: string;
	version: string;
}

function readScopeSpans(context: Transcoder, end: number, resource: SharedAttributes): void {
	const { reader } = context;
	const start = reader.pos;
	let scope: Scope = { name: "", version: "" };
	readFields(reader, end, (field, limit) => {
		if (field !== tag(1, WIRE.bytes)) return false;
		scope = readScope(context, openMessage(reader, limit));
		return true;
	});
	reader.pos = start;
	readFields(reader, end, (field, limit) => {
		if (field !== tag(2, WIRE.bytes)) return false;
		readSpan(context, openMessage(reader, limit), resource, scope);
		return true;
	});
}

/** Reads the scope's attributes too, though they are not stored: a request with broken ones is broken. */
function readScope(context: Transcoder, end: number): Scope {
	const { reader } = context;
	const scope = { name: "", version: "" };
	const attributes = new AttributeRanges();
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) scope.name = reader.string();
		else if (field === tag(2, WIRE.bytes)) scope.version = reader.string();
		else if (field === tag(3, WIRE.bytes)) attributes.read(context, openMessage(reader, limit));
		else return false;
		return true;
	});
	const map = scratch.resourceAttributes;
	map.rewind([], 0);
	attributes.write(context, ...map.items);
	return scope;
}

const marks: number[] = [];
const spanAttributes: { ranges: AttributeRanges | undefined } = { ranges: undefined };

function readSpan(context: Transcoder, end: number, resource: SharedAttributes, scope: Scope): void {
	const { columns, into } = context;
	columns.mark(marks);
	spanAttributes.ranges ??= new AttributeRanges();
	const attributes = spanAttributes.ranges;
	attributes.clear();
	const span = new SpanFields();
	readSpanFields(context, end, span, attributes);
	writeSpan(context, span);
	const [keys, values] = columns.spanAttributes.items;
	columns.spanAttributes.endRow(attributes.write(context, keys, values));
	if (span.problem !== "") {
		columns.rewind(marks);
		into.reject(span.problem);
		return;
	}
	columns.resourceAttributes.items[0].cells.raw(resource.keys);
	columns.resourceAttributes.items[1].cells.raw(resource.values);
	columns.resourceAttributes.endRow(resource.count);
	columns.serviceName.cells.text(resource.serviceName);
	columns.scopeName.cells.text(scope.name);
	columns.scopeVersion.cells.text(scope.version);
	checkRowCount(++columns.rows);
	checkBlockBytes(columns.repeatedBytes());
}

/** Where the fields of one span are. What a span repeats counts as it comes last, as protobuf has it. */
class SpanFields {
	traceId = 0;
	traceIdEnd = 0;
	spanId = 0;
	spanIdEnd = 0;
	parentSpanId = 0;
	parentSpanIdEnd = 0;
	traceState = 0;
	traceStateEnd = 0;
	name = 0;
	nameEnd = 0;
	kind = 0;
	startLow = 0;
	startHigh = 0;
	endLow = 0;
	endHigh = 0;
	status = 0;
	statusMessage = 0;
	statusMessageEnd = 0;
	events = 0;
	links = 0;
	/** Why the span cannot be stored. */
	problem = "";
}

function readSpanFields(context: Transcoder, end: number, span: SpanFields, into: AttributeRanges): void {
	const { reader } = context;
	while (reader.pos < end) {
		const field = reader.uint32();
		switch (field) {
			case 10:
				span.traceIdEnd = skipBytes(reader);
				span.traceId = checkId(span, reader.pos, span.traceIdEnd, 16, "trace_id");
				reader.pos = span.traceIdEnd;
				break;
			case 18:
				span.spanIdEnd = skipBytes(reader);
				span.spanId = checkId(span, reader.pos, span.spanIdEnd, 8, "span_id");
				reader.pos = span.spanIdEnd;
				break;
			case 26:
				span.traceStateEnd = skipBytes(reader);
				span.traceState = reader.pos;
				reader.pos = span.traceStateEnd;
				break;
			case 34:
				span.parentSpanIdEnd = skipBytes(reader);
				span.parentSpanId = checkId(span, reader.pos, span.parentSpanIdEnd, 8, "parent_span_id");
				reader.pos = span.parentSpanIdEnd;
				break;
			case 42:
				span.nameEnd = skipBytes(reader);
				span.name = reader.pos;
				reader.pos = span.nameEnd;
				break;
			case 48:
				span.kind = reader.uint32();
				break;
			case 57:
				span.startLow = reader.fixed32();
				span.startHigh = reader.fixed32();
				break;
			case 65:
				span.endLow = reader.fixed32();
				span.endHigh = reader.fixed32();
				break;
			case 74:
				into.read(context, openMessage(reader, end));
				break;
			case 90:
				readEvent(context, openMessage(reader, end));
				span.events++;
				break;
			case 106:
				readLink(context, openMessage(reader, end), span);
				span.links++;
				break;
			case 122:
				readStatus(reader, openMessage(reader, end), span);
				break;
			default:
				skipUnknown(reader, field, 15);
		}
	}
	if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
}

/** The end of the bytes that start at the reader's new position. */
function skipBytes(reader: Reader): number {
	const length = reader.uint32();
	const end = reader.pos + length;
	if (end > reader.len) throw new RangeError(`index out of range: ${reader.pos} + ${length} > ${reader.len}`);
	return end;
}

function checkId(span: SpanFields, start: number, end: number, length: number, name: string): number {
	if (end !== start && end - start !== length && span.problem === "")
		span.problem = `${name} has ${end - start} bytes instead of ${length}`;
	return start;
}

function writeSpan({ buffer, columns }: Transcoder, span: SpanFields): void {
	writeTime(columns.timestamp.cells, span.startLow, span.startHigh);
	writeId(columns.traceId, buffer, span.traceId, span.traceIdEnd);
	writeId(columns.spanId, buffer, span.spanId, span.spanIdEnd);
	writeId(columns.parentSpanId, buffer, span.parentSpanId, span.parentSpanIdEnd);
	columns.traceState.cells.slice(buffer, span.traceState, span.traceStateEnd);
	columns.spanName.cells.slice(buffer, span.name, span.nameEnd);
	columns.spanKind.cells.text(SPAN_KINDS[span.kind] ?? "");
	// End minus start without a sign, as the exporter has it: an end before the start wraps around.
	const borrow = span.endLow < span.startLow ? 1 : 0;
	columns.duration.cells.uint64(span.endLow - span.startLow, span.endHigh - span.startHigh - borrow);
	columns.statusCode.cells.text(STATUS_CODES[span.status] ?? "");
	columns.statusMessage.cells.slice(buffer, span.statusMessage, span.statusMessageEnd);
	columns.eventTimes.endRow(span.events);
	columns.eventNames.endRow(span.events);
	columns.eventAttributes.endRow(span.events);
	columns.linkTraceIds.endRow(span.links);
	columns.linkSpanIds.endRow(span.links);
	columns.linkTraceStates.endRow(span.links);
	columns.linkAttributes.endRow(span.links);
}

/** DateTime64(9) ends in 2262; later times become that moment. */
function writeTime(into: ByteBuffer, low: number, high: number): void {
	if (high >= 0x8000_0000) into.uint64(0xffff_ffff, 0x7fff_ffff);
	else into.uint64(low, high);
}

const HEX_DIGITS = Buffer.from("0123456789abcdef");

/** Lower-case hex. All zeros mean "none" and become "". */
function writeId({ cells }: TextColumn, buffer: Buffer, start: number, end: number): void {
	const size = (end - start) * 2;
	// An id of another length is a problem of its span, which is taken back.
	if (size > 32) return;
	cells.reserve(size + 1);
	const { bytes } = cells;
	let at = cells.length;
	bytes[at++] = size;
	let all = 0;
	for (let index = start; index < end; index++) {
		const byte = buffer[index] as number;
		all |= byte;
		bytes[at++] = HEX_DIGITS[byte >> 4] as number;
		bytes[at++] = HEX_DIGITS[byte & 15] as number;
	}
	if (all === 0) {
		bytes[cells.length] = 0;
		cells.length++;
	} else cells.length = at;
}

function readEvent(context: Transcoder, end: number): void {
	const { reader, buffer, columns } = context;
	let [low, high, name, nameEnd] = [0, 0, 0, 0];
	const attributes = new AttributeRanges();
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.fixed64)) {
			low = reader.fixed32();
			high = reader.fixed32();
		} else if (field === tag(2, WIRE.bytes)) {
			nameEnd = skipBytes(reader);
			name = reader.pos;
			reader.pos = nameEnd;
		} else if (field === tag(3, WIRE.bytes)) attributes.read(context, openMessage(reader, limit));
		else return false;
		return true;
	});
	writeTime(columns.eventTimes.items[0].cells, low, high);
	columns.eventNames.items[0].cells.slice(buffer, name, nameEnd);
	writeMap(context, columns.eventAttributes.items[0], attributes);
}

function readLink(context: Transcoder, end: number, span: SpanFields): void {
	const { reader, buffer, columns } = context;
	let [traceId, traceIdEnd, spanId, spanIdEnd, state, stateEnd] = [0, 0, 0, 0, 0, 0];
	const attributes = new AttributeRanges();
	readFields(reader, end, (field, limit) => {
		if (field === tag(1, WIRE.bytes)) {
			traceIdEnd = skipBytes(reader);
			traceId = checkId(span, reader.pos, traceIdEnd, 16, "links.trace_id");
			reader.pos = traceIdEnd;
		} else if (field === tag(2, WIRE.bytes)) {
			spanIdEnd = skipBytes(reader);
			spanId = checkId(span, reader.pos, spanIdEnd, 8, "links.span_id");
			reader.pos = spanIdEnd;
		} else if (field === tag(3, WIRE.bytes)) {
			stateEnd = skipBytes(reader);
			state = reader.pos;
			reader.pos = stateEnd;
		} else if (field === tag(4, WIRE.bytes)) attributes.read(context, openMessage(reader, limit));
		else return false;
		return true;
	});
	writeId(columns.linkTraceIds.items[0], buffer, traceId, traceIdEnd);
	writeId(columns.linkSpanIds.items[0], buffer, spanId, spanIdEnd);
	columns.linkTraceStates.items[0].cells.slice(buffer, state, stateEnd);
	writeMap(context, columns.linkAttributes.items[0], attributes);
}

function readStatus(reader: Reader, end: number, span: SpanFields): void {
	readFields(reader, end, (field) => {
		if (field === tag(2, WIRE.bytes)) {
			span.statusMessageEnd = skipBytes(reader);
			span.statusMessage = reader.pos;
			reader.pos = span.statusMessageEnd;
		} else if (field === tag(3, WIRE.varint)) span.status = reader.uint32();
		else return false;
		return true;
	});
}

function writeMap(context: Transcoder, map: MapColumn, attributes: AttributeRanges): void {
	const [keys, values] = map.items;
	map.endRow(attributes.write(context, keys, values));
}

/** Up to this many keys are compared one by one to find one that comes twice. */
const MAX_COMPARED = 32;

/** Where the keys and values of one list of attributes are: four numbers each. */
class AttributeRanges {
	private readonly at: number[] = [];
	private used = 0;

	clear(): void {
		this.used = 0;
	}

	/** Reads one KeyValue. A key that comes again replaces the value of the first. */
	read({ reader, buffer }: Transcoder, end: number): void {
		let [key, keyEnd, value, valueEnd] = [0, 0, 0, 0];
		while (reader.pos < end) {
			const field = reader.uint32();
			if (field === 10) {
				keyEnd = skipBytes(reader);
				key = reader.pos;
				reader.pos = keyEnd;
			} else if (field === 18) {
				valueEnd = openMessage(reader, end);
				value = reader.pos;
				checkValue(reader, valueEnd);
			} else skipUnknown(reader, field, 2);
		}
		if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
		const index = this.find(buffer, key, keyEnd);
		const { at } = this;
		at[index] = key;
		at[index + 1] = keyEnd;
		at[index + 2] = value;
		at[index + 3] = valueEnd;
		if (index === this.used) this.used += 4;
	}

	/** Writes keys and values, and returns how many there were. */
	write({ reader, buffer }: Transcoder, keys: TextColumn, values: TextColumn): number {
		const { at, used } = this;
		const position = reader.pos;
		for (let index = 0; index < used; index += 4) {
			keys.cells.slice(buffer, at[index] as number, at[index + 1] as number);
			writeValue(reader, buffer, values.cells, at[index + 2] as number, at[index + 3] as number);
		}
		reader.pos = position;
		return used / 4;
	}

	/** One value's text. */
	text({ reader, buffer }: Transcoder, key: string): string {
		const name = Buffer.from(key);
		const index = this.find(name, 0, name.length, buffer);
		if (index === this.used) return "";
		const position = reader.pos;
		reader.pos = this.at[index + 2] as number;
		const text = asString(readAnyValue(reader, this.at[index + 3] as number, 0));
		reader.pos = position;
		return text;
	}

	private seen: Map<string, number> | undefined;

	/** Where the key stands already, or the next free place. */
	private find(source: Buffer, key: number, keyEnd: number, held: Buffer = source): number {
		const { at, used } = this;
		if (used > MAX_COMPARED * 4) return this.findAmongMany(source, key, keyEnd, held);
		const size = keyEnd - key;
		for (let index = 0; index < used; index += 4) {
			const other = at[index] as number;
			if ((at[index + 1] as number) - other !== size) continue;
			let same = 0;
			while (same < size && source[key + same] === held[other + same]) same++;
			if (same === size) return index;
		}
		return used;
	}

	private findAmongMany(source: Buffer, key: number, keyEnd: number, held: Buffer): number {
		if (this.seen === undefined || this.used === (MAX_COMPARED + 1) * 4) this.seen = new Map();
		const { seen, at } = this;
		for (let index = seen.size * 4; index < this.used; index += 4)
			seen.set(held.toString("latin1", at[index], at[index + 1]), index);
		return seen.get(source.toString("latin1", key, keyEnd)) ?? this.used;
	}
}

/** Passes over a value. Anything but a plain text or number is read, so that what is broken is found before anything is stored. */
function checkValue(reader: Reader, end: number): void {
	if (reader.pos === end) return;
	const start = reader.pos;
	if (reader.buf[start] === 10) {
		reader.pos++;
		if (skipBytes(reader) === end) {
			reader.pos = end;
			return;
		}
		reader.pos = start;
	}
	readAnyValue(reader, end, 0);
}

function writeValue(reader: Reader, buffer: Buffer, into: ByteBuffer, start: number, end: number): void {
	if (start === end) {
		into.varint(0);
		return;
	}
	reader.pos = start;
	if (buffer[start] === 10) {
		reader.pos++;
		if (skipBytes(reader) === end) {
			into.slice(buffer, reader.pos, end);
			return;
		}
		reader.pos = start;
	}
	into.text(asString(readAnyValue(reader, end, 0)));
}
