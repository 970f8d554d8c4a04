import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresIn, holdsNumber } from "./figures.ts";

for (const [text, numbers, codes] of [
	["€1,234.50", [1234.5], []],
	["1.234,50 €", [1234.5], []],
	["kostet 34,90€.", [34.9], []],
	["1.234 Stück", [1.234, 1234], []],
	["1,234,567 people", [1234567], []],
	["SO-000123 and v2.1.0", [], ["so-000123", "v2.1.0"]],
	["on 2026-09-21T10:00:00Z", [], ["2026-09-21t10:00:00z"]],
	["3-5 days, 1/2", [3, 5, 1, 2], []],
	["価格は98.70円です", [98.7], []],
	["12kg 5ms", [12, 5], []],
	["no figures... at all, none-", [], []],
	["version 1.2.3", [], []],
] as const) {
	test(`the figures of “${text}”`, () => {
		const found = figuresIn(text);
		assert.deepEqual([...found.numbers.keys()].sort(), [...numbers].sort());
		assert.deepEqual([...found.codes.keys()], codes);
	});
}

test("a number is held as it is, as a percentage, and rounded", () => {
	const given = [figuresIn("0.153 and 154.718 and 20")];
	for (const value of [0.153, 15.3, 154.72, 20]) assert.ok(holdsNumber(given, value), String(value));
	for (const value of [154.73, 21, 1530]) assert.ok(!holdsNumber(given, value), String(value));
});

test("reads a megabyte in well under a second", () => {
	const start = performance.now();
	figuresIn("1".repeat(1_000_000));
	figuresIn("12.5 a-".repeat(150_000));
	figuresIn("1,1,1,".repeat(150_000));
	assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
});
