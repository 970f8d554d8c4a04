/** Reads blocks of ClickHouse's Native format back to rows, by its description and not by our writer: what tests compare with. */

type Cells = unknown[];

interface Cursor {
	readonly bytes: Buffer;
	at: number;
}

function varint(cursor: Cursor): number {
	let value = 0;
	for (let shift = 0; ; shift += 7) {
		const byte = cursor.bytes.readUInt8(cursor.at++);
		value += (byte & 127) * 2 ** shift;
		if (byte < 128) return value;
	}
}

function text(cursor: Cursor): string {
	const size = varint(cursor);
	cursor.at += size;
	if (cursor.at > cursor.bytes.length) throw new Error("a string leaves the block");
	return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
		cursor.bytes.subarray(cursor.at - size, cursor.at),
	);
}

function column(cursor: Cursor, type: string, rows: number): Cells {
	const each = (read: () => unknown): Cells => Array.from({ length: rows }, read);
	const uint64 = (): bigint => {
		cursor.at += 8;
		return cursor.bytes.readBigUInt64LE(cursor.at - 8);
	};
	if (type === "String") return each(() => text(cursor));
	if (type === "UInt8") return each(() => cursor.bytes.readUInt8(cursor.at++));
	if (type === "UInt64" || type === "DateTime64(9)") return each(uint64);
	const ends = each(uint64).map(Number);
	const count = ends.at(-1) ?? 0;
	const slices = (items: Cells): Cells[] => ends.map((end, row) => items.slice(ends[row - 1] ?? 0, end));
	if (type === "Map(String, String)") {
		const keys = column(cursor, "String", count);
		const values = column(cursor, "String", count);
		return slices(keys.map((key, index) => [key, values[index]])).map((pairs) =>
			Object.fromEntries(pairs as [string, string][]),
		);
	}
	const inner = /^Array\((.*)\)$/.exec(type)?.[1];
	if (inner === undefined) throw new Error(`unknown type ${type}`);
	return slices(column(cursor, inner, count));
}

/** Rows by column name; 64-bit numbers and times are bigints. Throws where the bytes are no blocks, and where a text is no UTF-8. */
export function readNative(bytes: Buffer): Record<string, unknown>[] {
	const cursor = { bytes, at: 0 };
	const rows: Record<string, unknown>[] = [];
	while (cursor.at < bytes.length) {
		const columns = varint(cursor);
		const count = varint(cursor);
		const block: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
		for (let index = 0; index < columns; index++) {
			const name = text(cursor);
			const cells = column(cursor, text(cursor), count);
			for (const [row, cell] of cells.entries()) (block[row] ?? {})[name] = cell;
		}
		rows.push(...block);
	}
	return rows;
}
