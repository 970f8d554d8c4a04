import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInScorers } from "../scorers/built-in.ts";
import { type DocsStep, docsRun } from "../testing/docs-pipeline.ts";
import { compareRuns } from "./compare-runs.ts";
import { presentComparison } from "./present-comparison.ts";
import { seededRandom } from "./random.ts";
import type { Run } from "./trace.ts";

const OPTIONS = { scorers: builtInScorers, permutations: 199, resamples: 99, alpha: 0.05 } as const;

/** A deploy's runs: of every `each` runs one fails at `fault`. Questions are drawn in turn from `questions`. */
function deploy(
	version: string,
	questions: readonly number[],
	size: number,
	fault: DocsStep,
	each: number,
): Run[] {
	return Array.from({ length: size }, (_, at) =>
		docsRun(`${version}-${at}`, questions[at % questions.length] ?? 0, {
			version,
			fault: at % each === each - 1 ? fault : null,
		}),
	);
}

const numbers = (from: number, to: number): number[] =>
	Array.from({ length: to - from }, (_, at) => from + at);

for (const fault of ["search", "build", "parse"] as const) {
	test(`names ${fault} as what a deploy broke`, () => {
		const questions = numbers(0, 31);
		const comparison = compareRuns(
			deploy("1", questions, 124, "answer", 20),
			deploy("2", questions, 124, fault, 4),
			{
				...OPTIONS,
				random: seededRandom(1),
			},
		);
		const presented = presentComparison("docs-answer", comparison);
		assert.deepEqual(presented.verdict.kind, "component", JSON.stringify(presented.components));
		assert.deepEqual(presented.verdict.steps, [fault]);
		assert.equal(presented.components[0]?.step, fault);
		assert.ok((presented.components[0]?.hazard.difference ?? 0) > 0.1);
		assert.equal(presented.end_to_end.baseline.failed, 6);
		assert.equal(presented.end_to_end.candidate.failed, 31);
		assert.equal(presented.paired_tasks, 31);
		assert.match(presented.reference, /118 passing runs of the baseline/);
		assert.deepEqual(JSON.parse(JSON.stringify(presented)), presented);
	});
}

test("names nothing between a deploy and itself", () => {
	const questions = numbers(0, 31);
	const { change } = compareRuns(
		deploy("1", questions, 124, "answer", 10),
		deploy("2", questions, 124, "answer", 10),
		{
			...OPTIONS,
			random: seededRandom(2),
		},
	);
	assert.ok(!("origins" in change.verdict));
	assert.ok(Math.abs(change.difference.value) < 1e-9);
});

test("names the inputs, and no component, where only the mix of tasks changed", () => {
	// Hard questions fail half the time on both sides; only how often they are asked changes.
	const runs = (version: string, hard: number, easy: number): Run[] => [
		...numbers(0, 10).flatMap((question) =>
			numbers(0, hard).map((at) =>
				docsRun(`${version}-h${question}-${at}`, question, {
					version,
					fault: at % 2 === 0 ? "answer" : null,
				}),
			),
		),
		...numbers(10, 20).flatMap((question) =>
			numbers(0, easy).map((at) => docsRun(`${version}-e${question}-${at}`, question, { version })),
		),
	];
	const { mix, change } = compareRuns(runs("1", 2, 8), runs("2", 8, 2), {
		...OPTIONS,
		permutations: 199,
		resamples: 19,
		random: seededRandom(3),
	});
	assert.deepEqual(change.verdict, { kind: "inputs" });
	assert.ok(Math.abs(change.difference.value - 0.3) < 1e-9);
	assert.ok(
		mix !== null && Math.abs(mix.inputs - 0.3) < 1e-9 && Math.abs(mix.response) < 1e-9,
		JSON.stringify(mix),
	);
	const same = compareRuns(runs("1", 4, 4), runs("2", 4, 4), {
		...OPTIONS,
		permutations: 19,
		resamples: 19,
		random: seededRandom(3),
	});
	assert.ok(same.mix !== null && Math.abs(same.mix.inputs) < 1e-9);
});

test("without a shared task, names the inputs where only the mix of topics changed, and not where the response did", () => {
	const TOPICS = ["refund money order", "battery screen device", "courier parcel street"];
	const random = seededRandom(8);
	const side = (version: string, hard: number, rate: (isHard: boolean) => number): Run[] =>
		numbers(0, 240).map((at) => {
			const isHard = at < hard;
			const fault = random() < rate(isHard) ? "answer" : null;
			const run = docsRun(`${version}-${at}`, at, { version, fault });
			const topic = TOPICS[isHard ? 0 : 1 + (at % 2)];
			return { ...run, taskId: null, input: `${topic} please number${version}${at}` };
		});
	const options = { ...OPTIONS, permutations: 199, resamples: 19, random: seededRandom(9) };
	const moved = compareRuns(
		side("1", 30, (isHard) => (isHard ? 0.7 : 0.02)),
		side("2", 150, (isHard) => (isHard ? 0.7 : 0.02)),
		options,
	);
	assert.equal(moved.mix, null);
	assert.deepEqual(moved.change.verdict, { kind: "inputs" });
	const worse = compareRuns(
		side("1", 80, () => 0.02),
		side("2", 80, () => 0.4),
		options,
	);
	assert.notEqual(worse.change.verdict.kind, "inputs");
});

test("does not split the change where the sides share too few tasks", () => {
	const { mix, change } = compareRuns(
		deploy("1", numbers(0, 20), 40, "answer", 5),
		deploy("2", numbers(15, 40), 50, "answer", 5),
		{
			...OPTIONS,
			permutations: 19,
			resamples: 19,
			random: seededRandom(4),
		},
	);
	assert.equal(mix, null);
	assert.equal(change.pairedTasks, 0);
});

test("takes the candidate's passing runs for healthy where it passes far more often, and lists versions", () => {
	const questions = numbers(0, 20);
	const comparison = compareRuns(
		deploy("1", questions, 60, "build", 2),
		deploy("2", questions, 60, "build", 20),
		{
			...OPTIONS,
			permutations: 19,
			resamples: 19,
			random: seededRandom(5),
		},
	);
	assert.match(comparison.judgement.reference.text, /57 passing runs of the candidate/);
	assert.deepEqual(comparison.versions.get("model/answer"), { baseline: ["1"], candidate: ["1"] });
	assert.ok(comparison.change.difference.value < -0.3);
});

test("compares nothing with nothing", () => {
	const { change, mix } = compareRuns([], [], {
		...OPTIONS,
		permutations: 19,
		resamples: 19,
		random: seededRandom(6),
	});
	assert.equal(change.verdict.kind, "inconclusive");
	assert.equal(mix, null);
});
