import assert from "node:assert/strict";
import { test } from "node:test";
import { fisherExact } from "./fisher.ts";
import { mcnemar } from "./mcnemar.ts";
import { powerOfPairs, powerOfRuns, runsPerSide, tasksForPairs } from "./power.ts";
import { seededRandom } from "./random.ts";

test("gives the sizes of Fleiss' and Connor's formulas", () => {
	// numpy/scipy, the formulas written out: 198.96, 434.43, 387.34 runs; 468.57, 154.60 pairs
	assert.equal(runsPerSide({ before: 0.9, after: 0.8 }), 199);
	assert.equal(runsPerSide({ before: 0.9, after: 0.95 }), 435);
	assert.equal(runsPerSide({ before: 0.5, after: 0.6 }), 388);
	assert.equal(tasksForPairs({ difference: -0.05, discordant: 0.15 }), 469);
	assert.equal(tasksForPairs({ difference: 0.1, discordant: 0.2 }), 155);
	// statsmodels.stats.proportion.power_proportions_2indep(q − p, p, n).power
	assert.ok(Math.abs(powerOfRuns({ before: 0.8, after: 0.9 }, 199) - 0.8000733954249315) < 1e-6);
	assert.ok(Math.abs(powerOfRuns({ before: 0.5, after: 0.6 }, 388) - 0.8006720106783474) < 1e-6);
});

test("no number of runs shows a difference that is not there", () => {
	assert.equal(runsPerSide({ before: 0.9, after: 0.9 }), null);
	assert.equal(tasksForPairs({ difference: 0, discordant: 0.1 }), null);
	assert.equal(powerOfRuns({ before: 0, after: 1 }, 10), 1);
});

test("refuses impossible designs", () => {
	assert.throws(() => runsPerSide({ before: 1.2, after: 0.5 }), /give a share in 0..1/);
	assert.throws(
		() => tasksForPairs({ difference: 0.2, discordant: 0.1 }),
		/needs that share of tasks to change/,
	);
	assert.throws(() => runsPerSide({ before: 0.9, after: 0.8 }, { power: 1 }), RangeError);
	assert.throws(() => powerOfPairs({ difference: 0.1, discordant: 0.2 }, 0), /0 runs show nothing/);
});

test("the planned sizes detect the difference 80% of the time and give at most 5% false alarms", (t) => {
	const random = seededRandom(21);
	const trials = 800;
	const count = (n: number, rate: number) => {
		let successes = 0;
		for (let i = 0; i < n; i++) successes += random() < rate ? 1 : 0;
		return { successes, n };
	};
	const share = (event: () => boolean): number =>
		Array.from({ length: trials }, event).filter((happened) => happened).length / trials;
	const independent = (after: number): number =>
		share(() => fisherExact(count(199, 0.9), count(199, after)).midP <= 0.05);
	const paired = (worsens: number, improves: number): number =>
		share(() => {
			const worsened = count(469, worsens).successes;
			const improved = count(469 - worsened, improves / (1 - worsens)).successes;
			return mcnemar({ improved, worsened }).midP <= 0.05;
		});
	const found = { independent: independent(0.8), paired: paired(0.1, 0.05) };
	const falseAlarms = { independent: independent(0.9), paired: paired(0.075, 0.075) };
	t.diagnostic(`power ${JSON.stringify(found)}, false alarms ${JSON.stringify(falseAlarms)}`);
	for (const power of Object.values(found)) assert.ok(Math.abs(power - 0.8) < 0.05, String(power));
	for (const rate of Object.values(falseAlarms)) assert.ok(rate < 0.07, String(rate));
});
