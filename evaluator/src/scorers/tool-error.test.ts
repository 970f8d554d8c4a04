import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { toolError } from "./tool-error.ts";

for (const [title, step, value, text] of [
	["an error in a field", { kind: "tool_call", output: { error: { code: "E42" } } }, 0, /E42/],
	[
		"a list of errors",
		{ kind: "tool_call", output: { data: null, errors: [{ message: "no such field" }] } },
		0,
		/no such field/,
	],
	["no success", { kind: "tool_call", output: { success: false, reason: "quota" } }, 0, /quota/],
	["not ok", { kind: "tool_call", output: { ok: false } }, 0, /ok/],
	["the status of an error", { kind: "tool_call", output: { statusCode: 503 } }, 0, /503/],
	["text that says so", { kind: "tool_call", output: "Error: ENOENT, no such file" }, 0, /ENOENT/],
	[
		"a result",
		{ kind: "tool_call", output: { price: 9, error: null, errors: [], ok: true, status: 200 } },
		1,
		/no error/,
	],
	[
		"a status that is no number of HTTP",
		{ kind: "tool_call", output: { status: "shipped", id: 404 } },
		1,
		/no error/,
	],
	[
		"text that speaks of errors",
		{ kind: "tool_call", output: "The manual says: error codes start at 10" },
		1,
		/no error/,
	],
	["text that is half JSON", { kind: "tool_call", output: '{"error": ' }, 1, /no error/],
	["another kind of step", { kind: "model", output: { error: "x" } }, undefined, /^$/],
	["nothing was captured", { kind: "tool_call" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`a tool's result: ${title}`, () => {
		const found = readLast(toolError, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
