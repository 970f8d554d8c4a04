import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLearningRuns, type RunEntry } from "./choose-learning-runs.ts";
import { seededRandom } from "./random.ts";
import type { Outcome } from "./trace.ts";

const entry = (at: number, given: Partial<RunEntry> = {}): RunEntry => ({
	traceId: `t${at}`,
	serviceVersion: "1",
	outcome: "pass",
	task: `q${at}`,
	steps: 5,
	...given,
});

test("all runs are learned from where they fit", () => {
	const runs = Array.from({ length: 50 }, (_, at) => entry(at));
	assert.equal(chooseLearningRuns(runs, { runs: 50, steps: 250 }).size, 50);
	assert.equal(chooseLearningRuns([]).size, 0);
});

test("a rare deploy and rare failures are not crowded out", () => {
	const runs = [
		...Array.from({ length: 5_000 }, (_, at) => entry(at)),
		...Array.from({ length: 60 }, (_, at) => entry(10_000 + at, { outcome: "fail" })),
		...Array.from({ length: 90 }, (_, at) => entry(20_000 + at, { serviceVersion: "2" })),
	];
	const chosen = chooseLearningRuns(runs, { runs: 400, steps: 1e9 });
	assert.equal(chosen.size, 400);
	const count = (test: (run: RunEntry) => boolean): number =>
		runs.filter((run) => test(run) && chosen.has(run.traceId)).length;
	assert.equal(
		count(({ outcome }) => outcome === "fail"),
		60,
	);
	assert.equal(
		count(({ serviceVersion }) => serviceVersion === "2"),
		90,
	);
});

test("trials of one task stay together, whatever their order", () => {
	const random = seededRandom(3);
	const runs = Array.from({ length: 3_000 }, (_, at) => entry(at, { task: `q${at % 1000}` }));
	const shuffled = runs.toSorted(() => random() - 0.5);
	const chosen = chooseLearningRuns(runs, { runs: 300, steps: 1e9 });
	assert.deepEqual([...chooseLearningRuns(shuffled, { runs: 300, steps: 1e9 })].sort(), [...chosen].sort());
	const tasks = Map.groupBy(
		runs.filter(({ traceId }) => chosen.has(traceId)),
		({ task }) => task,
	);
	assert.equal([...tasks.values()].filter((group) => group.length === 3).length, 100);
});

test("long runs are fewer, and a single one longer than all bounds is still learned from", () => {
	const long = Array.from({ length: 20 }, (_, at) => entry(at, { steps: 10_000, outcome: outcomeOf(at) }));
	assert.equal(chooseLearningRuns(long, { runs: 100, steps: 30_000 }).size, 3);
	assert.equal(chooseLearningRuns(long.slice(0, 1), { runs: 100, steps: 500 }).size, 1);
});

const outcomeOf = (at: number): Outcome => (at % 2 === 0 ? "pass" : "fail");
