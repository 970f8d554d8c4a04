import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mcnemar } from "./mcnemar.ts";
import { planSlice } from "./plan-slice.ts";
import { tasksForPairs } from "./power.ts";
import { seededRandom } from "./random.ts";
import type { Outcome } from "./trace.ts";

const tasks = (count: number, outcomes: readonly Outcome[]): (readonly Outcome[])[] =>
	Array.from({ length: count }, () => outcomes);

describe("planning a slice", () => {
	it("takes as many tasks as the paired test needs, with the flips that repeated tasks show", () => {
		// Two of three pairs of runs differ: 2·1·2/(3·2) = 2/3, drawn towards the assumed 0.1 by ten tasks' worth.
		const plan = planSlice(tasks(5000, ["pass", "pass", "fail"]), { detect: 0.1 });
		assert.ok(Math.abs(plan.flips.share - (5000 * (2 / 3) + 1) / 5010) < 1e-9);
		assert.equal(plan.size, tasksForPairs({ difference: -0.1, discordant: plan.flips.share + 0.1 }));
		assert.equal(plan.flips.assumed, false);
		assert.ok(plan.detects !== null && Math.abs(plan.detects - 0.1) < 0.002, `${plan.detects}`);
	});

	it("assumes flips where no task ran twice, and says so", () => {
		const plan = planSlice(tasks(50, ["pass"]), { detect: 0.05 });
		assert.deepEqual(plan.flips, { share: 0.1, tasks: 0, assumed: true });
		assert.equal(plan.size, 50);
		assert.ok((plan.needed ?? 0) > 400);
		assert.ok((plan.detects ?? 0) > 0.1, "fifty tasks cannot show five points");
	});

	it("says what a given size can detect, and null where it can detect nothing", () => {
		assert.equal(planSlice(tasks(3, ["pass"]), { size: 3 }).detects, null);
		assert.equal(planSlice([], { detect: 0.05 }).size, 0);
		assert.throws(() => planSlice([], { detect: 1.5 }), RangeError);
	});

	it("detects the effect it promises about four times in five", () => {
		const plan = planSlice([...tasks(3500, ["pass", "pass"]), ...tasks(1500, ["pass", "fail"])], {
			detect: 0.1,
		});
		const random = seededRandom(12);
		const trials = 400;
		let detected = 0;
		for (let trial = 0; trial < trials; trial++) {
			let [worse, better] = [0, 0];
			for (let task = 0; task < plan.size; task++) {
				const draw = random();
				// Flips by chance go either way alike; the effect only makes worse.
				if (draw < plan.flips.share / 2 + 0.1) worse++;
				else if (draw < plan.flips.share + 0.1) better++;
			}
			if (mcnemar({ improved: better, worsened: worse }).midP < 0.05) detected++;
		}
		assert.ok(Math.abs(detected / trials - 0.8) < 0.07, `${detected} of ${trials}`);
	});
});
