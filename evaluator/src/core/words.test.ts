import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";
import { hashWord, wordCounts, wordHashes, wordsOf } from "./words.ts";

for (const [text, words] of [
	["torch.hub.load('yolov5')", ["torch", "hub", "load", "yolov5"]],
	[
		"It costs 5.000,00 € on 2026-01-31 at 12:30",
		["it", "costs", "5.000,00", "on", "2026-01-31", "at", "12:30"],
	],
	["version 1.5.", ["version", "1.5"]],
	["a.b 3. 4 -5", ["a", "b", "3", "4", "5"]],
	["Größe der Tür, ÉTÉ", ["größe", "der", "tür", "été"]],
	["東京都の天気", ["東京", "京都", "都の", "の天", "天気"]],
	["今日", ["今日"]],
	["снег и лёд", ["снег", "и", "лёд"]],
	["an 𐐷𐐷 astral word", ["an", "𐐷𐐷", "astral", "word"]],
	["lone \ud800 surrogate", ["lone", "surrogate"]],
	["", []],
	["… — !", []],
] as const) {
	test(`words of ${JSON.stringify(text)}`, () => assert.deepEqual(wordsOf(text), words));
}

test("hashes and counts are those of the words", () => {
	const text = "the price, the PRICE of 12.50 and the rest";
	assert.deepEqual(wordHashes(text), new Set(wordsOf(text).map(hashWord)));
	const counts = wordCounts(text);
	assert.equal(counts.get(hashWord("the")), 3);
	assert.equal(counts.get(hashWord("price")), 2);
	assert.equal(counts.get(hashWord("12.50")), 1);
	assert.equal(hashWord("") >>> 0, 0x811c9dc5, "FNV-1a's offset basis");
	assert.equal(hashWord("foobar") >>> 0, 0xbf9cf968, "a published value of FNV-1a");
});

test("whatever is thrown at it, words are pieces of the text without spaces", () => {
	const random = seededRandom(5);
	for (let round = 0; round < 300; round++) {
		const text = String.fromCharCode(
			...Array.from({ length: 40 }, () => Math.floor(random() * (random() < 0.5 ? 0x80 : 0xffff))),
		);
		const lower = text.toLowerCase();
		for (const word of wordsOf(text)) {
			assert.ok(lower.includes(word) && word !== "");
			assert.ok(!/\s/u.test(word), JSON.stringify(word));
		}
	}
});
