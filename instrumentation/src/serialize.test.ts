import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serialize, snapshot } from "./serialize.ts";
import { randomFrom } from "./testing/random.ts";

describe("serialize", () => {
	it("gives the text of JSON.stringify for everything that JSON can express", () => {
		const random = randomFrom(3);
		const leaf = (): unknown =>
			[1, -0, 1e300, true, null, "", 'a"b\\\n', "\ud800", "é", new Date(0), new Date(Number.NaN), undefined][
				Math.floor(random() * 12)
			];
		const value = (depth: number): unknown => {
			if (depth === 0 || random() < 0.3) return leaf();
			const size = Math.floor(random() * 5);
			if (random() < 0.5) return Array.from({ length: size }, () => value(depth - 1));
			return Object.fromEntries(
				Array.from({ length: size }, (_, index) => [`k${index}"`, value(depth - 1)] as const),
			);
		};
		for (let round = 0; round < 3_000; round += 1) {
			const any = value(5);
			assert.equal(serialize(any), JSON.stringify(any) ?? "null");
			if (any !== undefined) assert.equal(JSON.stringify(snapshot(any, 10_000)), serialize(any));
		}
	});

	const exotic: readonly (readonly [string, unknown, string])[] = [
		["bigint", { id: 1n }, '{"id":"1"}'],
		["a number that JSON has not", [Number.NaN, Number.POSITIVE_INFINITY], '["NaN","Infinity"]'],
		["binary", { file: Buffer.alloc(3) }, '{"file":{"$binary":"Buffer","bytes":3}}'],
		["base64", "A".repeat(2_000), '"[base64, 1500 bytes]"'],
		["a map and a set", { map: new Map([["a", 1]]), set: new Set([2]) }, '{"map":{"a":1},"set":[2]}'],
		["an error", { failed: new TypeError("no") }, '{"failed":{"name":"TypeError","message":"no"}}'],
		["toJSON of its own", { toJSON: () => ({ shown: 1 }) }, '{"shown":1}'],
		["a promise", { later: Promise.resolve(1) }, '{"later":"[Promise]"}'],
		["a function", () => 1, '"[function]"'],
		["a symbol", { key: Symbol("s") }, '{"key":"Symbol(s)"}'],
	];
	for (const [what, value, expected] of exotic) {
		it(`writes ${what}`, () => assert.equal(serialize(value), expected));
		const copy = what === "toJSON of its own" ? "an own toJSON" : what;
		it(`leaves ${copy} out of copies`, () => assert.equal(snapshot(value, 10_000), undefined));
	}

	it("copies so that nothing that happens afterwards shows, up to a size", () => {
		const day = new Date(0);
		const given = {
			list: [{ day, said: "x".repeat(100), skip: () => 1 }],
			["__proto__x"]: [undefined, () => 1],
		};
		Object.defineProperty(given, "__proto__", { value: { own: 1 }, enumerable: true, writable: true });
		const before = JSON.stringify(given);
		const copy = snapshot(given, 1_000);
		given.list[0]?.day.setTime(1);
		given.list.push({ day, said: "", skip: () => 1 });
		assert.equal(JSON.stringify(copy), before);
		assert.equal(snapshot(given, 100), undefined);
	});

	it("says where it could not look, and writes the rest", () => {
		const value = {
			before: 1,
			get bad(): never {
				throw new Error("no");
			},
			after: 2,
		};
		assert.equal(serialize(value), '{"before":1,"bad":"[unreadable: no]","after":2}');
	});

	it("stops at circles, at depth and at size", () => {
		const circle: Record<string, unknown> = { name: "loop" };
		circle["self"] = circle;
		assert.equal(serialize(circle), '{"name":"loop","self":"[circular]"}');
		let deep: unknown = 1;
		for (let level = 0; level < 10_000; level += 1) deep = [deep];
		assert.match(serialize(deep), /too deep/);
		const wide = Array.from({ length: 1_000_000 }, (_, index) => index);
		assert.match(serialize(wide), /\[cut, 980\d\d\d more\]"\]$/);
		assert.ok(serialize({ a: "x y ".repeat(4_000_000) }).length < 9_000_000);
	});
});
