import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { contentKept } from "./content-kept.ts";

for (const [title, step, value, text] of [
	[
		"a prompt that loses its documents",
		{ kind: "prompt_build", input: ["refunds take thirty days", "q"], output: "q" },
		0.2,
		/^20 %/,
	],
	[
		"everything passed on",
		{ kind: "render", input: "refunds take", output: "<p>Refunds take</p>" },
		1,
		/^100 %/,
	],
	["an input without words", { kind: "render", input: "—", output: "a" }, undefined, /^$/],
	["no output was captured", { kind: "render", input: "a" }, undefined, /^$/],
	["a model may leave out what it likes", { kind: "model", input: "a b", output: "a" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`kept content: ${title}`, () => {
		const found = readLast(contentKept, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}

test("takes what its sources gave for its input where none was captured", () => {
	const found = readLast(contentKept, [
		{ kind: "retrieval", input: "q", output: "refunds take thirty days" },
		{ kind: "prompt_build", output: "refunds take", links: ["s0"] },
	]);
	assert.equal(found.value, 0.5);
});
