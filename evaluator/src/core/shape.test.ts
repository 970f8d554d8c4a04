import assert from "node:assert/strict";
import { test } from "node:test";
import { compareShape, shapeOf } from "./shape.ts";

for (const [title, value, paths] of [
	["an object", { price: "9", tags: [1] }, [": object", ".price: string", ".tags: array", ".tags[]: number"]],
	["mixed items, folded", [1, "a", null, 2], [": array", "[]: number", "[]: string", "[]: null"]],
	["null inside", { a: null }, [": object", ".a: null"]],
	["an empty array", [], [": array"]],
	["text that is no JSON", undefined, [": text"]],
	["a boolean", true, [": boolean"]],
] as const) {
	test(`lists the paths of ${title}`, () => {
		assert.deepEqual([...shapeOf(value)], paths);
	});
}

test("limits depth, breadth and the items that it looks at", () => {
	let deep: unknown = 1;
	for (let level = 0; level < 50_000; level++) deep = { a: deep };
	assert.ok(shapeOf(deep).size <= 10);
	const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at]));
	assert.ok(shapeOf(wide).size <= 401);
	const start = performance.now();
	assert.deepEqual([...shapeOf(Array.from({ length: 1_000_000 }, () => 1))], [": array", "[]: number"]);
	assert.ok(performance.now() - start < 500);
});

/** Counts of a reference of `n` executions of one shape. */
const countsOf = (value: unknown, n: number): Map<string, number> =>
	new Map([...shapeOf(value)].map((path) => [path, n]));

test("names promised paths that are missing and paths that never were", () => {
	const counts = countsOf({ id: "a", price: 9 }, 100);
	assert.deepEqual(compareShape(shapeOf({ id: "b", price: 1 }), counts, 100, 0), { missing: [], added: [] });
	assert.deepEqual(compareShape(shapeOf({ id: "b", cost: 1 }), counts, 100, 0), {
		missing: [".price: number"],
		added: [".cost: number"],
	});
	assert.deepEqual(compareShape(shapeOf({ id: "b", price: "1" }), counts, 100, 0), {
		missing: [".price: number"],
		added: [".price: string"],
	});
});

test("promises nothing that 3 % of the executions went without", () => {
	const counts = countsOf({ id: "a" }, 100).set(".price: number", 97);
	assert.deepEqual(compareShape(shapeOf({ id: "b" }), counts, 100, 0)?.missing, []);
	counts.set(".price: number", 98);
	assert.deepEqual(compareShape(shapeOf({ id: "b" }), counts, 100, 0)?.missing, [".price: number"]);
});

test("promises nothing on fewer than ten other executions", () => {
	const counts = countsOf({ id: "a" }, 10);
	assert.equal(compareShape(shapeOf({}), counts, 9, 0), null);
	assert.equal(compareShape(shapeOf({}), counts, 10, 1), null);
	assert.notEqual(compareShape(shapeOf({}), counts, 10, 0), null);
});

test("an execution of the reference does not vouch for itself", () => {
	// 19 executions had `price`; this one, the twentieth, had `cost` instead.
	const counts = countsOf({ id: "a" }, 20).set(".price: number", 19).set(".cost: number", 1);
	const odd = shapeOf({ id: "b", cost: 1 });
	assert.deepEqual(compareShape(odd, counts, 20, 1), {
		missing: [".price: number"],
		added: [".cost: number"],
	});
	assert.deepEqual(compareShape(odd, counts, 20, 0), { missing: [], added: [] });
});
