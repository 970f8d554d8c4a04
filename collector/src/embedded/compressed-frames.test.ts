import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { cityHash128 } from "./city-hash-128.ts";
import { decodeFrames, encodeFrames } from "./compressed-frames.ts";

test("CityHash128 1.0.2 gives the values of its reference", () => {
	// From the test data of github.com/go-faster/city v1.0.1, which come from the original in C++: text, low half, high half.
	const cases: [string, string, string][] = [
		["I", "3a4a285c94f1936e", "18115b183f326829"],
		["uM4", "f567f556f5e83547", "a5c90efc9fbfd1f4"],
		["EqO2w", "a860dc368778e5cc", "4fd9ba7de405e7d2"],
		["hgshOXeh", "3d827f87ef026cde", "db3ea59195083762"],
		["jq4yNr2sh", "2f6dc419deac4528", "2ac6994229cb757c"],
		["ikMYpqGCRNf8lu", "5c28ef61e44ca61c", "3cf4e536bb86eb23"],
		["vG5lApCgvf0qHGSi0", "9b4e57c5f1bc0e44", "94238ef9d1584336"],
		["iQYX4e0w23d9Nu9lu4CcD5J12xC43El", "cf289326b4b8112e", "9b3c70221b26da25"],
		["vZrclsuKwspZGRbuzqwDPfScRqQyjBtUHvDAYY2bAbuU0LZz", "4d50f1f33352a2c4", "8ca347684086c2db"],
		[
			"wtD9wFD7UahUzLyEHF8X6HQA3kTCRLGbmfsx2WOdur8bGtjXZDjY4oCOURlBKQbQZJJKEAD1ssoL6CiItSieRGA1xDjQACGZtiWEvkuhRgWx5z",
			"bd6fa643b77afdbd",
			"4b9dde0c7626fce4",
		],
		[
			"yW6892pMW2Su5CUvdzCqqNvaBS59r2YhQpFOfbu4vNEVy3N5uwPnIiLQ0RBbJIxrAD2MU14cgVIkGtOhyX8sH6ufvlGd5QgGj8LfKof4I4dERLprPLfB1wrCeXrwwSrTFBS29m3BmtaAvQHPw",
			"27d37633662765f3",
			"8f5d8cb982811b75",
		],
		[
			"UQYs3oxDDcIiodhEPRvxre7WYfBRS5lpFDZRdv9flwt4DhTQOd0jisojzXsCtFvKj3xEZIs9Tubka4pr3VxF1b0Cg8203bXqF2FtQKDjnhpFxu8lQBLS5WxlZTQTpYO3VUQBT2O3o281RgAFYfCFNTJP9WwXWnoICMl8Z5dqSe",
			"7f3feaaa8df4bcf1",
			"c633ec3d5bd6360",
		],
	];
	for (const [text, low, high] of cases) {
		const digest = cityHash128(Buffer.from(text));
		assert.deepEqual(
			[digest.readBigUInt64LE(0), digest.readBigUInt64LE(8)],
			[BigInt(`0x${low}`), BigInt(`0x${high}`)],
			text,
		);
	}
});

test("what is compressed comes back, and what repeats takes little", () => {
	const words = "which component of the pipeline broke? ".repeat(60_000);
	for (const bytes of [
		Buffer.alloc(0),
		Buffer.from("a"),
		Buffer.from("abcdabcdabcdabcdabcd"),
		Buffer.alloc(1_048_576),
		Buffer.alloc(1_048_577, "xyz"),
		randomBytes(300_000),
		Buffer.concat([randomBytes(70_000), Buffer.from(words), randomBytes(5)]),
	])
		assert.ok(decodeFrames(encodeFrames(bytes), { maxBytes: 1e8 }).equals(bytes), `${bytes.length} bytes`);
	assert.ok(encodeFrames(Buffer.from(words)).length < words.length / 100);
});

test("every damaged frame gets ClickHouse's own error and none a wrong text", () => {
	const text = Buffer.from("select 1 ".repeat(200));
	const frames = encodeFrames(text);
	const failing = (bytes: Uint8Array, options = {}): number => {
		try {
			decodeFrames(bytes, { maxBytes: 10_000, ...options });
			return 0;
		} catch (error) {
			return (error as { code: number }).code;
		}
	};
	for (let bit = 0; bit < frames.length * 8; bit++) {
		const damaged = Buffer.from(frames);
		damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
		assert.ok([40, 112, 271].includes(failing(damaged)), `bit ${bit}: ${failing(damaged)}`);
		// Without checksums a changed literal passes, but nothing is read or written outside, and no other error comes.
		assert.ok([0, 89, 112, 271].includes(failing(damaged, { verify: false })), `bit ${bit}`);
	}
	for (let length = 1; length < frames.length; length++)
		assert.equal(failing(frames.subarray(0, length)), 271, `cut at ${length}`);
	assert.equal(failing(frames, { maxBytes: text.length - 1 }), 112);
	const bomb = Buffer.concat([Buffer.alloc(25), zstdCompressSync(Buffer.alloc(5_000_000))]);
	bomb[16] = 0x90;
	bomb.writeUInt32LE(bomb.length - 16, 17);
	bomb.writeUInt32LE(100, 21);
	assert.equal(failing(bomb, { verify: false }), 271);
});
