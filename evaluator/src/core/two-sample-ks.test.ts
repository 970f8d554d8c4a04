import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";
import { twoSampleKs } from "./two-sample-ks.ts";

test("gives scipy's distance and limiting p-value", () => {
	const before = [0.1, 0.4, 0.35, 0.8, 1.9, 2.2, 0.05, 0.6, 0.9, 1.1, 3.5, 0.2];
	const after = [0.3, 0.9, 1.4, 0.2, 0.8, 2.0, 2.6, 1.7, 0.65, 1.15, 2.2];
	// scipy.stats.ks_2samp(x, y).statistic; scipy.stats.kstwobign.sf((e + .12 + .11 / e) * D), e = sqrt(nm / (n + m));
	// the exact p-value is 0.4764
	const result = twoSampleKs(before, after);
	assert.ok(Math.abs((result?.distance ?? 0) - 0.3181818181818182) < 1e-12);
	assert.ok(Math.abs((result?.p ?? 0) - 0.5198721916777851) < 1e-10);
});

test("equal samples are no distance apart, and an empty one says nothing", () => {
	assert.deepEqual(twoSampleKs([1, 2], [2, 1]), { distance: 0, p: 1 });
	assert.equal(twoSampleKs([], [1]), null);
	assert.throws(() => twoSampleKs([Number.NaN], [1]), /leave missing values out/);
});

test("rejects equal distributions in at most about 5%, fewer with ties", (t) => {
	const random = seededRandom(31);
	let [smooth, tied, shifted] = [0, 0, 0];
	for (let trial = 0; trial < 1500; trial++) {
		const draw = (n: number, shift = 0) => Array.from({ length: n }, () => random() ** 2 + shift);
		const coarse = (n: number) => draw(n).map((value) => Math.round(value * 4));
		if ((twoSampleKs(draw(40), draw(25))?.p ?? 1) <= 0.05) smooth++;
		if ((twoSampleKs(coarse(40), coarse(25))?.p ?? 1) <= 0.05) tied++;
		if ((twoSampleKs(draw(40), draw(25, 0.25))?.p ?? 1) <= 0.05) shifted++;
	}
	t.diagnostic(
		`smooth ${smooth / 1500}, five distinct values ${tied / 1500}; power at a shift ${shifted / 1500}`,
	);
	assert.ok(smooth / 1500 < 0.065);
	assert.ok(tied < smooth);
	assert.ok(shifted / 1500 > 0.7);
});
