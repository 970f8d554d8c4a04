import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { makeRun, type StepSpec, viewsOf } from "../testing/make-run.ts";
import { readRun } from "./read-run.ts";
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
const size = scorer("size", ({ output }) => ({
	value: output.raw.length,
	text: `${output.raw.length} characters`,
}));

test("a scorer that throws could not tell, and harms no other", () => {
	const broken = scorer("broken", () => {
		throw new Error("cannot read this");
	});
	const silent = scorer("silent", () => null);
	const { readings } = readRun(
		makeRun({ steps: [{ output: "abc" }, { output: "de" }] }),
		[broken, silent, size],
		null,
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
	const { readings } = readRun(
		makeRun({ steps: [{ kind: "model" }, { kind: "render" }] }),
		[declaring],
		null,
	);
	assert.deepEqual(
		readings.flat().map((reading) => reading.declared),
		[[0], [1]],
	);
});

test("a run without steps, and one without spans of a known kind, give no readings", () => {
	assert.deepEqual(readRun(makeRun(), [size], null).readings, []);
	assert.deepEqual(readRun(makeRun({ steps: [{ kind: "" }] }), [size], null).readings, []);
});

test("a step sees its sources, its later executions and the question", () => {
	const views = viewsOf(
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
		views.map((view) => view.sources.map((source) => source.index)),
		[[], [0], [0, 1]],
	);
	assert.deepEqual(
		views.map((view) => view.later.map((step) => step.spanId)),
		[["s1"], [], []],
	);
	assert.ok(views.every((view) => view.question.text === "refund?" && view.reference === null));
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
	const { readings } = readRun(makeRun({ steps: pipeline({ answer: "thirty days" }) }), [size], reference);
	const [parse, page] = readings;
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
		const { readings } = readRun(makeRun({ steps }), [size], reference);
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
	assert.equal(readings.length, 10_000);
	assert.ok(performance.now() - start < 15_000);
});
