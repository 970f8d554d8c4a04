import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { contentExplained } from "./content-explained.ts";

for (const [title, step, value, text] of [
	[
		"text that was made up",
		{ kind: "model", input: "refunds take thirty days", output: "unicorns grant wishes" },
		0,
		/^0 %/,
	],
	["half of it made up", { kind: "render", input: "refunds take", output: "refunds vanish" }, 0.5, /^50 %/],
	[
		"all of it given",
		{ kind: "post_process", input: "Refunds take thirty days", output: "refunds: thirty" },
		1,
		/^100 %/,
	],
	[
		"another script",
		{ kind: "render", input: "商品は返品できます", output: { html: "返品できます" } },
		1,
		/^100 %/,
	],
	["an output without words", { kind: "render", input: "a", output: "—" }, undefined, /^$/],
	["no input was captured", { kind: "render", output: "a" }, undefined, /^$/],
	[
		"a retrieval brings what was not in the query",
		{ kind: "retrieval", input: "a", output: "b" },
		undefined,
		/^$/,
	],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`explained content: ${title}`, () => {
		const found = readLast(contentExplained, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
