import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { learnReference } from "../core/reference.ts";
import { makeRun, nodeViewsOf, type StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { handOffExplained } from "./hand-off.ts";
import { handOffKept, partsKept } from "./parts-kept.ts";
import { usualChoice } from "./usual-choice.ts";
import { usualValues } from "./usual-values.ts";
import { usualWords } from "./usual-words.ts";

/** Scorers that compare with what healthy executions of a component pass on, give and choose, part by part. */

const TOPICS = ["refund", "delivery", "warranty", "invoice", "password", "gift"];
const pages = (at: number) =>
	[0, 1, 2].map((rank) => ({
		id: `p${at}-${rank}`,
		text: `${TOPICS[(at + rank) % 6]} number${at} item${rank} lasts`,
	}));
const prompt = (at: number, kept = 3, template = "You are a friendly desk clerk"): StepSpec => ({
	kind: "prompt_build",
	input: { question: `how long does ${TOPICS[at % 6]} number${at} last`, pages: pages(at) },
	output: `${template}. ${pages(at)
		.slice(0, kept)
		.map(({ text }) => text)
		.join(" ")} how long does ${TOPICS[at % 6]} number${at} last`,
});
const price = (at: number): StepSpec => ({
	kind: "tool_call",
	output: { currency: "EUR", price: 10 + (at % 7), day: `2026-01-${10 + (at % 9)}` },
});
const route = (at: number): StepSpec => ({
	kind: "custom",
	name: "route",
	input: `I have a question about my ${at % 2 === 0 ? "card and its limit" : "loan and its rate"} number${at}`,
	output: { branch: at % 2 === 0 ? "cards" : "loans" },
});
const healthy = (step: (at: number) => StepSpec) =>
	learnReference(Array.from({ length: 60 }, (_, at) => makeRun({ traceId: `r${at}`, steps: [step(at)] })));

test("names the part of its input that a step passed on least", () => {
	const reference = healthy(prompt);
	assert.ok((readLast(partsKept, [prompt(99)], { reference }).value ?? 9) < 1);
	const cut = readLast(partsKept, [prompt(99, 1)], { reference });
	assert.ok((cut.value ?? 0) > 3, String(cut.value));
	assert.match(cut.text, /`\.pages\[\]\.text` of its input.*usually 100 %/);
	assert.equal(readLast(partsKept, [prompt(99, 1)]).value, undefined, "nothing is known without a reference");
	assert.equal(readLast(partsKept, [{ kind: "prompt_build", output: "x" }], { reference }).value, undefined);
});

test("finds the words of a template that are gone, whatever the input", () => {
	const reference = healthy(prompt);
	assert.equal(readLast(usualWords, [prompt(99)], { reference }).value, 1);
	const lost = readLast(usualWords, [prompt(99, 3, "You are")], { reference });
	assert.ok((lost.value ?? 1) < 0.6);
	assert.match(lost.text, /4 of the 6 words/);
	assert.equal(readLast(usualWords, [{ ...prompt(99), kind: "render" }], { reference }).value, undefined);
});

for (const [title, output, text] of [
	["a number in cents", { currency: "EUR", price: 1200, day: "2026-01-12" }, /`\.price` is unusually large/],
	[
		"a date written otherwise",
		{ currency: "EUR", price: 12, day: "12.01.2026" },
		/`\.day` is written as “9\.9\.9”/,
	],
	[
		"null where something stood",
		{ currency: "EUR", price: null, day: "2026-01-12" },
		/`\.price` is written as “null”/,
	],
	["another currency", { currency: "USD", price: 12, day: "2026-01-12" }, /`\.currency` is “USD”/],
] as const) {
	test(`finds the value that is least like what usually stands there: ${title}`, () => {
		const reference = healthy(price);
		const found = readLast(usualValues, [{ kind: "tool_call", output }], { reference });
		assert.ok((found.value ?? 0) > 2, String(found.value));
		assert.match(found.text, text);
		assert.ok((readLast(usualValues, [price(3)], { reference }).value ?? 9) < 1);
	});
}

test("has nothing to say of values that were cut, of failed calls and of few executions", () => {
	const reference = healthy(price);
	const cut = {
		kind: "tool_call",
		output: '{"currency":"E',
		attributes: { [`${ATTR.stepOutput}${CUT_BYTES_SUFFIX}`]: "9999" },
	} as const;
	assert.equal(readLast(usualValues, [cut], { reference }).value, undefined);
	assert.equal(
		readLast(usualValues, [{ kind: "tool_call", failed: true, output: "x" }], { reference }).value,
		undefined,
	);
	const few = learnReference([makeRun({ traceId: "a", steps: [price(1)] })]);
	assert.equal(readLast(usualValues, [price(1)], { reference: few }).value, undefined);
});

test("finds a choice that inputs like this one do not get", () => {
	const reference = healthy(route);
	const right = readLast(usualChoice, [route(100)], { reference });
	const wrong = readLast(usualChoice, [{ ...route(100), output: { branch: "loans" } }], { reference });
	assert.ok(
		(right.value ?? -9) > Math.log(0.5) && (wrong.value ?? 0) < Math.log(0.05),
		`${right.value} ${wrong.value}`,
	);
	assert.match(wrong.text, /`\.branch` is “loans”, where inputs like this get “cards”/);
	assert.equal(
		readLast(usualChoice, [prompt(1)], { reference: healthy(prompt) }).value,
		undefined,
		"a step that does not choose",
	);
});

test("finds what a hand-off lost, and what it made up", () => {
	const run = (at: number, handed: unknown, traceId = `r${at}`) =>
		makeRun({
			traceId,
			steps: [
				{ kind: "retrieval", name: "search", output: pages(at) },
				{ kind: "prompt_build", name: "build", input: handed, output: "x", links: ["s0"] },
			],
		});
	const reference = learnReference(Array.from({ length: 40 }, (_, at) => run(at, { pages: pages(at) })));
	const read = (handed: unknown) => {
		const view = nodeViewsOf(run(99, handed, "t"), reference).find(({ step }) => step.kind === "edge");
		assert.ok(view !== undefined);
		return { kept: handOffKept.read(view), explained: handOffExplained.read(view) };
	};
	const whole = read({ pages: pages(99) });
	assert.ok((whole.kept?.value ?? 9) < 1 && whole.explained?.value === 1);
	const lost = read({ pages: pages(99).slice(0, 1) });
	assert.ok((lost.kept?.value ?? 0) > 3, JSON.stringify(lost.kept));
	assert.match(lost.kept?.text ?? "", /`\[\]\.(id|text)` of its input/);
	assert.ok((read({ pages: [{ text: "unicorns grant seven wishes" }] }).explained?.value ?? 1) < 0.5);
});
