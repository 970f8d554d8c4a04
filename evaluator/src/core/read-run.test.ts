import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { makeRun, nodeViewsOf, type StepSpec } from "../testing/make-run.ts";
import { type ReadRun, readRun } from "./read-run.ts";
import { learnReference } from "./reference.ts";
import type { Scorer } from "./score.ts";

const scorer = (name: string, read: Scorer["read"], spec: Partial<Scorer> = {}): Scorer => ({
	name,
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	...spec,
	read,
});
const size = scorer("size", ({ step, output }) =>
	step.kind === "edge" || step.kind === "input"
		? null
		: { value: output.raw.length, text: `${output.raw.length} characters` },
);
/** The readings of the steps, without those of the question and of hand-offs. */
const ofSteps = ({ steps, readings }: ReadRun) =>
	readings.filter((_, index) => steps[index]?.kind !== "edge" && steps[index]?.kind !== "input");

test("a scorer that throws could not tell, and harms no other", () => {
	const broken = scorer("broken", ({ step }) => {
		if (step.kind === "input") return null;
		throw new Error("cannot read this");
	});
	const silent = scorer("silent", () => null);
	const readings = ofSteps(
		readRun(makeRun({ steps: [{ output: "abc" }, { output: "de" }] }), [broken, silent, size], null),
	);
	assert.deepEqual(
		readings.map((list) => list.map(({ scorer: name, value }) => [name, value])),
		[
			[
				["broken", null],
				["size", 3],
			],
			[
				["broken", null],
				["size", 2],
			],
		],
	);
	assert.match(readings[0]?.[0]?.text ?? "", /the scorer failed: cannot read this/);
});

test("what a scorer declares is asked for each step's own kind", () => {
	const declaring = scorer("declaring", () => ({ value: 1, text: "" }), {
		declared: (kind) => (kind === "model" ? [0] : [1]),
	});
	const readings = ofSteps(
		readRun(makeRun({ steps: [{ kind: "model" }, { kind: "render" }] }), [declaring], null),
	);
	assert.deepEqual(
		readings.flat().map((reading) => reading.declared),
		[[0], [1]],
	);
});

test("a run without steps, and one without spans of a known kind, give no readings", () => {
	assert.deepEqual(readRun(makeRun(), [size], null).readings, [[]], "only the question is there");
	assert.deepEqual(readRun(makeRun({ steps: [{ kind: "" }] }), [size], null).readings, [[]]);
});

test("a step sees its sources, its later executions and the question", () => {
	const views = nodeViewsOf(
		makeRun({
			input: { question: "refund?" },
			steps: [
				{ kind: "tool_call" },
				{ kind: "tool_call", links: ["s0"] },
				{ kind: "model", links: ["s0", "s1"] },
			],
		}),
	);
	assert.deepEqual(
		views.map((view) => [view.step.name, view.sources.map((source) => source.index)]),
		[
			["input", []],
			["tool_call", [0]],
			["tool_call", [1]],
			["model", [1, 2]],
		],
		"the first step has the question as its source",
	);
	assert.deepEqual(
		views.map((view) => view.later.map((step) => step.spanId)),
		[[], ["s1"], [], []],
	);
	assert.ok(views.every((view) => view.question.text === "refund?" && view.reference === null));
});

test("a step whose input was recorded has a hand-off before it, which joins what it was given", () => {
	const views = nodeViewsOf(
		makeRun({
			steps: [
				{ kind: "retrieval", name: "search", output: [{ text: "thirty days" }] },
				{ kind: "tool_call", name: "price", output: { eur: 9 } },
				{ kind: "model", name: "answer", input: "thirty days, 9", links: ["s0", "s1"] },
			],
		}),
	);
	const edge = views.find((view) => view.step.kind === "edge");
	assert.equal(edge?.step.name, "hand-off to answer");
	assert.equal(edge?.step.spanId, "s1->s2");
	assert.deepEqual(edge?.input.json, { search: [{ text: "thirty days" }], price: { eur: 9 } });
	assert.equal(edge?.output.text, "thirty days, 9");
	assert.deepEqual(
		views.at(-1)?.sources.map((source) => source.step.kind),
		["edge"],
	);
});

test("what a step does otherwise cannot be told where its input lacks what every passing run of the task had there", () => {
	const run = (traceId: string, page: string, said: string) =>
		makeRun({
			traceId,
			taskId: "task",
			outcome: "pass",
			input: "refund?",
			output: said,
			steps: [
				{ kind: "retrieval", output: page },
				{ kind: "post_process", input: page, output: said },
			],
		});
	const known = learnReference(["a", "b"].map((id) => run(id, "it takes thirty days", "thirty days")));
	const read = (page: string, said: string) =>
		ofSteps(readRun(run("t", page, said), [size], known)).at(-1)?.[0];
	assert.equal(read("it takes thirty days", "days")?.value, 4);
	assert.equal(read("it takes weeks", "weeks")?.value, null);
	assert.match(read("it takes weeks", "weeks")?.text ?? "", /lacks what passing runs of the task had/);
});

const answer = { answer: "thirty days", sources: ["a"] };
const pipeline = (given: unknown, cut = false): StepSpec[] => [
	{ kind: "post_process", name: "parse", input: "x", output: given },
	{
		kind: "render",
		name: "page",
		input: given,
		output: "<p>thirty days</p>",
		attributes: cut ? { [`${ATTR.stepInput}${CUT_BYTES_SUFFIX}`]: "200000" } : {},
	},
];
const reference = learnReference(
	Array.from({ length: 30 }, (_, at) => makeRun({ traceId: `r${at}`, steps: pipeline(answer) })),
);

test("holds what a step could not use against the step that gave it that, on the reader's yardstick", () => {
	const [parse, page] = ofSteps(
		readRun(makeRun({ steps: pipeline({ answer: "thirty days" }) }), [size], reference),
	);
	assert.equal(page?.[0]?.value, null);
	assert.match(page?.[0]?.text ?? "", /came without `\.sources: array`/);
	assert.deepEqual(
		parse?.map(({ scorer: name, yardstick }) => [name, yardstick]),
		[
			["size", undefined],
			["size@page", "render/page"],
		],
	);
});

test("judges a step by itself where its input is whole, or its end was merely not recorded", () => {
	for (const steps of [pipeline(answer), pipeline('{"answer":"thirty', true)]) {
		const readings = ofSteps(readRun(makeRun({ steps }), [size], reference));
		assert.notEqual(readings[1]?.[0]?.value, null);
		assert.equal(readings[0]?.length, 1);
	}
});

test("reads ten thousand steps in reasonable time", (t) => {
	const steps = Array.from(
		{ length: 10_000 },
		(_, at): StepSpec => ({ kind: "tool_call", input: `in${at}`, output: `out${at}` }),
	);
	const start = performance.now();
	const { readings } = readRun(makeRun({ steps }), [size], null);
	t.diagnostic(`${Math.round(performance.now() - start)} ms`);
	assert.equal(readings.length, 10_001);
	assert.ok(performance.now() - start < 15_000);
});
