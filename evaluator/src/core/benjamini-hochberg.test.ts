import assert from "node:assert/strict";
import { test } from "node:test";
import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import { seededRandom } from "./random.ts";

test("gives statsmodels' q-values and keeps nulls out", () => {
	// statsmodels.stats.multitest.multipletests(p, method="fdr_bh")[1]
	const p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.9, 0.02, 0.02];
	const expected = [0.04, 0.05333333333333334, 0.048, 0.04, 0.5714285714285714, 0.9, 0.04, 0.04];
	const plain = benjaminiHochberg(p);
	for (const [at, q] of plain.entries()) assert.ok(Math.abs((q ?? 9) - (expected[at] ?? 0)) < 1e-12);
	const withNulls = benjaminiHochberg([null, ...p, null]);
	assert.deepEqual(withNulls, [null, ...plain, null]);
	assert.deepEqual(benjaminiHochberg([]), []);
	assert.deepEqual(benjaminiHochberg([null]), [null]);
});

test("refuses what is no p-value", () => {
	assert.throws(() => benjaminiHochberg([0.1, Number.NaN]), /p-value 1 is NaN/);
});

test("any false rejection at q <= 0.1 in about 10% of families of true nulls, and few false among rejections", (t) => {
	const random = seededRandom(13);
	let families = 0;
	let falseShare = 0;
	for (let trial = 0; trial < 3000; trial++) {
		const nulls = Array.from({ length: 20 }, () => random());
		if (benjaminiHochberg(nulls).some((q) => (q ?? 1) <= 0.1)) families++;
		const mixed = nulls.map((p, at) => (at < 5 ? p * 0.004 : p));
		const rejected = benjaminiHochberg(mixed).flatMap((q, at) => ((q ?? 1) <= 0.1 ? [at] : []));
		falseShare += rejected.filter((at) => at >= 5).length / Math.max(1, rejected.length);
	}
	t.diagnostic(
		`false families ${families / 3000}, false discovery rate with 5 of 20 real ${falseShare / 3000}`,
	);
	assert.ok(Math.abs(families / 3000 - 0.1) < 0.02);
	assert.ok(falseShare / 3000 < 0.1);
});
