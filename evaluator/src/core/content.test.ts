import assert from "node:assert/strict";
import { test } from "node:test";
import { leavesOf, parseJson, readContent, shareHeld, similarity } from "./content.ts";
import { hashWord, wordsOf } from "./words.ts";

const hashes = (...words: string[]): Set<number> => new Set(words.map(hashWord));

for (const [language, text, words] of [
	["code", "torch.hub.load('yolov5')", ["torch", "hub", "load", "yolov5"]],
	["German", "Größe ändern – Übergröße!", ["größe", "ändern", "übergröße"]],
	["Russian", "Где мой заказ?", ["где", "мой", "заказ"]],
	["Greek", "ΚΑΛΗΜΕΡΑ κόσμε", ["καλημερα", "κόσμε"]],
	["Arabic", "أين طلبي؟", ["أين", "طلبي"]],
	["Chinese", "退款政策", ["退款", "款政", "政策"]],
	["Japanese", "返品したい。いくら", ["返品", "品し", "した", "たい", "いく", "くら"]],
	["Thai", "คืนเงิน", ["คืนเงิน"]],
	["Korean, which has spaces", "환불 정책은 무엇입니까", ["환불", "정책은", "무엇입니까"]],
	["a single ideograph", "茶 10 g", ["茶", "10", "g"]],
	["nothing to read", " …!? ", []],
] as const) {
	test(`finds the words of ${language}`, () => {
		const found = wordsOf(text);
		if (language === "Thai") assert.ok(found.length > 0 && found.every((word) => text.includes(word)));
		else assert.deepEqual(found, words);
	});
}

test("recognises a sentence without spaces inside a longer one", () => {
	const sentence = readContent("商品は三十日以内に返品できます");
	const page = readContent("お問い合わせ：商品は三十日以内に返品できます。送料は無料です。");
	assert.equal(shareHeld(sentence.words, page.words), 1);
	assert.ok((shareHeld(page.words, sentence.words) ?? 1) < 0.8);
});

test("reads what JSON says, not how it is written", () => {
	const spaced = readContent('{ "title": "Refund policy", "days": 30, "open": true, "none": null }');
	const dense = readContent('{"t":"refund policy","d":30,"o":true}');
	assert.equal(spaced.text, "Refund policy\n30\ntrue");
	assert.deepEqual(spaced.words, dense.words);
	assert.equal(similarity(spaced.words, dense.words), 1);
});

test("opens JSON inside strings, one level deep", () => {
	const message = JSON.stringify([{ role: "tool", content: JSON.stringify({ price: "9 EUR" }) }]);
	assert.equal(readContent(message).text, "tool\n9 EUR");
	const twice = JSON.stringify({ body: JSON.stringify({ inner: JSON.stringify({ deep: "x" }) }) });
	assert.equal(readContent(twice).text, '{"deep":"x"}');
	assert.deepEqual(leavesOf('{"a":1}'), ["1"]);
	assert.deepEqual(leavesOf('"quoted"'), ['"quoted"']);
});

for (const [title, raw] of [
	["empty text", ""],
	["blank text", " \n\t "],
	["half a JSON text", '{"a": [1, 2'],
	["a bare word", "null"],
	["a bare number", "12"],
	["null bytes", "\0\0a\0b"],
	["bytes of an image", "\u0089PNG\r\n\u001a\n\ufffd\ufffd\u0000\u0001"],
	["half a surrogate pair", '{"a":"\ud83d"} \ud83d'],
] as const) {
	test(`takes ${title} as plain text`, () => {
		const content = readContent(raw);
		assert.equal(content.json, undefined);
		assert.equal(content.text, raw);
		assert.equal(content.raw, raw);
	});
}

for (const [title, raw] of [
	["a text of five megabytes", "word ".repeat(1_000_000)],
	["one word of five megabytes", "a".repeat(5_000_000)],
	["a hundred thousand leaves", JSON.stringify(Array.from({ length: 100_000 }, (_, at) => `leaf${at}`))],
	["ten thousand levels", `${"[".repeat(10_000)}1${"]".repeat(10_000)}`],
	["a hundred thousand levels", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
] as const) {
	test(`reads ${title} in little time`, () => {
		const start = performance.now();
		const content = readContent(raw);
		assert.ok(content.words.size >= 1);
		assert.ok(content.words.size <= 20_000, "a limit on leaves");
		assert.ok(performance.now() - start < 2000);
	});
}

test("tells JSON from plain text", () => {
	assert.deepEqual(parseJson(' {"a":1}'), { a: 1 });
	assert.deepEqual(parseJson("[]"), []);
	assert.equal(parseJson('"x"'), "x");
	for (const raw of ["", "1", "true", "null", "{", "text", '"x', "{a:1}"])
		assert.equal(parseJson(raw), undefined);
});

test("a share of nothing is unknown, and two empty sets are the same", () => {
	assert.equal(shareHeld(new Set(), hashes("a")), null);
	assert.equal(shareHeld(hashes("a", "b"), hashes("b", "c")), 0.5);
	assert.equal(shareHeld(hashes("a"), new Set()), 0);
	assert.equal(similarity(new Set(), new Set()), 1);
	assert.equal(similarity(hashes("a"), new Set()), 0);
	assert.equal(similarity(hashes("a", "b"), hashes("b", "c")), 1 / 3);
});

test("hashes as FNV-1a does", () => {
	// Reference vectors of the FNV authors, 32 bits: "", "a", "foobar".
	assert.deepEqual(
		["", "a", "foobar"].map((word) => hashWord(word) >>> 0),
		[0x811c9dc5, 0xe40c292c, 0xbf9cf968],
	);
});
