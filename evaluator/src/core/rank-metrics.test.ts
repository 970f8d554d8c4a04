import assert from "node:assert/strict";
import { test } from "node:test";
import { normalQuantile } from "./normal.ts";
import { seededRandom } from "./random.ts";
import { meanReciprocalRank, measureAuroc, topK } from "./rank-metrics.ts";

test("gives sklearn's area, and the roots of Newcombe's equation", () => {
	const positives = [0.9, 0.8, 0.7, 0.55, 0.4, 0.95, 0.6];
	const negatives = [0.1, 0.85, 0.3, 0.55, 0.2, 0.45, 0.05, 0.5];
	// sklearn.metrics.roc_auc_score; |A − t| = 1.96 · √V(t) by scipy.optimize.brentq
	const result = measureAuroc(positives, negatives);
	assert.ok(Math.abs((result?.auroc ?? 0) - 0.8482142857142857) < 1e-12);
	assert.ok(Math.abs((result?.low ?? 0) - 0.5473913349586944) < 1e-9);
	assert.ok(Math.abs((result?.high ?? 0) - 0.9584074304878197) < 1e-9);
	const perfect = measureAuroc([5, 6, 7, 8, 9], [0, 1, 1, 2, 3, 4]);
	assert.equal(perfect?.auroc, 1);
	assert.equal(perfect?.high, 1);
	assert.ok(Math.abs((perfect?.low ?? 0) - 0.6654547706070857) < 1e-9);
});

test("one empty side gives nothing, equal scores give one half", () => {
	assert.equal(measureAuroc([], [1]), null);
	assert.equal(measureAuroc([1, 1], [1])?.auroc, 0.5);
	assert.throws(() => measureAuroc([Number.NaN], [1]), /leave unscored cases out/);
});

test("counts what the ranking does not name as a miss", () => {
	const ranks = [1, 3, null, 2];
	assert.equal(topK(ranks, 1), 0.25);
	assert.equal(topK(ranks, 3), 0.75);
	assert.ok(Math.abs((meanReciprocalRank(ranks) ?? 0) - (1 + 1 / 3 + 1 / 2) / 4) < 1e-12);
	assert.equal(topK([], 1), null);
	assert.equal(meanReciprocalRank([]), null);
	assert.throws(() => topK([0], 1), /the best place is 1/);
});

test("95% intervals of the area miss about 5% of the time, at chance and far from it", (t) => {
	const random = seededRandom(25);
	// Normal scores 0 and 1.8 apart: area Φ(1.8 / √2) = 0.89845 (scipy.stats.norm.cdf).
	for (const [shift, truth] of [
		[0, 0.5],
		[1.8, 0.8984543],
	] as const) {
		let missed = 0;
		for (let trial = 0; trial < 1500; trial++) {
			const positives = Array.from({ length: 25 }, () => normalQuantile(random()) + shift);
			const negatives = Array.from({ length: 40 }, () => normalQuantile(random()));
			const interval = measureAuroc(positives, negatives);
			if ((interval?.low ?? 0) > truth || (interval?.high ?? 1) < truth) missed++;
		}
		t.diagnostic(`area ${truth}: misses ${missed / 1500}`);
		assert.ok(missed / 1500 < 0.075, String(missed / 1500));
	}
});
