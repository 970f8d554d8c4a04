import { ByteBuffer } from "./byte-buffer.ts";

/**
 * Columns of ClickHouse's Native format (https://clickhouse.com/docs/interfaces/formats/Native): the format that costs the engine least to
 * read. Strings are written as plain String, also where the table has LowCardinality: the engine casts.
 */

export interface Column {
	readonly type: string;
	/** Where the column ends now, to come back to by `rewind`. */
	mark(into: number[]): void;
	/** Takes back what was written since a mark; `at` is the index of this column's part of it. Returns the next column's. */
	rewind(marks: readonly number[], at: number): number;
	/** The column's bytes, in the order in which the format wants them. */
	parts(): Buffer[];
}

export class TextColumn implements Column {
	readonly type: string = "String";
	readonly cells: ByteBuffer = new ByteBuffer();

	mark(into: number[]): void {
		into.push(this.cells.length);
	}

	rewind(marks: readonly number[], at: number): number {
		this.cells.length = marks[at] ?? 0;
		return at + 1;
	}

	parts(): Buffer[] {
		return [this.cells.take()];
	}
}

/** Numbers of a fixed width: `UInt64`, `DateTime64(9)`, `UInt8`. */
export class FixedColumn implements Column {
	readonly type: string;
	readonly cells: ByteBuffer = new ByteBuffer();

	constructor(type: "UInt64" | "UInt8" | "DateTime64(9)") {
		this.type = type;
	}

	mark(into: number[]): void {
		into.push(this.cells.length);
	}

	rewind(marks: readonly number[], at: number): number {
		this.cells.length = marks[at] ?? 0;
		return at + 1;
	}

	parts(): Buffer[] {
		return [this.cells.take()];
	}
}

/** An Array or a Map: for every row where it ends, then the items of all rows together. */
export class ListColumn<Items extends readonly Column[]> implements Column {
	readonly type: string;
	readonly items: Items;
	/** Items of all rows so far. */
	count = 0;
	private readonly ends = new ByteBuffer();

	constructor(type: string, items: Items) {
		this.type = type;
		this.items = items;
	}

	/** Ends a row that has this many items, which were written before. */
	endRow(items: number): void {
		this.count += items;
		this.ends.uint64(this.count, 0);
	}

	mark(into: number[]): void {
		into.push(this.count, this.ends.length);
		for (const item of this.items) item.mark(into);
	}

	rewind(marks: readonly number[], at: number): number {
		this.count = marks[at] ?? 0;
		this.ends.length = marks[at + 1] ?? 0;
		let next = at + 2;
		for (const item of this.items) next = item.rewind(marks, next);
		return next;
	}

	parts(): Buffer[] {
		return [this.ends.take(), ...this.items.flatMap((item) => item.parts())];
	}
}

export type MapColumn = ListColumn<readonly [TextColumn, TextColumn]>;

export function mapColumn(): MapColumn {
	return new ListColumn("Map(String, String)", [new TextColumn(), new TextColumn()]);
}

export function arrayColumn<Item extends Column>(item: Item): ListColumn<readonly [Item]> {
	return new ListColumn(`Array(${item.type})`, [item]);
}

/** One block: any number of them, one after another, are a file or a body in the Native format. */
export function encodeBlock(columns: Readonly<Record<string, Column>>, rows: number): Buffer {
	const entries = Object.entries(columns);
	const header = new ByteBuffer();
	header.varint(entries.length);
	header.varint(rows);
	const parts: Buffer[] = [];
	let from = 0;
	for (const [name, column] of entries) {
		header.text(name);
		header.text(column.type);
		parts.push(header.bytes.subarray(from, header.length), ...column.parts());
		from = header.length;
	}
	// Of its own memory, not a part of Node's pool: it may be handed to another thread.
	const block = Buffer.allocUnsafeSlow(parts.reduce((size, part) => size + part.length, 0));
	let at = 0;
	for (const part of parts) {
		block.set(part, at);
		at += part.length;
	}
	return block;
}
