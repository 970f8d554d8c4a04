import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { emptyOutput } from "./empty-output.ts";

for (const [title, step, value, text] of [
	["an empty list of documents is nothing", { kind: "retrieval", input: "q", output: "[]" }, 0, /empty/],
	["an empty JSON string is nothing", { kind: "model", input: "q", output: '""' }, 0, /empty/],
	["blanks around nothing are nothing", { kind: "model", input: "q", output: " {}\n" }, 0, /empty/],
	["null is nothing", { kind: "tool_call", input: "q", output: "null" }, 0, /empty/],
	["blanks are nothing", { kind: "tool_call", input: "q", output: "  \n " }, 0, /empty/],
	["zero is something", { kind: "tool_call", input: "q", output: 0 }, 1, /gave/],
	["false is something", { kind: "tool_call", input: "q", output: false }, 1, /gave/],
	["documents are something", { kind: "retrieval", input: "q", output: [{ id: "a" }] }, 1, /gave/],
	["an output that was not recorded cannot be judged", { kind: "model", input: "q" }, null, /recorded/],
	["a step that failed gave no output", { kind: "model", input: "q", failed: true }, undefined, /^$/],
	["nothing was captured", { kind: "model" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`an empty output: ${title}`, () => {
		const found = readLast(emptyOutput, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
