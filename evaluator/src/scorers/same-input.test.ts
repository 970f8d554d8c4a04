import assert from "node:assert/strict";
import { test } from "node:test";
import { learnReference } from "../core/reference.ts";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { sameInput } from "./same-input.ts";

const reference = learnReference([
	makeRun({
		traceId: "healthy",
		taskId: "task",
		outcome: "pass",
		input: "refund?",
		output: "thirty days",
		steps: [{ kind: "post_process", input: "Refunds take thirty days.", output: "thirty days" }],
	}),
]);

for (const [title, step, task, value] of [
	[
		"another output to the same input",
		{ input: "Refunds take thirty days.", output: "fourteen weeks" },
		"task",
		0,
	],
	["half of it the same", { input: "Refunds take thirty days.", output: "thirty" }, "task", 0.5],
	[
		"the same output to the same input",
		{ input: "refunds  take THIRTY days", output: "Thirty days!" },
		"task",
		1,
	],
	[
		"an input of its own",
		{ input: "Refunds take fourteen weeks.", output: "fourteen weeks" },
		"task",
		undefined,
	],
	[
		"a step that failed gave no output to compare",
		{ input: "Refunds take thirty days.", failed: true },
		"task",
		undefined,
	],
	["another task", { input: "Refunds take thirty days.", output: "fourteen weeks" }, "other", undefined],
	[
		"another component",
		{ name: "other", input: "Refunds take thirty days.", output: "x" },
		"task",
		undefined,
	],
] as const satisfies readonly (readonly [string, StepSpec, string, number | undefined])[]) {
	test(`the same input as in a passing run: ${title}`, () => {
		const found = readLast(sameInput, [{ kind: "post_process", ...step }], {
			taskId: task,
			input: "refund?",
			reference,
		});
		assert.equal(found.value, value);
	});
}

test("a run is not compared with itself, and nothing is known without a reference", () => {
	const steps: StepSpec[] = [{ kind: "post_process", input: "Refunds take thirty days.", output: "x" }];
	assert.equal(
		readLast(sameInput, steps, { traceId: "healthy", taskId: "task", reference }).value,
		undefined,
	);
	assert.equal(readLast(sameInput, steps, { taskId: "task" }).value, undefined);
});

test("expects less of a model, which draws its words, than of other steps", () => {
	const mean = (values: readonly number[] = []) =>
		values.reduce((sum, value) => sum + value, 0) / values.length;
	assert.ok(mean(sameInput.declared?.("model")) < mean(sameInput.declared?.("render")));
});
