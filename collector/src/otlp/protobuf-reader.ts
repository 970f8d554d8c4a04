import protobuf from "protobufjs/minimal.js";
import { type AnyValue, MAX_DEPTH } from "./any-value.ts";
import { OtlpDecodeError } from "./rows.ts";

/** What both readers of OTLP's protobuf share: messages that must fit into each other, unknown fields, nested values. */

export type Reader = protobuf.Reader;

// Wire tags: field number * 8 + wire type (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes).
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
export const tag = (field: number, wire: number): number => field * 8 + wire;

/** Reads one field; false where the message has no such field, which is then skipped. */
export type OnField = (tag: number, end: number) => boolean;

/**
 * Runs a reader over a request.
 * Throws OtlpDecodeError where the bytes are no such message: cut short, lengths that lie, values nested too deeply.
 */
export function readRequest(bytes: Uint8Array, read: (reader: Reader, bytes: Buffer) => void): void {
	const buffer = Buffer.isBuffer(bytes)
		? bytes
		: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const reader = protobuf.Reader.create(buffer);
	try {
		read(reader, buffer);
	} catch (cause) {
		if (cause instanceof OtlpDecodeError) throw cause;
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new OtlpDecodeError(`not a protobuf OTLP request: byte ${reader.pos} of ${reader.len}: ${reason}`, {
			cause,
		});
	}
}

/** End of the length-delimited message that starts here. A length that leaves the enclosing message is a lie. */
export function openMessage(reader: Reader, end: number): number {
	const length = reader.uint32();
	const messageEnd = reader.pos + length;
	if (messageEnd > end) throw new RangeError(`a field of ${length} bytes does not fit into its message`);
	return messageEnd;
}

export function readFields(reader: Reader, end: number, onField: OnField): void {
	while (reader.pos < end) {
		const field = reader.uint32();
		if (field >>> 3 === 0) throw new Error("field number 0");
		if (!onField(field, end)) reader.skipType(field & 7);
	}
	if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
}

/** A known field in a wire type that is not its own means that these are other bytes than they seem. */
export function skipUnknown(reader: Reader, field: number, lastKnown: number): void {
	const number = field >>> 3;
	const dropped = field & 7;
	if (number === 0) throw new Error("field number 0");
	if (number <= lastKnown && dropped !== WIRE.varint)
		throw new Error(`field ${number} has wire type ${dropped}`);
	reader.skipType(field & 7);
}

export function readAnyValue(reader: Reader, end: number, depth: number): AnyValue {
	if (depth > MAX_DEPTH)
		throw new OtlpDecodeError(
			`a value is nested more than ${MAX_DEPTH} levels deep; send it as a JSON string`,
		);
	let value: AnyValue = null;
	while (reader.pos < end) {
		const field = reader.uint32();
		switch (field) {
			case 10:
				value = reader.string();
				break;
			case 16:
				value = reader.bool();
				break;
			case 24:
				value = readInt64(reader);
				break;
			case 33:
				value = reader.double();
				break;
			case 42:
				value = readList(reader, openMessage(reader, end), depth);
				break;
			case 50:
				value = readMap(reader, openMessage(reader, end), depth);
				break;
			case 58:
				value = reader.bytes();
				break;
			default:
				skipUnknown(reader, field, 7);
		}
	}
	if (reader.pos !== end) throw new RangeError("a field does not fit into its message");
	return value;
}

function readList(reader: Reader, end: number, depth: number): AnyValue[] {
	const list: AnyValue[] = [];
	readFields(reader, end, (field, limit) => {
		if (field !== tag(1, WIRE.bytes)) return false;
		list.push(readAnyValue(reader, openMessage(reader, limit), depth + 1));
		return true;
	});
	return list;
}

function readMap(reader: Reader, end: number, depth: number): Map<string, AnyValue> {
	const map = new Map<string, AnyValue>();
	readFields(reader, end, (field, limit) => {
		if (field !== tag(1, WIRE.bytes)) return false;
		let key = "";
		let value: AnyValue = null;
		readFields(reader, openMessage(reader, limit), (member, memberLimit) => {
			if (member === tag(1, WIRE.bytes)) key = reader.string();
			else if (member === tag(2, WIRE.bytes))
				value = readAnyValue(reader, openMessage(reader, memberLimit), depth + 1);
			else return false;
			return true;
		});
		map.set(key, value);
		return true;
	});
	return map;
}

function readInt64(reader: Reader): number | bigint {
	const value = reader.int64();
	if (typeof value === "number") return value;
	const exact = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
	const near = Number(exact);
	return Number.isSafeInteger(near) ? near : exact;
}
