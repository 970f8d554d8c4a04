import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { readLast } from "../testing/read-last.ts";
import { templateKept, variablesKept } from "./template-kept.ts";

const TEMPLATE = `You answer customers of the shop.
Terms: {{terms}}
Customer: {{question}}
Reply in at most three sentences.`;
const prompt = (output: unknown, attributes: Readonly<Record<string, string>> = {}) => [
	{ kind: "prompt_build" as const, output, attributes: { [ATTR.promptTemplate]: TEMPLATE, ...attributes } },
];

for (const [title, output, value, text] of [
	[
		"a whole prompt",
		TEMPLATE.replace("{{terms}}", "30 days").replace("{{question}}", "Why?"),
		1,
		/holds all/,
	],
	[
		"the same as messages, wrapped otherwise",
		[
			{ role: "system", content: "You answer customers of\nthe shop.\n\nTerms: 30 days" },
			{ role: "user", content: "Customer: Why? Reply in at most three sentences." },
		],
		1,
		/holds all/,
	],
	[
		"its end is cut off",
		"You answer customers of the shop.\nTerms: 30 days",
		0,
		/its end: “Reply in at most/,
	],
	[
		"a section is gone",
		"Terms: 30 days\nCustomer: Why?\nReply in at most three sentences.",
		0,
		/“You answer/,
	],
	["another template altogether", "Du bist der Kundendienst eines Ladens.", null, /nothing of its declared/],
] as const) {
	test(`the declared template: ${title}`, () => {
		const found = readLast(templateKept, prompt(output));
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}

test("a template with logic, or a prompt that was cut when recorded, promises nothing", () => {
	const logic = { [ATTR.promptTemplate]: `{% if terms %}${TEMPLATE}{% endif %}` };
	assert.equal(readLast(templateKept, prompt("x", logic)).value, undefined);
	const cut = { [`${ATTR.stepOutput}${CUT_BYTES_SUFFIX}`]: "90000" };
	assert.equal(readLast(templateKept, prompt("x", cut)).value, undefined);
});

const given = (variables: object) => ({ [ATTR.promptVariables]: JSON.stringify(variables) });
for (const [title, variables, output, value, text] of [
	[
		"all are there",
		{ terms: "30 Tage", question: "Warum?" },
		"Terms: 30 Tage Customer: Warum?",
		1,
		/every variable/,
	],
	["spaces differ", { terms: "30  days\nfree" }, "Terms: 30 days free", 1, /every variable/],
	[
		"one is lost",
		{ terms: "三十天内可以退货", question: "Why?" },
		"Terms: Customer: Why?",
		0,
		/`terms` is not in/,
	],
	["one had no value", { terms: null, question: "Why?" }, "Terms: Customer: Why?", 0, /`terms` had no value/],
	["a list is written in its own way", { terms: ["a", "b"], question: "Why?" }, "- a - b Why?", 1, /every/],
] as const) {
	test(`the template's variables: ${title}`, () => {
		const found = readLast(variablesKept, prompt(output, given(variables)));
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
