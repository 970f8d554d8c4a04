/** LZ4 blocks, as ClickHouse has them inside its compressed frames. Format: Collet, "LZ4 Block Format Description", version 1.6. */

const MIN_MATCH = 4;
/** The format's end conditions: the last match starts 12 bytes before the end at the latest, the last 5 bytes are literals. */
const LAST_MATCH_START = 12;
const LAST_LITERALS = 5;
const MAX_OFFSET = 65_535;
const HASH_BITS = 14;

export class Lz4Error extends Error {
	override readonly name = "Lz4Error";
}

/**
 * Throws Lz4Error where the block is damaged or does not come to `size` bytes; never writes or reads outside of them.
 * @example decompressLz4(block, 65_536)
 */
export function decompressLz4(block: Uint8Array, size: number): Buffer {
	const out = Buffer.allocUnsafe(size);
	let read = 0;
	let written = 0;
	const readLength = (first: number): number => {
		let length = first;
		if (first !== 15) return length;
		for (let more = 255; more === 255; ) {
			if (read >= block.length) throw new Lz4Error("the block ends inside a length");
			more = block[read++] ?? 0;
			length += more;
		}
		return length;
	};
	while (read < block.length) {
		const token = block[read++] ?? 0;
		const literals = readLength(token >> 4);
		if (literals > block.length - read || literals > size - written)
			throw new Lz4Error("literals go past the end");
		out.set(block.subarray(read, read + literals), written);
		read += literals;
		written += literals;
		if (read === block.length) break;
		if (read + 2 > block.length) throw new Lz4Error("the block ends inside an offset");
		const offset = (block[read] ?? 0) | ((block[read + 1] ?? 0) << 8);
		read += 2;
		const length = readLength(token & 15) + MIN_MATCH;
		if (offset === 0 || offset > written) throw new Lz4Error("a match starts before the beginning");
		if (length > size - written) throw new Lz4Error("a match goes past the end");
		copyMatch(out, written, offset, length);
		written += length;
	}
	if (written !== size) throw new Lz4Error(`the block holds ${written} bytes, not ${size}`);
	return out;
}

/** A match may overlap what it writes: then it repeats. */
function copyMatch(out: Buffer, at: number, offset: number, length: number): void {
	if (offset >= length) {
		out.copyWithin(at, at - offset, at - offset + length);
		return;
	}
	for (let index = 0; index < length; index++) out[at + index] = out[at + index - offset] ?? 0;
}

/** Greedy, one candidate per hash: as quick as JavaScript allows, and as small as LZ4's own fast mode within a few percent. */
export function compressLz4(bytes: Uint8Array): Buffer {
	const out = Buffer.allocUnsafe(bytes.length + Math.ceil(bytes.length / 255) + 16);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const seen = new Int32Array(1 << HASH_BITS).fill(-1);
	const lastStart = bytes.length - LAST_MATCH_START;
	const lastEnd = bytes.length - LAST_LITERALS;
	let written = 0;
	let anchor = 0;
	let position = 0;
	let misses = 0;
	while (position < lastStart) {
		const word = view.getUint32(position, true);
		const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
		const candidate = seen[slot] ?? -1;
		seen[slot] = position;
		if (candidate < 0 || position - candidate > MAX_OFFSET || view.getUint32(candidate, true) !== word) {
			// Where nothing repeats, look less and less often.
			position += 1 + (misses++ >> 6);
			continue;
		}
		misses = 0;
		let length = MIN_MATCH;
		while (position + length < lastEnd && bytes[candidate + length] === bytes[position + length]) length++;
		written = writeSequence(out, written, bytes.subarray(anchor, position), position - candidate, length);
		position += length;
		anchor = position;
	}
	written = writeSequence(out, written, bytes.subarray(anchor), 0, 0);
	return out.subarray(0, written);
}

/** `length` 0: the last sequence, which has literals only. */
function writeSequence(
	out: Buffer,
	at: number,
	literals: Uint8Array,
	offset: number,
	length: number,
): number {
	const match = length === 0 ? 0 : length - MIN_MATCH;
	let written = at;
	out[written++] = (Math.min(literals.length, 15) << 4) | Math.min(match, 15);
	written = writeLength(out, written, literals.length);
	out.set(literals, written);
	written += literals.length;
	if (length === 0) return written;
	out[written++] = offset & 255;
	out[written++] = offset >> 8;
	return writeLength(out, written, match);
}

function writeLength(out: Buffer, at: number, length: number): number {
	let written = at;
	if (length < 15) return written;
	let rest = length - 15;
	for (; rest >= 255; rest -= 255) out[written++] = 255;
	out[written++] = rest;
	return written;
}
