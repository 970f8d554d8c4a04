import assert from "node:assert/strict";
import { test } from "node:test";
import { conformalP, evidenceRatioBound } from "./conformal.ts";
import { seededRandom } from "./random.ts";

test("counts the reference scores at least as strange", () => {
	const reference = [1, 2, 2, 3];
	const cases: [number, number][] = [
		[0, 1],
		[1, 1],
		[1.5, 0.8],
		[2, 0.8],
		[3, 0.4],
		[9, 0.2],
	];
	for (const [score, p] of cases) assert.equal(conformalP(score, reference), p);
	assert.equal(conformalP(9, []), 1);
	assert.throws(() => conformalP(Number.NaN, reference), /keep it null/);
});

test("bounds the evidence ratio as Sellke, Bayarri and Berger table it", () => {
	// Their table 1 gives −e·p·ln p = 0.6259, 0.4072, 0.1252, 0.0188 for these p (bound on the Bayes factor against).
	const cases: [number, number][] = [
		[0.1, 0.6259],
		[0.05, 0.4072],
		[0.01, 0.1252],
		[0.001, 0.0188],
	];
	for (const [p, factor] of cases) assert.ok(Math.abs(1 / evidenceRatioBound(p) - factor) < 1e-4, String(p));
	assert.equal(evidenceRatioBound(1), 1);
	assert.equal(evidenceRatioBound(0.4), 1);
	assert.throws(() => evidenceRatioBound(0), /lies above 0/);
});

test("is at most 0.05 for about 5% of fault-free scores, ties included", (t) => {
	const random = seededRandom(14);
	let [smooth, tied] = [0, 0];
	for (let trial = 0; trial < 4000; trial++) {
		const draw = Array.from({ length: 100 }, () => random() ** 3);
		const sorted = draw.slice(1).sort((a, b) => a - b);
		if (conformalP(draw[0] ?? 0, sorted) <= 0.05) smooth++;
		const coarse = draw.map((x) => Math.round(x * 4));
		if (
			conformalP(
				coarse[0] ?? 0,
				coarse.slice(1).sort((a, b) => a - b),
			) <= 0.05
		)
			tied++;
	}
	t.diagnostic(`smooth scores ${smooth / 4000}, five distinct scores ${tied / 4000}`);
	assert.ok(Math.abs(smooth / 4000 - 0.05) < 0.012);
	assert.ok(tied / 4000 <= 0.055);
});
