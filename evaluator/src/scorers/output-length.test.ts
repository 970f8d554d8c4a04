import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { answerLength, lengthRatio, outputLength } from "./output-length.ts";

for (const [title, scorer, step, value] of [
	["a result in doublings", outputLength, { kind: "tool_call", output: "a".repeat(1023) }, 10],
	["what JSON says, without its punctuation", outputLength, { kind: "retrieval", output: ["abc"] }, 2],
	["an empty list", outputLength, { kind: "retrieval", output: "[]" }, 0],
	["no result was captured", outputLength, { kind: "retrieval" }, undefined],
	["an answer is not a result", outputLength, { kind: "model", output: "abc" }, undefined],
	["an answer in doublings", answerLength, { kind: "model", output: "a".repeat(31) }, 5],
	["no answer was captured", answerLength, { kind: "model" }, undefined],
	["a result is not an answer", answerLength, { kind: "tool_call", output: "abc" }, undefined],
	[
		"a prompt cut to a quarter",
		lengthRatio,
		{ kind: "prompt_build", input: "a".repeat(31), output: "a".repeat(7) },
		-2,
	],
	["a page as long as its text", lengthRatio, { kind: "render", input: "abc", output: "xyz" }, 0],
	["a page that lost everything", lengthRatio, { kind: "render", input: "abc", output: '""' }, -2],
	["no input was captured", lengthRatio, { kind: "render", output: "abc" }, undefined],
	["no page was captured", lengthRatio, { kind: "render", input: "abc" }, undefined],
	["an answer is no copy", lengthRatio, { kind: "model", input: "abc", output: "abc" }, undefined],
] as const satisfies readonly (readonly [string, unknown, StepSpec, number | undefined])[]) {
	test(`measures length: ${title}`, () => {
		assert.equal(readLast(scorer, [step]).value, value);
	});
}

test("counts a cut in half as one doubling", () => {
	assert.match(
		readLast(lengthRatio, [{ kind: "render", input: "a".repeat(99), output: "a".repeat(49) }]).text,
		/0\.50 times/,
	);
});
