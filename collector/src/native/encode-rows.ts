import {
	type AttributeMap,
	checkBlockBytes,
	type LogRow,
	OtlpDecodeError,
	type TraceRow,
} from "../otlp/rows.ts";
import {
	type Column,
	encodeBlock,
	FixedColumn,
	type ListColumn,
	type MapColumn,
	mapColumn,
	TextColumn,
} from "./columns.ts";
import { TraceColumns } from "./trace-columns.ts";

/**
 * Rows of `otel_traces` as one block in the Native format; empty where there are none.
 * Throws OtlpDecodeError where they take far more memory than a request may.
 */
export function encodeTraceRows(rows: readonly TraceRow[]): Buffer {
	const columns = new TraceColumns();
	const resources = new RepeatedMap();
	for (const row of rows) {
		writeNanos(columns.timestamp, nanosOf(row.Timestamp));
		columns.traceId.cells.text(row.TraceId);
		columns.spanId.cells.text(row.SpanId);
		columns.parentSpanId.cells.text(row.ParentSpanId);
		columns.traceState.cells.text(row.TraceState);
		columns.spanName.cells.text(row.SpanName);
		columns.spanKind.cells.text(row.SpanKind);
		columns.serviceName.cells.text(row.ServiceName);
		resources.write(columns.resourceAttributes, row.ResourceAttributes);
		columns.scopeName.cells.text(row.ScopeName);
		columns.scopeVersion.cells.text(row.ScopeVersion);
		writeMap(columns.spanAttributes, row.SpanAttributes);
		writeNanos(columns.duration, BigInt(row.Duration));
		columns.statusCode.cells.text(row.StatusCode);
		columns.statusMessage.cells.text(row.StatusMessage);
		writeTimes(columns.eventTimes, row["Events.Timestamp"]);
		writeTexts(columns.eventNames, row["Events.Name"]);
		writeMaps(columns.eventAttributes, row["Events.Attributes"]);
		writeTexts(columns.linkTraceIds, row["Links.TraceId"]);
		writeTexts(columns.linkSpanIds, row["Links.SpanId"]);
		writeTexts(columns.linkTraceStates, row["Links.TraceState"]);
		writeMaps(columns.linkAttributes, row["Links.Attributes"]);
		columns.rows++;
		checkBlockBytes(columns.repeatedBytes());
	}
	return columns.encode();
}

const LOG_TEXTS = [
	"TraceId",
	"SpanId",
	"SeverityText",
	"ServiceName",
	"Body",
	"ResourceSchemaUrl",
	"ScopeSchemaUrl",
	"ScopeName",
	"ScopeVersion",
	"EventName",
] as const satisfies readonly (keyof LogRow)[];

/** The same for `otel_logs`. */
export function encodeLogRows(rows: readonly LogRow[]): Buffer {
	const times = new FixedColumn("DateTime64(9)");
	const flags = new FixedColumn("UInt8");
	const severities = new FixedColumn("UInt8");
	const texts = LOG_TEXTS.map((name) => [name, new TextColumn()] as const);
	const [resources, scopes, attributes] = [mapColumn(), mapColumn(), mapColumn()];
	const [resourceMaps, scopeMaps] = [new RepeatedMap(), new RepeatedMap()];
	for (const row of rows) {
		writeNanos(times, nanosOf(row.Timestamp));
		flags.cells.byte(row.TraceFlags);
		severities.cells.byte(row.SeverityNumber);
		for (const [name, column] of texts) column.cells.text(row[name]);
		resourceMaps.write(resources, row.ResourceAttributes);
		scopeMaps.write(scopes, row.ScopeAttributes);
		writeMap(attributes, row.LogAttributes);
		checkBlockBytes(
			[...resources.items, ...scopes.items, ...texts.map(([, column]) => column)].reduce(
				(sum, { cells }) => sum + cells.length,
				0,
			),
		);
	}
	const columns: Record<string, Column> = {
		Timestamp: times,
		TraceFlags: flags,
		SeverityNumber: severities,
		...Object.fromEntries(texts),
		ResourceAttributes: resources,
		ScopeAttributes: scopes,
		LogAttributes: attributes,
	};
	return rows.length === 0 ? Buffer.allocUnsafeSlow(0) : encodeBlock(columns, rows.length);
}

/** Spans of one resource follow each other and share one object: its cells are written once and then copied. */
class RepeatedMap {
	private map: AttributeMap | undefined;
	private keys = Buffer.alloc(0);
	private values = Buffer.alloc(0);
	private count = 0;

	write(column: MapColumn, map: AttributeMap): void {
		const [keys, values] = column.items;
		if (map === this.map) {
			keys.cells.raw(this.keys);
			values.cells.raw(this.values);
			column.endRow(this.count);
			return;
		}
		const [from, valuesFrom, before] = [keys.cells.length, values.cells.length, column.count];
		writeMap(column, map);
		this.map = map;
		this.keys = Buffer.from(keys.cells.bytes.subarray(from, keys.cells.length));
		this.values = Buffer.from(values.cells.bytes.subarray(valuesFrom, values.cells.length));
		this.count = column.count - before;
	}
}

function writeMap(column: MapColumn, map: AttributeMap): void {
	const [keys, values] = column.items;
	let count = 0;
	for (const key of Object.keys(map)) {
		keys.cells.text(key);
		values.cells.text(map[key] ?? "");
		count++;
	}
	column.endRow(count);
}

function writeMaps(column: ListColumn<readonly [MapColumn]>, maps: readonly AttributeMap[]): void {
	for (const map of maps) writeMap(column.items[0], map);
	column.endRow(maps.length);
}

function writeTexts(column: ListColumn<readonly [TextColumn]>, texts: readonly string[]): void {
	for (const text of texts) column.items[0].cells.text(text);
	column.endRow(texts.length);
}

function writeTimes(column: ListColumn<readonly [FixedColumn]>, times: readonly string[]): void {
	for (const time of times) writeNanos(column.items[0], nanosOf(time));
	column.endRow(times.length);
}

function writeNanos({ cells }: FixedColumn, value: bigint): void {
	cells.uint64(Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
}

const SECONDS = /^(\d{10,})\.(\d{9})$/;
const DATE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?$/;

/** Nanoseconds since 1970 of what `timeText` writes, and of a UTC date. */
function nanosOf(text: string): bigint {
	const seconds = SECONDS.exec(text);
	if (seconds !== null) return BigInt(`${seconds[1]}${seconds[2]}`);
	const date = DATE.exec(text);
	const ms = date === null ? Number.NaN : Date.parse(`${date[1]}T${date[2]}Z`);
	if (Number.isNaN(ms))
		throw new OtlpDecodeError(
			`"${text}" is no time; give "2026-01-01 00:00:00.123456789" or seconds since 1970 as "1764000000.123456789"`,
		);
	return BigInt(ms) * 1_000_000n + BigInt((date?.[3] ?? "").padEnd(9, "0"));
}
