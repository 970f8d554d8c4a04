import assert from "node:assert/strict";
import { test } from "node:test";
import { learnReference } from "../core/reference.ts";
import { makeRun, type StepSpec, viewsOf } from "../testing/make-run.ts";
import { expectedContent } from "./expected-content.ts";

const PAGE = "refunds take thirty days after delivery";
const pipeline = (texts: readonly [string, string, string, string]): StepSpec[] => [
	{ kind: "retrieval", input: "refund?", output: texts[0] },
	{ kind: "prompt_build", input: texts[0], output: texts[1] },
	{ kind: "model", input: texts[1], output: texts[2] },
	{ kind: "render", input: texts[2], output: texts[3] },
];
const passing = (traceId: string) =>
	makeRun({
		traceId,
		taskId: "task",
		outcome: "pass",
		input: "refund?",
		output: "thirty days",
		steps: pipeline([PAGE, PAGE, "thirty days", "thirty days"]),
	});
const reference = learnReference([passing("a"), passing("b")]);

/** The value at each step: 1 kept, below 1 lost here, null lost before. */
const follow = (texts: readonly [string, string, string, string], known = reference, taskId = "task") =>
	viewsOf(
		makeRun({ traceId: "t", taskId, input: "refund?", output: texts[3], steps: pipeline(texts) }),
		known,
	).map((view) => expectedContent.read(view)?.value);

for (const [title, texts, values] of [
	["nothing is lost", [PAGE, PAGE, "thirty days", "thirty days"], [1, 1, 1, 1]],
	[
		"the retrieval finds another page",
		["weather in Rome", "weather in Rome", "it rains", "it rains"],
		[0, null, null, null],
	],
	["the prompt is cut", [PAGE, "refunds take", "soon", "soon"], [1, 0, null, null]],
	["the model says something else", [PAGE, PAGE, "fourteen weeks", "fourteen weeks"], [1, 1, 0, null]],
	["the page is cut in the middle", [PAGE, PAGE, "thirty days", "thirty"], [1, 1, 1, 0.5]],
] as const) {
	test(`names the step that lost what passing runs had: ${title}`, () => {
		assert.deepEqual(follow(texts), values);
	});
}

test("names the words that were lost, and whether the input had them", () => {
	const run = makeRun({
		taskId: "task",
		input: "refund?",
		steps: pipeline([PAGE, PAGE, "thirty days", "thirty"]),
	});
	const last = viewsOf(run, reference).at(-1);
	assert.match((last && expectedContent.read(last)?.text) ?? "", /1 of 2 words.*“days”.*its input had them/);
	const cut = viewsOf(makeRun({ taskId: "task", steps: pipeline(["x", "x", "x", "x"]) }), reference)[1];
	assert.match((cut && expectedContent.read(cut)?.text) ?? "", /already lacks.*“thirty”/);
});

test("has nothing to say of another task, without a reference, and of the only passing run itself", () => {
	const texts = ["x", "x", "x", "x"] as const;
	const nothing = [undefined, undefined, undefined, undefined];
	assert.deepEqual(follow(texts, reference, "other"), nothing);
	assert.deepEqual(
		viewsOf(passing("t")).map((view) => expectedContent.read(view)?.value),
		nothing,
	);
	assert.deepEqual(follow(texts, learnReference([passing("t")])), nothing);
});

test("needs only the words that every passing run of the task ended with", () => {
	const wordy = { ...passing("c"), output: "up to thirty of your days" };
	const known = learnReference([passing("a"), wordy]);
	assert.deepEqual(follow([PAGE, PAGE, "thirty days", "thirty days"], known), [1, 1, 1, 1]);
});

test("where passing runs took several ways, the nearest one counts", () => {
	const other = makeRun({
		traceId: "b",
		taskId: "task",
		outcome: "pass",
		input: "refund?",
		output: "thirty days",
		steps: pipeline(["thirty days", "thirty days", "thirty days", "thirty days"]),
	});
	assert.deepEqual(
		follow(
			["thirty days", "thirty days", "thirty days", "thirty days"],
			learnReference([passing("a"), other]),
		),
		[1, 1, 1, 1],
	);
});
