import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { promptBudget } from "./prompt-budget.ts";

for (const [title, step, value, text] of [
	[
		"a full prompt",
		{ kind: "prompt_build", attributes: { [ATTR.promptTokens]: "4096", [ATTR.promptTokenLimit]: "4096" } },
		1,
		/4096 of 4096/,
	],
	[
		"a quarter",
		{ kind: "prompt_build", attributes: { [ATTR.promptTokens]: "1024", [ATTR.promptTokenLimit]: "4096" } },
		0.25,
		/1024 of 4096/,
	],
	[
		"no tokens",
		{ kind: "prompt_build", attributes: { [ATTR.promptTokens]: "0", [ATTR.promptTokenLimit]: "10" } },
		0,
		/0 of 10/,
	],
	[
		"a limit of zero",
		{ kind: "prompt_build", attributes: { [ATTR.promptTokens]: "5", [ATTR.promptTokenLimit]: "0" } },
		undefined,
		/^$/,
	],
	[
		"words for numbers",
		{ kind: "prompt_build", attributes: { [ATTR.promptTokens]: "many", [ATTR.promptTokenLimit]: "10" } },
		undefined,
		/^$/,
	],
	[
		"without end",
		{
			kind: "prompt_build",
			attributes: { [ATTR.promptTokens]: "Infinity", [ATTR.promptTokenLimit]: "Infinity" },
		},
		undefined,
		/^$/,
	],
	["no limit is known", { kind: "prompt_build", attributes: { [ATTR.promptTokens]: "5" } }, undefined, /^$/],
	[
		"another kind of step",
		{ kind: "model", attributes: { [ATTR.promptTokens]: "5", [ATTR.promptTokenLimit]: "5" } },
		undefined,
		/^$/,
	],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`the token budget: ${title}`, () => {
		const found = readLast(promptBudget, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
