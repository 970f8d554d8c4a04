import assert from "node:assert/strict";
import { test } from "node:test";
import { distributionNear } from "./conditional.ts";

const pairs = (size: number, given: (at: number) => number) =>
	Array.from({ length: size }, (_, at) => ({ given: given(at), value: at }));

test("compares with the nearest executions: a fifth of them, at least thirty", () => {
	const near = distributionNear(
		pairs(300, (at) => at / 100),
		1.5,
	);
	assert.equal(near?.ascending.length, 60);
	assert.ok((near?.ascending[0] ?? 0) >= 119 && (near?.ascending.at(-1) ?? 0) <= 181);
	assert.equal(
		distributionNear(
			pairs(100, (at) => at / 100),
			0,
		)?.ascending.length,
		30,
	);
	assert.equal(
		distributionNear(
			pairs(12, (at) => at),
			3,
		)?.ascending.length,
		12,
	);
});

test("cannot tell beyond the reference, and compares at its ends", () => {
	const sorted = pairs(100, (at) => at / 10);
	assert.deepEqual(
		[...(distributionNear(sorted, 0)?.ascending ?? [])],
		Array.from({ length: 30 }, (_, at) => at),
	);
	assert.notEqual(distributionNear(sorted, 10.3), null);
	assert.equal(distributionNear(sorted, 10.5), null);
	assert.equal(distributionNear(sorted, -0.6), null);
	assert.equal(distributionNear([], 1), null);
});

test("takes as many as it needs where all depend on the same", () => {
	assert.equal(
		distributionNear(
			pairs(500, () => 3),
			3,
		)?.ascending.length,
		100,
	);
});
