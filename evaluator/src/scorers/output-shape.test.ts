import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { learnReference } from "../core/reference.ts";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { outputShape } from "./output-shape.ts";

const healthy = (executions: number) =>
	learnReference(
		Array.from({ length: executions }, (_, at) =>
			makeRun({ traceId: `r${at}`, steps: [{ kind: "tool_call", output: { id: `a${at}`, price: at } }] }),
		),
	);

for (const [title, step, value, text] of [
	["a field is missing", { kind: "tool_call", output: { id: "a" } }, 0, /without `\.price: number`/],
	[
		"a field of another type",
		{ kind: "tool_call", output: { id: "a", price: "9" } },
		0,
		/without `\.price: number`.*new `\.price: string`/,
	],
	[
		"text instead of JSON",
		{ kind: "tool_call", output: "<html>502</html>" },
		0,
		/without `object`.*new `text`/,
	],
	[
		"a new field",
		{ kind: "tool_call", output: { id: "a", price: 9, currency: "EUR" } },
		1,
		/new `\.currency: string`/,
	],
	[
		"the shape it always had",
		{ kind: "tool_call", output: { id: "b", price: 3 } },
		1,
		/30 reference executions/,
	],
	["a step that failed", { kind: "tool_call", output: "x", failed: true }, undefined, /^$/],
	[
		"an output that was too long to be recorded whole",
		{
			kind: "tool_call",
			output: '{"id":"a',
			attributes: { [`${ATTR.stepOutput}${CUT_BYTES_SUFFIX}`]: "200000" },
		},
		null,
		/too long/,
	],
	["no output was captured", { kind: "tool_call" }, undefined, /^$/],
	[
		"a component that the reference does not know",
		{ kind: "tool_call", name: "new", output: {} },
		undefined,
		/^$/,
	],
	["a model's words have no shape", { kind: "model", output: {} }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`a learned shape: ${title}`, () => {
		const found = readLast(outputShape, [step], { reference: healthy(30) });
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}

test("says nothing on nine executions, and nothing without a reference", () => {
	const odd: StepSpec = { kind: "tool_call", output: {} };
	assert.equal(readLast(outputShape, [odd], { reference: healthy(9) }).value, undefined);
	assert.equal(readLast(outputShape, [odd], { reference: null }).value, undefined);
	assert.equal(readLast(outputShape, [odd], { reference: healthy(10) }).value, 0);
});

test("an odd run among the reference is still odd", () => {
	const runs = Array.from({ length: 30 }, (_, at) =>
		makeRun({
			traceId: `r${at}`,
			steps: [{ kind: "tool_call", output: at === 7 ? { id: "x" } : { id: "a", price: at } }],
		}),
	);
	const found = readLast(outputShape, [{ kind: "tool_call", output: { id: "x" } }], {
		traceId: "r7",
		reference: learnReference(runs),
	});
	assert.equal(found.value, 0);
	assert.match(found.text, /29 executions/);
});
