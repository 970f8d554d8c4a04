import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { documentCount, topScore } from "./retrieval-scores.ts";

const scored = (...scores: readonly unknown[]): StepSpec => ({
	kind: "retrieval",
	output: scores.map((score, at) => ({ id: `d${at}`, score })),
});

for (const [title, step, top, count] of [
	["best first", scored(0.9, 0.5, 0.5), 0.9, 3],
	["worst first", scored(1, 2, 3), 3, 3],
	["one out of order", scored(0.9, 0.5, 0.7, 0.2), 0.9, 4],
	["one document", scored(0.4), 0.4, 1],
	["scores that are no numbers", scored("high", null, true), undefined, 3],
	["some without a score", scored(0.9, null, 0.2), 0.9, 3],
	["no document", { kind: "retrieval", output: "[]" }, undefined, 0],
	["documents that are texts", { kind: "retrieval", output: ["a", "b"] }, undefined, 2],
	["nulls", { kind: "retrieval", output: [null, null] }, undefined, 2],
	["no list", { kind: "retrieval", output: { hits: 3 } }, undefined, undefined],
	["nothing captured", { kind: "retrieval" }, undefined, undefined],
	["another kind of step", { kind: "tool_call", output: [{ score: 1 }] }, undefined, undefined],
	[
		"the convention's attribute before the output",
		{
			...scored(0.1),
			attributes: { [ATTR.retrievalDocuments]: '[{"id":"a","score":0.8},{"id":"b","score":0.3}]' },
		},
		0.8,
		2,
	],
] as const) {
	test(`documents and their scores: ${title}`, () => {
		assert.equal(readLast(topScore, [step]).value, top);
		assert.equal(readLast(documentCount, [step]).value, count);
	});
}

test("takes a hundred thousand documents", () => {
	const step = scored(...Array.from({ length: 100_000 }, (_, at) => -at));
	assert.equal(readLast(topScore, [step]).value, 0);
});
