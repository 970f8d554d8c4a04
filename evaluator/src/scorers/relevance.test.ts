import assert from "node:assert/strict";
import { test } from "node:test";
import { learnReference } from "../core/reference.ts";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { answerRelevance, retrievalRelevance } from "./relevance.ts";

for (const [title, scorer, step, value] of [
	[
		"documents about something else",
		retrievalRelevance,
		{ kind: "retrieval", input: "refund policy", output: ["weather in Rome"] },
		0,
	],
	[
		"documents about half of it",
		retrievalRelevance,
		{ kind: "retrieval", input: "refund policy", output: ["the refund form"] },
		0.5,
	],
	[
		"documents that answer",
		retrievalRelevance,
		{ kind: "retrieval", input: "refund policy", output: ["Refund policy: …"] },
		1,
	],
	[
		"documents in Japanese",
		retrievalRelevance,
		{ kind: "retrieval", input: "返品", output: ["商品は返品できます"] },
		1,
	],
	[
		"the user's question where the query was not captured",
		retrievalRelevance,
		{ kind: "retrieval", output: ["refund form"] },
		0.5,
	],
	["no documents were captured", retrievalRelevance, { kind: "retrieval", input: "refund" }, undefined],
	[
		"another kind of step",
		retrievalRelevance,
		{ kind: "tool_call", input: "refund", output: "x" },
		undefined,
	],
	[
		"an answer to another question",
		answerRelevance,
		{ kind: "model", input: "refund policy", output: "It rains." },
		0,
	],
	[
		"an answer to the question",
		answerRelevance,
		{ kind: "model", output: "Our refund policy: thirty days." },
		1,
	],
	["no answer was captured", answerRelevance, { kind: "model", input: "refund" }, undefined],
	["a retrieval does not answer", answerRelevance, { kind: "retrieval", output: "refund" }, undefined],
] as const satisfies readonly (readonly [string, unknown, StepSpec, number | undefined])[]) {
	test(`relevance: ${title}`, () => {
		assert.equal(readLast(scorer, [step], { input: "refund policy" }).value, value);
	});
}

test("cannot tell where nothing was asked", () => {
	assert.equal(readLast(retrievalRelevance, [{ kind: "retrieval", output: ["a"] }]).value, undefined);
	assert.equal(readLast(answerRelevance, [{ kind: "model", output: "a" }], { input: "?!" }).value, undefined);
});

test("a rare word weighs more than one that every document has", () => {
	const reference = learnReference(
		Array.from({ length: 30 }, (_, at) =>
			makeRun({ traceId: `r${at}`, steps: [{ kind: "retrieval", output: [`the manual, page ${at}`] }] }),
		),
	);
	const ask = (output: string) =>
		readLast(retrievalRelevance, [{ kind: "retrieval", input: "manual yolov5", output: [output] }], {
			reference,
		}).value ?? 0;
	assert.ok(ask("yolov5 weights") > 0.9);
	assert.ok(ask("manual of something") < 0.1);
	assert.equal(ask("yolov5 manual"), 1);
});
