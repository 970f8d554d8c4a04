import assert from "node:assert/strict";
import { test } from "node:test";
import { binOf, binShares, DECLARED_AT_FAULT, DECLARED_INTACT, P_BINS } from "./evidence-ratio.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("declared shares of the bins add up to 1, one for each bin", () => {
	for (const shares of [DECLARED_INTACT, DECLARED_AT_FAULT]) {
		assert.equal(shares.length, P_BINS.length);
		assert.ok(Math.abs(sum(shares) - 1) < 1e-12);
	}
});

test("the smaller a p-value, the more it speaks for a fault", () => {
	const ratios = P_BINS.map((_, bin) => (DECLARED_AT_FAULT[bin] ?? 0) / (DECLARED_INTACT[bin] ?? 1));
	assert.deepEqual(
		ratios,
		ratios.toSorted((a, b) => b - a),
	);
	assert.ok((ratios[0] ?? 0) > 100 && (ratios.at(-1) ?? 9) < 1);
});

for (const [p, bin] of [
	[0, 0],
	[1e-12, 0],
	[1e-4, 0],
	[1.1e-4, 1],
	[0.05, 3],
	[0.5, 5],
	[1, 6],
	[1.5, 6],
	[null, null],
] as const) {
	test(`puts p = ${p} into bin ${bin}`, () => {
		assert.equal(binOf(p), bin);
	});
}

test("learned shares start at the prior and go where the counts are", () => {
	const prior = [0.5, 0.5];
	assert.deepEqual(binShares([0, 0], prior, 10), prior);
	assert.deepEqual(binShares([10, 0], prior, 10), [0.75, 0.25]);
	assert.ok((binShares([10_000, 0], prior, 10)[0] ?? 0) > 0.999);
	assert.ok((binShares([10_000, 0], prior, 10)[1] ?? 0) > 0, "nothing is impossible");
});
