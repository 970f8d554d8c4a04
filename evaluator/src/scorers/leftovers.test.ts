import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { leftovers } from "./leftovers.ts";

for (const [title, step, value, text] of [
	[
		"an object in a template",
		{ kind: "prompt_build", input: { user: {} }, output: "Hello [object Object]!" },
		0,
		/object/,
	],
	[
		"an undefined variable",
		{ kind: "prompt_build", input: "Ann", output: "Hello undefined!" },
		0,
		/undefined/,
	],
	["a number that is none", { kind: "render", input: "total", output: "<b>NaN €</b>" }, 0, /NaN/],
	[
		"an unfilled placeholder",
		{ kind: "prompt_build", input: "Ann", output: "Hello {{ user.name }}" },
		0,
		/\{\{/,
	],
	[
		"an unfilled template literal",
		{ kind: "prompt_build", input: "Ann", output: "Hello $" + "{name}" },
		0,
		/\$\{/,
	],
	["text decoded twice", { kind: "post_process", input: "Größe", output: "GrÃ¶ÃŸe" }, 0, /mojibake/],
	[
		"bytes that could not be decoded",
		{ kind: "post_process", input: "Größe", output: "Gr\ufffd\ufffde" },
		0,
		/its input does not/,
	],
	[
		"a question about undefined",
		{ kind: "prompt_build", input: "why is x undefined?", output: "Answer: why is x undefined?" },
		1,
		/no unfilled/,
	],
	["a healthy prompt", { kind: "prompt_build", input: "Ann", output: "Hello Ann" }, 1, /no unfilled/],
	[
		"words that only resemble them",
		{ kind: "render", input: "x", output: "NaNcy, {not a placeholder}, Ã la carte" },
		1,
		/no unfilled/,
	],
	["a model may write what it likes", { kind: "model", input: "x", output: "undefined" }, undefined, /^$/],
	["nothing was captured", { kind: "render" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`leftovers: ${title}`, () => {
		const found = readLast(leftovers, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
