import { isUtf8 } from "node:buffer";

/** Copying by hand is quicker than a call of `set` up to about this many bytes. */
const COPY_BY_HAND = 32;

/** Bytes that grow at their end: what one column of a Native block is written into. */
export class ByteBuffer {
	bytes: Buffer;
	length = 0;

	constructor(capacity = 1024) {
		this.bytes = Buffer.allocUnsafeSlow(capacity);
	}

	/** Makes room for this many bytes more. */
	reserve(more: number): void {
		if (this.length + more <= this.bytes.length) return;
		const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}

	/** An unsigned LEB128 integer below 2³². */
	varint(value: number): void {
		this.reserve(5);
		let rest = value;
		while (rest > 127) {
			this.bytes[this.length++] = (rest & 127) | 128;
			rest >>>= 7;
		}
		this.bytes[this.length++] = rest;
	}

	byte(value: number): void {
		this.reserve(1);
		this.bytes[this.length++] = value;
	}

	/** A 64-bit integer from its two halves. */
	uint64(low: number, high: number): void {
		this.reserve(8);
		const { bytes, length } = this;
		bytes[length] = low;
		bytes[length + 1] = low >>> 8;
		bytes[length + 2] = low >>> 16;
		bytes[length + 3] = low >>> 24;
		bytes[length + 4] = high;
		bytes[length + 5] = high >>> 8;
		bytes[length + 6] = high >>> 16;
		bytes[length + 7] = high >>> 24;
		this.length = length + 8;
	}

	/** Bytes as they are. */
	raw(source: Uint8Array): void {
		this.reserve(source.length);
		this.bytes.set(source, this.length);
		this.length += source.length;
	}

	/** A string with its length before it. Lone surrogates become U+FFFD. */
	text(text: string): void {
		const size = text.length;
		if (size > 64) {
			const bytes = Buffer.byteLength(text);
			this.varint(bytes);
			this.reserve(bytes);
			this.length += this.bytes.write(text, this.length);
			return;
		}
		this.reserve(size + 1);
		const start = this.length;
		const { bytes } = this;
		bytes[start] = size;
		for (let index = 0; index < size; index++) {
			const code = text.charCodeAt(index);
			if (code > 127) {
				const encoded = Buffer.from(text);
				this.varint(encoded.length);
				this.raw(encoded);
				return;
			}
			bytes[start + 1 + index] = code;
		}
		this.length = start + 1 + size;
	}

	/** The same for UTF-8 in other bytes; what is no UTF-8 becomes U+FFFD. */
	slice(source: Buffer, start: number, end: number): void {
		const size = end - start;
		this.varint(size);
		this.reserve(size);
		const at = this.length;
		if (size <= COPY_BY_HAND) {
			let all = 0;
			const { bytes } = this;
			for (let index = 0; index < size; index++) {
				const byte = source[start + index] as number;
				all |= byte;
				bytes[at + index] = byte;
			}
			if (all < 128 || isUtf8(bytes.subarray(at, at + size))) {
				this.length = at + size;
				return;
			}
		} else {
			const view = source.subarray(start, end);
			if (isUtf8(view)) {
				this.bytes.set(view, at);
				this.length = at + size;
				return;
			}
		}
		this.length = at - varintSize(size);
		this.text(source.toString("utf8", start, end));
	}

	take(): Buffer {
		return this.bytes.subarray(0, this.length);
	}
}

function varintSize(value: number): number {
	let size = 1;
	for (let rest = value; rest > 127; rest >>>= 7) size++;
	return size;
}
