import assert from "node:assert/strict";
import { test } from "node:test";
import { makeFixture } from "../testing/make-fixture.ts";
import { compareReplay } from "./compare-replay.ts";
import { planPins, selectCalls } from "./plan-pins.ts";

const { steps } = makeFixture({
	steps: [
		{ step: "search", output: ["a"] },
		{ step: "refine", output: "one" },
		{ step: "refine", output: "two" },
		{ step: "odd#1", output: 1 },
		{ step: "lost" },
		{ step: "failed", error: "no" },
	],
});

test("selectors mean all calls of a step, or one of them by its number", () => {
	assert.deepEqual(selectCalls(steps, ["refine"]).calls, [
		{ step: "refine", index: 0 },
		{ step: "refine", index: 1 },
	]);
	assert.deepEqual(selectCalls(steps, ["refine#1", "search"]).calls, [
		{ step: "refine", index: 1 },
		{ step: "search", index: 0 },
	]);
	assert.deepEqual(selectCalls(steps, ["odd#1"]).calls, [{ step: "odd#1", index: 0 }]);
	assert.deepEqual(selectCalls(steps, ["refine#2", "reserch"]).unknown, ["refine#2", "reserch"]);
});

test("pins keep the number of their call, and say what cannot be pinned", () => {
	const plan = planPins(steps, [
		{ step: "refine", index: 1 },
		{ step: "lost", index: 0 },
		{ step: "failed", index: 0 },
		{ step: "search", index: 4 },
	]);
	const refine = plan.pins["refine"] ?? [];
	assert.deepEqual([Object.hasOwn(refine, 0), refine[1], refine.length], [false, "two", 2]);
	assert.deepEqual(
		plan.unpinnable.map(({ step, why }) => [step, why]),
		[
			["lost", "its output was not recorded whole"],
			["failed", "the recorded call failed: no"],
			["search", "it was not called in the recording"],
		],
	);
});

test("the order of a recorded object's fields is no difference", () => {
	const recorded = makeFixture({
		steps: [{ step: "a", input: { x: 1, y: [2, { z: 3, w: 4 }] }, output: "same" }],
	}).steps;
	const now = makeFixture({
		steps: [{ step: "a", input: { y: [2, { w: 4, z: 3 }], x: 1 }, output: "other" }],
	}).steps;
	const [step] = compareReplay(recorded, now, planPins(recorded, []), []).steps;
	assert.deepEqual([step?.input, step?.output], ["same", "changed"]);
});
