import { zstdDecompressSync } from "node:zlib";
import { cityHash128 } from "./city-hash-128.ts";
import { compressLz4, decompressLz4 } from "./lz4-block.ts";
import { ClickHouseHttpError } from "./read-request.ts";

/**
 * ClickHouse's own compression (parameters `compress=1` and `decompress=1`): frames of a 16-byte CityHash128 of the rest, a method, the
 * frame's size (with the 9 bytes of method and sizes), the size of what it holds, and the data.
 */

const CHECKSUM = 16;
const HEADER = 9;
const NONE = 0x02;
const LZ4 = 0x82;
const ZSTD = 0x90;

/** ClickHouse's own limits: what one frame may hold, and what a writer puts into one. */
const MAX_FRAME = 0x40000000;
const WRITE_BLOCK = 1_048_576;

/**
 * Throws ClickHouseHttpError with ClickHouse's codes where a frame is damaged, of an unknown method, or too large.
 * `verify: false` skips the checksums (`http_native_compression_disable_checksumming_on_decompress`).
 */
export function decodeFrames(
	bytes: Uint8Array,
	options: { readonly maxBytes: number; readonly verify?: boolean },
): Buffer {
	const { maxBytes, verify = true } = options;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const parts: Buffer[] = [];
	let total = 0;
	let offset = 0;
	while (offset < bytes.length) {
		const start = offset + CHECKSUM;
		if (start + HEADER > bytes.length) throw damaged("the data end inside a frame's header");
		const method = view.getUint8(start);
		const packed = view.getUint32(start + 1, true);
		const size = view.getUint32(start + 5, true);
		if (packed < HEADER || packed > MAX_FRAME || size > MAX_FRAME) throw tooLarge(`a frame of ${size} bytes`);
		if (start + packed > bytes.length) throw damaged("the data end inside a frame");
		total += size;
		if (total > maxBytes) throw tooLarge(`more than ${maxBytes} bytes, decompressed`);
		const frame = bytes.subarray(start, start + packed);
		if (verify && !cityHash128(frame).equals(bytes.subarray(offset, start)))
			throw new ClickHouseHttpError(40, "CHECKSUM_DOESNT_MATCH", "Checksum doesn't match: corrupted data");
		parts.push(decodeFrame(method, frame.subarray(HEADER), size));
		offset = start + packed;
	}
	return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
}

function decodeFrame(method: number, data: Uint8Array, size: number): Buffer {
	let decoded: Buffer;
	try {
		decoded = decompress(method, data, size);
	} catch (error) {
		if (error instanceof ClickHouseHttpError) throw error;
		throw damaged(error instanceof Error ? error.message : String(error));
	}
	if (decoded.length !== size) throw damaged(`a frame holds ${decoded.length} bytes, not ${size}`);
	return decoded;
}

function decompress(method: number, data: Uint8Array, size: number): Buffer {
	if (method === LZ4) return decompressLz4(data, size);
	if (method === ZSTD) return zstdDecompressSync(data, { maxOutputLength: Math.max(size, 1) });
	if (method === NONE) return Buffer.from(data);
	throw new ClickHouseHttpError(
		89,
		"UNKNOWN_COMPRESSION_METHOD",
		`Unknown codec family code: ${method}; LZ4, ZSTD and NONE are known here`,
	);
}

function damaged(what: string): ClickHouseHttpError {
	return new ClickHouseHttpError(271, "CANNOT_DECOMPRESS", `Cannot decompress the request: ${what}`);
}

function tooLarge(what: string): ClickHouseHttpError {
	return new ClickHouseHttpError(
		112,
		"TOO_LARGE_SIZE_COMPRESSED",
		`Too large compressed data: ${what}; send less at once`,
	);
}

/** LZ4 frames of 1 MiB, as a server answers to `compress=1`. */
export function encodeFrames(bytes: Uint8Array): Buffer {
	const frames: Buffer[] = [];
	for (let offset = 0; offset < bytes.length; offset += WRITE_BLOCK) {
		const block = bytes.subarray(offset, offset + WRITE_BLOCK);
		const data = compressLz4(block);
		const frame = Buffer.allocUnsafe(HEADER + data.length);
		frame[0] = LZ4;
		frame.writeUInt32LE(frame.length, 1);
		frame.writeUInt32LE(block.length, 5);
		frame.set(data, HEADER);
		frames.push(cityHash128(frame), frame);
	}
	return Buffer.concat(frames);
}
