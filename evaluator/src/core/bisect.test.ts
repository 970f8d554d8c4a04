import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bisectSteps, type Replay } from "./bisect.ts";
import { seededRandom } from "./random.ts";
import { answerOf } from "./sprt.ts";

/** A chain in which the run passes when no broken step is left to spoil what a later pinned step does not mend. */
const chain =
	(broken: readonly number[]): Replay =>
	async (pinned) =>
		// What a pinned step gives is good whatever came before it, so only broken steps after the last pin spoil the end.
		broken.some((step) => step > (pinned.length === 0 ? -1 : Math.max(...pinned))) ? "fail" : "pass";

/** Every broken step that is not pinned itself spoils the run: its output is used by the end directly. */
const everyStepCounts =
	(broken: readonly number[]): Replay =>
	async (pinned) =>
		broken.every((step) => pinned.includes(step)) ? "pass" : "fail";

describe("bisecting a deterministic pipeline", () => {
	it("finds every step of pipelines of 2 to 33 steps within ⌈log₂ steps⌉ + 1 replays, and confirms it with one more", async () => {
		for (let count = 2; count <= 33; count++) {
			for (let broken = 0; broken < count; broken++) {
				for (const pipeline of [chain([broken]), everyStepCounts([broken])]) {
					const result = await bisectSteps(count, pipeline);
					assert.deepEqual(
						[result.kind, "steps" in result && result.steps],
						["found", [broken]],
						`${broken} of ${count}`,
					);
					const search = result.questions.filter(({ purpose }) => purpose !== "confirm");
					assert.ok(
						search.length <= Math.ceil(Math.log2(count)) + 1,
						`${search.length} replays for ${count} steps`,
					);
					assert.equal(result.questions.length, search.length + 1);
				}
			}
		}
	});

	it("finds two and three broken steps where pinning one is not enough", async () => {
		for (const broken of [
			[1, 4],
			[0, 7],
			[2, 3, 6],
		]) {
			const result = await bisectSteps(8, everyStepCounts(broken));
			assert.deepEqual([result.kind, "steps" in result && result.steps], ["found", broken]);
		}
		const four = await bisectSteps(8, everyStepCounts([0, 2, 4, 6]));
		assert.equal(four.kind, "unclear");
	});

	it("says so when the run passes by itself, or fails with everything pinned", async () => {
		assert.equal((await bisectSteps(5, async () => "pass")).kind, "passes");
		for (const count of [0, 1, 2, 5, 8]) {
			assert.equal((await bisectSteps(count, async () => "fail")).kind, "outside", `${count} steps`);
		}
	});
});

describe("the sequential test of a pass rate", () => {
	it("stops at Wald's bounds", () => {
		const options = { low: 0.3, high: 0.8, error: 0.01 };
		// ln(0.8/0.3) = 0.98083 a pass, ln(0.2/0.7) = −1.25276 a failure, bound ln 99 = 4.59512
		assert.equal(answerOf({ passed: 4, failed: 0 }, options), null);
		assert.equal(answerOf({ passed: 5, failed: 0 }, options), "high");
		assert.equal(answerOf({ passed: 0, failed: 3 }, options), null);
		assert.equal(answerOf({ passed: 0, failed: 4 }, options), "low");
		assert.equal(answerOf({ passed: 6, failed: 1 }, options), "high");
		assert.throws(() => answerOf({ passed: 0, failed: 0 }, { ...options, low: 0.9 }), RangeError);
		assert.throws(() => answerOf({ passed: 0, failed: 0 }, { ...options, error: 0 }), RangeError);
	});

	it("names a wrong step of a random pipeline no more often than the stated error", async () => {
		const random = seededRandom(20);
		const simulations = 1500;
		for (const { whole, broken } of [
			{ whole: 0.8, broken: 0.3 },
			{ whole: 0.95, broken: 0.05 },
		]) {
			let [wrong, open, replays] = [0, 0, 0];
			for (let simulation = 0; simulation < simulations; simulation++) {
				const count = 2 + Math.floor(random() * 12);
				const step = Math.floor(random() * count);
				const pipeline = chain([step]);
				const result = await bisectSteps(
					count,
					async (pinned) => {
						const rate = (await pipeline(pinned)) === "pass" ? whole : broken;
						return random() < rate ? "pass" : "fail";
					},
					{ sequential: { low: 0.3, high: 0.8, error: 0.05, mostReplays: 200 } },
				);
				replays += result.questions.reduce((sum, { passed, failed }) => sum + passed + failed, 0);
				if (result.kind === "found" ? result.steps.join() !== String(step) : result.kind !== "unclear")
					wrong++;
				else if (result.kind === "unclear") open++;
			}
			// 0.05 + 3 standard errors of 1500 simulations
			assert.ok(wrong / simulations <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / simulations), `${wrong} wrong`);
			assert.ok(open / simulations < 0.02, `${open} open`);
			assert.ok(replays / simulations < 60, `${replays / simulations} replays`);
		}
	});
});
