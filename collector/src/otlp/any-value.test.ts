import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyValue, asString } from "./any-value.ts";

test("values become the text that the Collector's exporter writes", () => {
	const cases: [AnyValue, string][] = [
		["as <is>", "as <is>"],
		[null, ""],
		[true, "true"],
		[9_223_372_036_854_775_807n, "9223372036854775807"],
		[1e21, "1e+21"],
		[1e-7, "1e-7"],
		[0.1, "0.1"],
		[-0, "-0"],
		[Number.NaN, "NaN"],
		[Number.NEGATIVE_INFINITY, "-Infinity"],
		[new Uint8Array([1, 2, 255]), "AQL/"],
		[[], "[]"],
		[["<&>", null, 1, true, new Uint8Array([0])], '["<&>",null,1,true,"AA=="]'],
		[
			new Map<string, AnyValue>([
				["b", 1],
				["a", new Map([["\u2028", "\n"]])],
			]),
			'{"a":{"\\u2028":"\\n"},"b":1}',
		],
		// UTF-8 order: U+FF5E before U+1F600, though its UTF-16 unit is the larger one
		[
			new Map<string, AnyValue>([
				["😀", 1],
				["～", 2],
			]),
			'{"～":2,"😀":1}',
		],
		[[Number.POSITIVE_INFINITY], ""],
	];
	for (const [value, text] of cases) assert.equal(asString(value), text);
});
