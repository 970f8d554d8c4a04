/**
 * CityHash128 in the version 1.0.2 that ClickHouse keeps for its compressed blocks (later versions give other values).
 * Source: Pike and Alakuijala, "CityHash", 2011, `CityHash128` of release 1.0.2.
 *
 * V8 runs BigInts that are cut to 64 bits at once as machine words, hence the many `asUintN`.
 */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const K3 = 0xc949d7c7509e6557n;
const HASH_MUL = 0x9ddfea08eb382d69n;

interface Hash128 {
	readonly low: bigint;
	readonly high: bigint;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const add = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a + b);
const subtract = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a - b);
const multiply = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a * b);
const rotate = (value: bigint, shift: bigint): bigint =>
	BigInt.asUintN(64, (value >> shift) | BigInt.asUintN(64, value << (64n - shift)));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

function hashPair(u: bigint, v: bigint): bigint {
	const a = shiftMix(multiply(u ^ v, HASH_MUL));
	return multiply(shiftMix(multiply(v ^ a, HASH_MUL)), HASH_MUL);
}

/**
 * The checksum of a compressed block: 16 bytes, the low half first.
 * @example cityHash128(block).equals(frame.subarray(0, 16))
 */
export function cityHash128(bytes: Uint8Array): Buffer {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const { low, high } = hash(view);
	const digest = Buffer.alloc(16);
	digest.writeBigUInt64LE(low, 0);
	digest.writeBigUInt64LE(high, 8);
	return digest;
}

function hash(view: DataView): Hash128 {
	const length = view.byteLength;
	const at = (offset: number): bigint => view.getBigUint64(offset, true);
	if (length >= 16) {
		const rest = new DataView(view.buffer, view.byteOffset + 16, length - 16);
		return rest.byteLength < 128 ? hashShort(rest, at(0) ^ K3, at(8)) : hashLong(rest, at(0) ^ K3, at(8));
	}
	if (length >= 8) {
		const seed = at(0) ^ multiply(BigInt(length), K0);
		return hashShort(new DataView(new ArrayBuffer(0)), seed, at(length - 8) ^ K1);
	}
	return hashShort(view, K0, K1);
}

/** `CityMurmur`: fewer than 128 bytes. */
function hashShort(view: DataView, low: bigint, high: bigint): Hash128 {
	const length = view.byteLength;
	const at = (offset: number): bigint => view.getBigUint64(offset, true);
	let a = low;
	let b = high;
	let c: bigint;
	let d: bigint;
	if (length <= 16) {
		a = multiply(shiftMix(multiply(a, K1)), K1);
		c = add(multiply(b, K1), hashTiny(view));
		d = shiftMix(add(a, length >= 8 ? at(0) : c));
	} else {
		c = hashPair(add(at(length - 8), K1), a);
		d = hashPair(add(b, BigInt(length)), add(c, at(length - 16)));
		a = add(a, d);
		for (let offset = 0; offset + 16 < length; offset += 16) {
			a = multiply(a ^ multiply(shiftMix(multiply(at(offset), K1)), K1), K1);
			b ^= a;
			c = multiply(c ^ multiply(shiftMix(multiply(at(offset + 8), K1)), K1), K1);
			d ^= c;
		}
	}
	a = hashPair(a, c);
	b = hashPair(d, b);
	return { low: a ^ b, high: hashPair(b, a) };
}

/** `HashLen0to16`. */
function hashTiny(view: DataView): bigint {
	const length = view.byteLength;
	if (length > 8) {
		const a = view.getBigUint64(0, true);
		const b = view.getBigUint64(length - 8, true);
		return hashPair(a, rotate(add(b, BigInt(length)), BigInt(length))) ^ b;
	}
	if (length >= 4)
		return hashPair(
			BigInt(length) + (BigInt(view.getUint32(0, true)) << 3n),
			BigInt(view.getUint32(length - 4, true)),
		);
	if (length === 0) return K2;
	const y = BigInt(view.getUint8(0)) + (BigInt(view.getUint8(length >> 1)) << 8n);
	const z = BigInt(length) + (BigInt(view.getUint8(length - 1)) << 2n);
	return multiply(shiftMix(multiply(y, K2) ^ multiply(z, K3)), K2);
}

/** 128 bytes and more. Every 64 bytes are one turn of the same loop; the two pairs v and w are kept in plain variables for speed. */
function hashLong(view: DataView, low: bigint, high: bigint): Hash128 {
	const length = view.byteLength;
	let x = low;
	let y = high;
	let z = multiply(BigInt(length), K1);
	let vLow = u64(rotate(y ^ K1, 49n) * K1 + view.getBigUint64(0, true));
	let vHigh = u64(rotate(vLow, 42n) * K1 + view.getBigUint64(8, true));
	let wLow = u64(rotate(add(y, z), 35n) * K1 + x);
	let wHigh = multiply(rotate(add(x, view.getBigUint64(88, true)), 53n), K1);
	const mix = (offset: number, first: bigint, second: bigint): void => {
		const a = add(first, view.getBigUint64(offset, true));
		const last = view.getBigUint64(offset + 24, true);
		const b = rotate(u64(second + a + last), 21n);
		const middle = u64(a + view.getBigUint64(offset + 8, true) + view.getBigUint64(offset + 16, true));
		mixedLow = add(middle, last);
		mixedHigh = u64(b + rotate(middle, 44n) + a);
	};
	let mixedLow = 0n;
	let mixedHigh = 0n;
	const whole = length - (length % 128);
	for (let offset = 0; offset < whole; offset += 64) {
		x = multiply(rotate(u64(x + y + vLow + view.getBigUint64(offset + 16, true)), 37n), K1) ^ wHigh;
		y = multiply(rotate(u64(y + vHigh + view.getBigUint64(offset + 48, true)), 42n), K1) ^ vLow;
		z = rotate(z ^ wLow, 33n);
		mix(offset, multiply(vHigh, K1), add(x, wLow));
		vLow = mixedLow;
		vHigh = mixedHigh;
		mix(offset + 32, add(z, wHigh), y);
		wLow = mixedLow;
		wHigh = mixedHigh;
		[z, x] = [x, z];
	}
	y = u64(y + rotate(wLow, 37n) * K0 + z);
	x = u64(x + rotate(add(vLow, z), 49n) * K0);
	// The rest, in chunks of 32 bytes from the end.
	for (let done = 32; done - 32 < length - whole; done += 32) {
		y = u64(rotate(subtract(y, x), 42n) * K0 + vHigh);
		wLow = add(wLow, view.getBigUint64(length - done + 16, true));
		x = u64(rotate(x, 49n) * K0 + wLow);
		wLow = add(wLow, vLow);
		mix(length - done, vLow, vHigh);
		vLow = mixedLow;
		vHigh = mixedHigh;
	}
	x = hashPair(x, vLow);
	y = hashPair(y, wLow);
	return {
		low: add(hashPair(add(x, vHigh), wHigh), y),
		high: hashPair(add(x, wHigh), add(y, vHigh)),
	};
}
