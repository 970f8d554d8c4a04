import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import {
	documentLanguage,
	duplicateDocuments,
	scoreSpread,
	staleDocuments,
	unknownDocuments,
} from "./retrieved-documents.ts";

const found = (output: unknown, input: unknown = "q") => [{ kind: "retrieval" as const, input, output }];
const document = (id: string, content: string, more: object = {}) => ({ id, content, ...more });

for (const [title, scores, value] of [
	["ranked", [0.9, 0.6, 0.3], Math.log2(2 / 3)],
	["all the same", [1, 1, 1], -20],
	["distances below zero", [-1, -2, -4], Math.log2(0.75)],
	["two are too few to tell", [1, 1], undefined],
	["no scores", [undefined, undefined, undefined], undefined],
] as const) {
	test(`the spread of scores: ${title}`, () => {
		const output = scores.map((score, at) => document(`d${at}`, `text ${at}`, { score }));
		const read = readLast(scoreSpread, found(output)).value;
		if (value === undefined) assert.equal(read, undefined);
		else assert.ok(Math.abs((read ?? 99) - value) < 1e-9, String(read));
	});
}

for (const [title, output, value] of [
	["different ones", [document("a", "Rückgabe"), document("b", "Garantie")], 1],
	["one text under two ids", [document("a", "Garantie 24 Monate"), document("b", "Garantie 24 Monate ")], 0],
	["two parts of one page", [document("a", "part one"), document("a", "part two")], 1],
	["one id without texts", [{ id: "a" }, { id: "a" }], 0],
	["inside a wrapper", { documents: [document("a", "x y"), document("b", "x y")], took: 3 }, 0],
	["only one", [document("a", "x")], undefined],
] as const) {
	test(`duplicates: ${title}`, () => assert.equal(readLast(duplicateDocuments, found(output)).value, value));
}

for (const [title, output, value] of [
	["all known", [document("a", "x"), document("b", "y")], 1],
	["one lost its text", [document("a", "x"), document("b", "")], 0],
	["one has no id", [document("a", "x"), { content: "y" }], 0],
	["none has a text: ids are all that is recorded", [{ id: "a" }, { id: "b" }], 1],
] as const) {
	test(`unknown documents: ${title}`, () =>
		assert.equal(readLast(unknownDocuments, found(output)).value, value));
}

for (const [title, fields, value, text] of [
	[
		"taken in after the last change",
		{ modified_at: "2026-07-01", indexed_at: "2026-09-18" },
		1,
		/as their sources/,
	],
	[
		"changed since",
		{ updatedAt: "2026-07-01T10:00:00Z", indexedAt: "2026-05-02" },
		0,
		/2026-05-02 and changed/,
	],
	["seconds and milliseconds", { updated_at: 1_790_000_000, indexed_at: 1_780_000_000_000 }, 0, /older/],
	[
		"inside its metadata",
		{ metadata: { last_modified: "2026-07-01", ingested_at: "2026-06-30" } },
		0,
		/older/,
	],
	["another edition", { source_version: "7", indexed_version: "6" }, 0, /taken in as 6 and is 7 now/],
	["the same edition", { source_hash: "ab", indexed_hash: "ab" }, 1, /as their sources/],
	["it does not say", { updated_at: "2026-07-01" }, undefined, /^$/],
] as const) {
	test(`stale documents: ${title}`, () => {
		const read = readLast(staleDocuments, found([document("a", "x", fields)]));
		assert.equal(read.value, value);
		assert.match(read.text, text);
	});
}

const ENGLISH = "You may return the goods within 30 days and you get your money back.";
const GERMAN = "Sie können die Ware in 30 Tagen zurückgeben und erhalten das Geld zurück.";
for (const [title, query, contents, value] of [
	["the same", "Wie kann ich die Ware zurückgeben?", [GERMAN], 1],
	["another", "Wie kann ich die Ware zurückgeben?", [ENGLISH], 0],
	["one of two", "How can I return the goods?", [ENGLISH, GERMAN], 0.5],
	["another script", "返品はどうすればいいですか", [ENGLISH], 0],
	["Cyrillic", "Как мне вернуть товар?", ["Вы можете вернуть товар в течение 30 дней."], 1],
	["a query of codes", "SO-000123", [ENGLISH], undefined],
] as const) {
	test(`language of the documents: ${title}`, () => {
		const output = contents.map((content, at) => document(`d${at}`, content));
		assert.equal(readLast(documentLanguage, found(output, query)).value, value);
	});
}
