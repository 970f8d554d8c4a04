import assert from "node:assert/strict";
import { test } from "node:test";
import { learnReference } from "../core/reference.ts";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { answerExplained, contentExplained } from "./content-explained.ts";

for (const [title, step, value, text] of [
	[
		"text that was made up",
		{ kind: "post_process", input: "refunds take thirty days", output: "unicorns grant wishes" },
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

test("a model's own words are its prompt's doing too, so they are evidence of what it may have inherited", () => {
	const step = { kind: "model", input: "refunds take thirty days", output: "unicorns grant wishes" } as const;
	assert.equal(readLast(answerExplained, [step]).value, 0);
	assert.equal(answerExplained.sort, "inherited");
	assert.equal(readLast(contentExplained, [step]).value, undefined);
});

test("a component's usual words need no explanation", () => {
	const healthy = learnReference(
		Array.from({ length: 20 }, (_, at) =>
			makeRun({
				traceId: `${at}`,
				steps: [{ kind: "render", input: `word${at}`, output: `Dear customer, word${at}` }],
			}),
		),
	);
	const found = readLast(
		contentExplained,
		[{ kind: "render", input: "hello", output: "Dear customer, hello goodbye" }],
		{
			reference: healthy,
		},
	);
	assert.equal(found.value, 3 / 4);
});
