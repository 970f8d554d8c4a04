import {
	arrayColumn,
	type Column,
	encodeBlock,
	FixedColumn,
	type ListColumn,
	type MapColumn,
	mapColumn,
	TextColumn,
} from "./columns.ts";

/** Rows of a request, ready to be inserted. */
export interface RowBlock {
	/** One block in the Native format; empty where there are no rows. */
	readonly block: Buffer;
	readonly rows: number;
	readonly rejected: number;
	/** Why items were rejected; empty where none was. */
	readonly message: string;
}

/** The columns of an empty span. */
const MIN_ROW_BYTES = 160;

/** The columns of `otel_traces`, in the exporter's order. */
export class TraceColumns {
	readonly timestamp: FixedColumn = new FixedColumn("DateTime64(9)");
	readonly traceId: TextColumn = new TextColumn();
	readonly spanId: TextColumn = new TextColumn();
	readonly parentSpanId: TextColumn = new TextColumn();
	readonly traceState: TextColumn = new TextColumn();
	readonly spanName: TextColumn = new TextColumn();
	readonly spanKind: TextColumn = new TextColumn();
	readonly serviceName: TextColumn = new TextColumn();
	readonly resourceAttributes: MapColumn = mapColumn();
	readonly scopeName: TextColumn = new TextColumn();
	readonly scopeVersion: TextColumn = new TextColumn();
	readonly spanAttributes: MapColumn = mapColumn();
	readonly duration: FixedColumn = new FixedColumn("UInt64");
	readonly statusCode: TextColumn = new TextColumn();
	readonly statusMessage: TextColumn = new TextColumn();
	readonly eventTimes: ListColumn<readonly [FixedColumn]> = arrayColumn(new FixedColumn("DateTime64(9)"));
	readonly eventNames: ListColumn<readonly [TextColumn]> = arrayColumn(new TextColumn());
	readonly eventAttributes: ListColumn<readonly [MapColumn]> = arrayColumn(mapColumn());
	readonly linkTraceIds: ListColumn<readonly [TextColumn]> = arrayColumn(new TextColumn());
	readonly linkSpanIds: ListColumn<readonly [TextColumn]> = arrayColumn(new TextColumn());
	readonly linkTraceStates: ListColumn<readonly [TextColumn]> = arrayColumn(new TextColumn());
	readonly linkAttributes: ListColumn<readonly [MapColumn]> = arrayColumn(mapColumn());
	rows = 0;

	private readonly byName: Readonly<Record<string, Column>> = {
		Timestamp: this.timestamp,
		TraceId: this.traceId,
		SpanId: this.spanId,
		ParentSpanId: this.parentSpanId,
		TraceState: this.traceState,
		SpanName: this.spanName,
		SpanKind: this.spanKind,
		ServiceName: this.serviceName,
		ResourceAttributes: this.resourceAttributes,
		ScopeName: this.scopeName,
		ScopeVersion: this.scopeVersion,
		SpanAttributes: this.spanAttributes,
		Duration: this.duration,
		StatusCode: this.statusCode,
		StatusMessage: this.statusMessage,
		"Events.Timestamp": this.eventTimes,
		"Events.Name": this.eventNames,
		"Events.Attributes": this.eventAttributes,
		"Links.TraceId": this.linkTraceIds,
		"Links.SpanId": this.linkSpanIds,
		"Links.TraceState": this.linkTraceStates,
		"Links.Attributes": this.linkAttributes,
	};

	/** Where everything ends now. */
	mark(into: number[]): void {
		into.length = 0;
		for (const name in this.byName) this.byName[name]?.mark(into);
	}

	/** Takes back what was written since the mark; without one, everything. */
	rewind(marks: readonly number[] = []): void {
		let at = 0;
		for (const name in this.byName) at = this.byName[name]?.rewind(marks, at) ?? at;
	}

	/** Bytes that can grow beyond any proportion to the request: what every span repeats, and what an empty span takes. */
	repeatedBytes(): number {
		const [keys, values] = this.resourceAttributes.items;
		return (
			keys.cells.length +
			values.cells.length +
			this.serviceName.cells.length +
			this.scopeName.cells.length +
			this.scopeVersion.cells.length +
			this.rows * MIN_ROW_BYTES
		);
	}

	encode(): Buffer {
		return this.rows === 0 ? Buffer.allocUnsafeSlow(0) : encodeBlock(this.byName, this.rows);
	}
}
