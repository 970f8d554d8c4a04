import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawSlice, type SliceRun, stratumOf } from "./draw-slice.ts";
import { seededRandom } from "./random.ts";

/** 900 runs of 300 tasks; a rare cluster fails often, and popular tasks run more often. */
function production(): SliceRun[] {
	const random = seededRandom(8);
	const runs: SliceRun[] = [];
	for (let task = 0; task < 300; task++) {
		const rare = task % 10 === 0;
		for (let trial = 0; trial < 1 + (task % 5); trial++) {
			runs.push({
				traceId: `t${task}-${trial}`,
				task: `task ${task}`,
				cluster: rare ? "rare" : "common",
				outcome: random() < (rare ? 0.6 : 0.1) ? "fail" : "pass",
				route: task % 3 === 0 ? "long" : "short",
			});
		}
	}
	return runs;
}

describe("drawing a slice", () => {
	const runs = production();

	it("holds one run for each task drawn, every stratum among them, and weights that add up to production", () => {
		const slice = drawSlice(runs, 60, seededRandom(1));
		assert.equal(slice.length, 60);
		assert.equal(new Set(slice.map(({ run }) => run.task)).size, 60);
		const strata = new Set(slice.map(({ run }) => stratumOf(run)));
		assert.ok(strata.size >= 7, `${strata.size} of 8 strata`);
		const total = slice.reduce((sum, { weight }) => sum + weight, 0);
		assert.ok(Math.abs(total - runs.length) < 1e-6, `${total} against ${runs.length}`);
	});

	it("weights rates back to production without bias, over 400 draws", () => {
		const truth = runs.filter(({ outcome }) => outcome === "fail").length / runs.length;
		const rates = Array.from({ length: 400 }, (_, seed) => {
			const slice = drawSlice(runs, 60, seededRandom(seed));
			const weight = slice.reduce((sum, one) => sum + one.weight, 0);
			return (
				slice.reduce((sum, { run, weight: own }) => sum + (run.outcome === "fail" ? own : 0), 0) / weight
			);
		});
		const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
		const spread = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (rates.length - 1));
		const error = Math.abs(mean - truth);
		assert.ok(error < 3.5 * (spread / Math.sqrt(rates.length)) + 0.002, `${mean} against ${truth}`);
	});

	it("takes every task where there are no more than were asked for", () => {
		const slice = drawSlice(runs, 1000, seededRandom(1));
		assert.equal(slice.length, 300);
		for (const { run, weight } of slice.slice(0, 20)) {
			assert.ok(weight >= 1, `${run.task} stands for ${weight}`);
		}
	});

	it("draws from the small strata together where there are more strata than places", () => {
		const slice = drawSlice(runs, 3, seededRandom(2));
		assert.equal(slice.length, 3);
		assert.ok(Math.abs(slice.reduce((sum, { weight }) => sum + weight, 0) - runs.length) < 1e-6);
	});

	it("gives the same slice for the same seed, and refuses a size that is none", () => {
		assert.deepEqual(drawSlice(runs, 40, seededRandom(4)), drawSlice(runs.toReversed(), 40, seededRandom(4)));
		assert.throws(() => drawSlice(runs, 0, seededRandom(1)), RangeError);
		assert.deepEqual(drawSlice([], 5, seededRandom(1)), []);
	});
});
