import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import { documentShare, documentsUsed } from "./documents-used.ts";

const RETURNS =
	"Sie können Ware innerhalb von 30 Tagen nach der Lieferung zurückgeben und erhalten eine Erstattung der Kosten.";
const WARRANTY =
	"Every product has a warranty of 24 months, so keep the invoice because it counts as warranty card.";
const steps = (output: string) => [
	{
		kind: "retrieval" as const,
		input: "q",
		output: [
			{ id: "returns-de", content: RETURNS },
			{ id: "warranty-en", content: WARRANTY },
		],
	},
	{ kind: "prompt_build" as const, input: { question: "q" }, output, links: ["s0"] },
];

test("a prompt with its documents", () => {
	const whole = steps(`Terms:\n${RETURNS}\n${WARRANTY}`);
	assert.equal(readLast(documentsUsed, whole).value, 1);
	assert.equal(readLast(documentShare, whole).value, 1);
});

test("one document is missing: that is measured, and it is named", () => {
	const half = steps(`Terms:\n${RETURNS}`);
	assert.equal(readLast(documentsUsed, half).value, 1);
	const found = readLast(documentShare, half);
	assert.ok((found.value ?? 1) < 0.6);
	assert.match(found.text, /not in it: “warranty-en”/);
});

test("nothing that was retrieved got into the prompt", () => {
	const found = readLast(documentsUsed, steps("Terms:\nundefined\nAnswer the customer."));
	assert.equal(found.value, 0);
	assert.match(found.text, /none of the 2 documents.*“returns-de”, “warranty-en”/);
});

test("documents of a few words, and prompts that are not fed by a retrieval, say nothing", () => {
	const short = [
		{ kind: "retrieval" as const, output: [{ id: "a", content: "two words" }] },
		{ kind: "prompt_build" as const, output: "Hello", links: ["s0"] },
	];
	assert.equal(readLast(documentsUsed, short).value, undefined);
	assert.equal(readLast(documentsUsed, [{ kind: "prompt_build", output: "Hello" }]).value, undefined);
});
