import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { componentKey, stepsOf } from "./trace.ts";

const idsOf = (steps: readonly StepSpec[]): string[] =>
	stepsOf(makeRun({ steps })).map((step) => step.spanId);

for (const [title, steps, ids] of [
	["no spans", [], []],
	["spans without a kind left out", [{ kind: "" }, { kind: "model" }], ["s1"]],
	[
		"an agent left out that only contains",
		[{ kind: "agent" }, { kind: "model", parentSpanId: "s0" }, { kind: "render" }],
		["s1", "s2"],
	],
	[
		"containers in containers left out, also through spans without a kind",
		[
			{ kind: "custom" },
			{ kind: "agent", parentSpanId: "s0" },
			{ kind: "", parentSpanId: "s1" },
			{ kind: "tool_call", parentSpanId: "s2" },
		],
		["s3"],
	],
	[
		"a custom step kept that contains only spans without a kind",
		[{ kind: "custom" }, { kind: "", parentSpanId: "s0" }],
		["s0"],
	],
	[
		"a tool kept although it calls a model, since it can break by itself",
		[{ kind: "tool_call" }, { kind: "model", parentSpanId: "s0" }],
		["s0", "s1"],
	],
	["a parent that is not in the trace", [{ kind: "model", parentSpanId: "lost" }], ["s0"]],
	[
		"parents in a circle",
		[
			{ kind: "agent", parentSpanId: "s1" },
			{ kind: "agent", parentSpanId: "s0" },
			{ kind: "model", parentSpanId: "s0" },
		],
		["s2"],
	],
] as const satisfies readonly (readonly [string, readonly StepSpec[], readonly string[]])[]) {
	test(`lists steps: ${title}`, () => {
		assert.deepEqual(idsOf(steps), ids);
	});
}

test("orders steps of one moment by their links", () => {
	const at = { startUs: 1 };
	assert.deepEqual(
		idsOf([
			{ ...at, kind: "render", links: ["s1"] },
			{ ...at, kind: "model", links: ["s3", "s2"] },
			{ ...at, kind: "prompt_build", links: ["s3"] },
			{ ...at, kind: "retrieval" },
		]),
		["s3", "s2", "s1", "s0"],
	);
});

test("keeps the order of time where links say nothing, are unknown, or run in a circle", () => {
	assert.deepEqual(idsOf([{ links: ["elsewhere"] }, { links: ["s1"] }, { links: [] }]), ["s0", "s1", "s2"]);
	assert.deepEqual(idsOf([{ links: ["s1"] }, { links: ["s0"] }]).toSorted(), ["s0", "s1"]);
});

test("orders fifty thousand steps that are linked backwards", () => {
	const size = 50_000;
	const ids = idsOf(
		Array.from({ length: size }, (_, at) => ({ startUs: 1, links: at + 1 < size ? [`s${at + 1}`] : [] })),
	);
	assert.equal(ids.length, size);
	assert.equal(ids[0], `s${size - 1}`);
	assert.equal(ids.at(-1), "s0");
});

test("tells a retrieval from a tool of the same name", () => {
	assert.notEqual(
		componentKey({ kind: "retrieval", name: "search" }),
		componentKey({ kind: "tool_call", name: "search" }),
	);
});
