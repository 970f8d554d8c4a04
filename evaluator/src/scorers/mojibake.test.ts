import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import { mojibake } from "./mojibake.ts";

const TEXTS = {
	German: "Die Größe ist übermäßig schön",
	French: "Où êtes-vous allé à Noël ?",
	Polish: "Zażółć gęślą jaźń",
	Russian: "Привет, мир",
	Greek: "Καλημέρα κόσμε",
	Japanese: "返品は三十日以内です",
	Arabic: "مرحبا بالعالم",
	prices: "34,90 € – 5 % günstiger",
	emoji: "Danke 🎉 und tschüß 👋",
};
const asLatin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const asWindows1252 = (text: string): string =>
	new TextDecoder("windows-1252").decode(Buffer.from(text, "utf8"));

for (const [language, text] of Object.entries(TEXTS)) {
	test(`${language} read as Latin-1 or Windows-1252 is found and decoded, and is not where it is right`, () => {
		for (const wrong of [asLatin1(text), asWindows1252(text)]) {
			const found = readLast(mojibake, [{ kind: "render", input: text, output: wrong }]);
			assert.equal(found.value, 0, wrong);
			assert.match(found.text, /another encoding: “.+” for “[^�]+”/);
		}
		assert.equal(readLast(mojibake, [{ kind: "render", input: text, output: text }]).value, 1);
	});
}

for (const [title, output] of [
	["French quotation marks with their spaces", "Il prend un «\u00a0thé\u00a0» et un «\u00a0café\u00a0»."],
	["degrees and trademarks", "20\u00a0°C, 5 µm, ½ Liter, Straße®, São Paulo"],
	["Vietnamese and Portuguese", "Xin chào các bạn. Não é à toa, avó."],
] as const) {
	test(`is not alarmed by ${title}`, () => {
		assert.equal(readLast(mojibake, [{ kind: "post_process", input: "x", output }]).value, 1);
	});
}

test("what came in garbled is not this step's doing, and a model may quote it", () => {
	const garbled = asLatin1(TEXTS.German);
	assert.equal(readLast(mojibake, [{ kind: "render", input: garbled, output: garbled }]).value, 1);
	assert.equal(readLast(mojibake, [{ kind: "model", input: "x", output: garbled }]).value, undefined);
});
