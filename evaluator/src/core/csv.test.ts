import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCsv, renderCsv } from "./csv.ts";

test("what is written is read again, whatever stands in it", () => {
	const rows = [
		["trace_id", "comment"],
		["a", 'he said "no", twice\nthen left'],
		["b", ""],
		["", "c,"],
	];
	assert.deepEqual(
		parseCsv(renderCsv(rows)).map(({ fields }) => fields),
		rows,
	);
	assert.deepEqual(parseCsv('\uFEFFa,b\r\n\r\n"x\r\ny",2\r\n3,'), [
		{ line: 1, fields: ["a", "b"] },
		{ line: 3, fields: ["x\r\ny", "2"] },
		{ line: 5, fields: ["3", ""] },
	]);
	assert.deepEqual(parseCsv(""), []);
});

test("says where a quote is wrong", () => {
	assert.throws(() => parseCsv('a\n"b'), /line 2: a quote/);
	assert.throws(() => parseCsv('a\n"b"c'), /line 2: a quote/);
});
