import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { finishReason } from "./finish-reason.ts";

for (const [title, step, value, text] of [
	["a cut answer", { kind: "model", attributes: { [ATTR.finishReasons]: '["length"]' } }, 0, /length/],
	[
		"another provider's word for it",
		{ kind: "model", attributes: { [ATTR.finishReasons]: "MAX_TOKENS" } },
		0,
		/MAX_TOKENS/,
	],
	[
		"a filter",
		{ kind: "model", attributes: { [ATTR.finishReasons]: '["content_filter"]' } },
		0,
		/content_filter/,
	],
	[
		"an answer that ended by itself",
		{ kind: "model", attributes: { [ATTR.finishReasons]: '["stop"]' } },
		1,
		/by itself/,
	],
	[
		"a call of tools",
		{ kind: "model", attributes: { [ATTR.finishReasons]: '["tool_calls"]' } },
		1,
		/by itself/,
	],
	["none was recorded", { kind: "model" }, undefined, /^$/],
	["an empty one", { kind: "model", attributes: { [ATTR.finishReasons]: "" } }, undefined, /^$/],
	["no model", { kind: "tool_call", attributes: { [ATTR.finishReasons]: "length" } }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`a finish reason: ${title}`, () => {
		const found = readLast(finishReason, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
