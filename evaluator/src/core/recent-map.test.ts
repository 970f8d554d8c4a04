import assert from "node:assert/strict";
import { test } from "node:test";
import { RecentMap } from "./recent-map.ts";

test("remembers what was used last, and forgets the rest when it is full", () => {
	const map = new RecentMap<string, number>(20);
	for (const [at, key] of ["a", "b", "c"].entries()) map.set(key, at, 4);
	assert.equal(map.get("a"), 0, "in the older generation, and used again");
	map.set("d", 3, 4);
	map.set("e", 4, 4);
	assert.equal(map.get("b"), undefined);
	assert.equal(map.get("a"), 0, "what was used again stays");
	assert.deepEqual([map.get("d"), map.get("e")], [3, 4]);
});

test("never holds more than it may, whatever comes", () => {
	const map = new RecentMap<number, string>(1_000);
	for (let at = 0; at < 10_000; at++) map.set(at, "x", 7);
	const held = Array.from({ length: 10_000 }, (_, at) => at).filter((at) => map.get(at) !== undefined);
	assert.ok(7 * held.length <= 1_000, `${held.length}`);
	assert.ok(held.includes(9_999));
	map.set(-1, "huge", 501);
	assert.equal(map.get(-1), undefined);
});
