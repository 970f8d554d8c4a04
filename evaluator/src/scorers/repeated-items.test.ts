import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import { repeatedItems } from "./repeated-items.ts";

const row = (id: number, name: string) => ({ id, name });
for (const [title, output, value] of [
	["all different", [row(1, "Köln"), row(2, "Łódź")], 0],
	["doubled by a join", { rows: [row(1, "Köln"), row(2, "Łódź"), row(1, "Köln")], total: 3 }, 1],
	["every one three times", [1, 2, 3].map(() => row(7, "東京")), Math.log2(3)],
	["one name, other ids", [row(1, "Köln"), row(2, "Köln")], 0],
	["a list of words may repeat itself", ["a", "a"], undefined],
	["a single record", { rows: [row(1, "Köln")] }, undefined],
] as const) {
	test(`repeated records: ${title}`, () =>
		assert.equal(readLast(repeatedItems, [{ kind: "tool_call", input: {}, output }]).value, value));
}

test("does not count what a model or a retrieval repeats", () => {
	const output = [row(1, "a"), row(1, "a")];
	assert.equal(readLast(repeatedItems, [{ kind: "retrieval", output }]).value, undefined);
});
