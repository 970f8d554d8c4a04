import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionalOf, distributionNear } from "./conditional.ts";

const pairs = (size: number, given: (at: number) => number) =>
	Array.from({ length: size }, (_, at) => ({ given: given(at), value: at }));
const near = (values: readonly { given: number; value: number }[], given: number) => {
	const conditional = conditionalOf(values);
	return conditional === null ? null : distributionNear(conditional, given);
};

test("compares with the nearest executions: a fifth of them, at least thirty", () => {
	const fifth = near(
		pairs(300, (at) => at / 100),
		1.5,
	);
	assert.equal(fifth?.ascending.length, 60);
	// Knots stand a sixteenth of the reference apart.
	assert.ok((fifth?.ascending[0] ?? 0) >= 100 && (fifth?.ascending.at(-1) ?? 0) <= 200);
	assert.equal(
		near(
			pairs(100, (at) => at / 100),
			0,
		)?.ascending.length,
		30,
	);
	assert.equal(
		near(
			pairs(12, (at) => at),
			3,
		)?.ascending.length,
		12,
	);
});

test("cannot tell beyond the reference, and compares at its ends", () => {
	const values = pairs(100, (at) => at / 10);
	assert.deepEqual(
		[...(near(values, 0)?.ascending ?? [])],
		Array.from({ length: 30 }, (_, at) => at),
	);
	assert.notEqual(near(values, 10.3), null);
	assert.equal(near(values, 10.5), null);
	assert.equal(near(values, -0.6), null);
	assert.equal(conditionalOf([]), null);
});

test("takes as many as it needs where all depend on the same", () => {
	assert.equal(
		near(
			pairs(500, () => 3),
			3,
		)?.ascending.length,
		100,
	);
});
