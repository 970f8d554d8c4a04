import { type NativeType, parseNativeType } from "./native-type.ts";
import { ClickHouseHttpError } from "./read-request.ts";

/** From these versions of the protocol on, a Native block carries more; a client says its version as `client_protocol_version`. */
const WITH_BLOCK_INFO = 51_903;
const WITH_CUSTOM_SERIALIZATION = 54_454;

/** Field 1: no overflow row; field 2: bucket −1; the end. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 255, 255, 255, 255, 0]);
const PLAIN_SERIALIZATION = Buffer.from([0]);

/**
 * The embedded engine writes Native as for version 0. Clients of the newer protocol (clickhouse-go, and with it the Collector and
 * Grafana) expect a block's info before it, and before every column's data whether it is serialized in a special way: never, here.
 * Throws ClickHouseHttpError where a column's type is one whose bytes cannot be told apart.
 */
export function raiseNativeRevision(bytes: Uint8Array, revision: number): Buffer {
	if (revision < WITH_BLOCK_INFO) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const reader = new NativeReader(bytes);
	const parts: Uint8Array[] = [];
	while (!reader.ended()) {
		let from = reader.offset;
		const columns = reader.varint();
		const rows = reader.varint();
		parts.push(BLOCK_INFO, bytes.subarray(from, reader.offset));
		for (let column = 0; column < columns; column++) {
			from = reader.offset;
			const name = reader.text();
			const typeText = reader.text();
			parts.push(bytes.subarray(from, reader.offset));
			if (revision >= WITH_CUSTOM_SERIALIZATION) parts.push(PLAIN_SERIALIZATION);
			const type = parseNativeType(typeText);
			if (type === undefined) throw unknownType(name, typeText);
			from = reader.offset;
			reader.skipColumn(type, rows);
			parts.push(bytes.subarray(from, reader.offset));
		}
	}
	return Buffer.concat(parts);
}

function unknownType(name: string, type: string): ClickHouseHttpError {
	return new ClickHouseHttpError(
		48,
		"NOT_IMPLEMENTED",
		`Column ${name} of type ${type} cannot be sent in Native by the embedded ClickHouse; convert it, for example with toString`,
	);
}

class NativeReader {
	offset = 0;
	private readonly view: DataView;
	private readonly bytes: Uint8Array;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	ended(): boolean {
		return this.offset >= this.bytes.length;
	}

	varint(): number {
		let value = 0;
		for (let scale = 1; ; scale *= 128) {
			const byte = this.view.getUint8(this.offset++);
			value += (byte & 127) * scale;
			if (byte < 128) return value;
		}
	}

	text(): string {
		const length = this.varint();
		this.skip(length);
		return Buffer.from(this.bytes.subarray(this.offset - length, this.offset)).toString("utf8");
	}

	/** State before the data, for the column and everything in it; then the data. */
	skipColumn(type: NativeType, rows: number): void {
		if (rows === 0) return;
		this.skipPrefix(type);
		this.skipData(type, rows);
	}

	private skip(bytes: number): void {
		this.offset += bytes;
		if (this.offset > this.bytes.length) throw new Error("the engine's Native result ends inside a column");
	}

	private uint64(): number {
		this.skip(8);
		return Number(this.view.getBigUint64(this.offset - 8, true));
	}

	private skipPrefix(type: NativeType): void {
		switch (type.kind) {
			case "low-cardinality":
				this.skip(8);
				return;
			case "array":
			case "nullable":
				this.skipPrefix(type.of);
				return;
			case "tuple":
				for (const element of type.of) this.skipPrefix(element);
				return;
			case "fixed":
			case "string":
				return;
		}
	}

	private skipData(type: NativeType, rows: number): void {
		if (rows === 0) return;
		switch (type.kind) {
			case "fixed":
				this.skip(type.bytes * rows);
				return;
			case "string":
				for (let row = 0; row < rows; row++) this.skip(this.varint());
				return;
			case "nullable":
				this.skip(rows);
				this.skipData(type.of, rows);
				return;
			case "tuple":
				// An empty tuple is one byte a row.
				if (type.of.length === 0) this.skip(rows);
				for (const element of type.of) this.skipData(element, rows);
				return;
			case "array":
				this.skip(8 * (rows - 1));
				this.skipData(type.of, this.uint64());
				return;
			case "low-cardinality":
				this.skipLowCardinality(type.of);
				return;
		}
	}

	/** Flags with the size of an index in their low byte, the dictionary with its length, the indexes with theirs. */
	private skipLowCardinality(of: NativeType): void {
		const flags = this.uint64();
		this.skipData(of, this.uint64());
		this.skip(this.uint64() * 2 ** (flags & 255));
	}
}
