import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf } from "./difference.ts";
import { newcombe, wilson } from "./interval.ts";

test("over Wilson's intervals it is Newcombe's", () => {
	for (const [a, b] of [
		[5, 9],
		[0, 40],
		[80, 81],
	] as const) {
		const side = (successes: number) => {
			const interval = wilson(successes, 90);
			assert.ok(interval !== null);
			return { estimate: successes / 90, ...interval };
		};
		const found = differenceOf(side(a), side(b));
		const expected = newcombe({ successes: a, n: 90 }, { successes: b, n: 90 });
		assert.ok(Math.abs(found.low - (expected?.low ?? 9)) < 1e-12);
		assert.ok(Math.abs(found.high - (expected?.high ?? 9)) < 1e-12);
	}
});
