import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { answerFocus, focusKept } from "./focus-kept.ts";

const PAGES =
	"The refund of parcels takes thirty days.\nParking costs two euros a day.\nThe museum opens at nine.";
const QUESTION = "How long does the refund of parcels take?";

for (const [title, step, from, to] of [
	["it was passed on", { kind: "prompt_build", input: PAGES, output: `Answer: ${PAGES}` }, 1, 1],
	[
		"it was lost, and the rest kept",
		{ kind: "prompt_build", input: PAGES, output: "Parking costs two euros a day." },
		0,
		0.2,
	],
	[
		"only the rest was lost",
		{ kind: "custom", input: PAGES, output: "The refund of parcels takes thirty days." },
		1,
		1,
	],
] as const satisfies readonly (readonly [string, StepSpec, number, number])[]) {
	test(`what bears most on the question: ${title}`, () => {
		const { value } = readLast(focusKept, [step], { input: QUESTION });
		assert.ok(value !== undefined && value !== null && value >= from && value <= to, String(value));
	});
}

test("has nothing to say where nothing bears on the question, or nothing was captured", () => {
	const step: StepSpec = { kind: "prompt_build", input: PAGES, output: "x" };
	assert.equal(readLast(focusKept, [step], { input: "unicorns?" }).value, undefined);
	assert.equal(
		readLast(focusKept, [{ kind: "prompt_build", output: "x" }], { input: QUESTION }).value,
		undefined,
	);
	assert.equal(readLast(focusKept, [{ ...step, kind: "render" }], { input: QUESTION }).value, undefined);
});

test("an answer that comes from elsewhere in the prompt is told from one that comes from where the prompt bears on the question", () => {
	const answer = (output: string) =>
		readLast(answerFocus, [{ kind: "model", input: PAGES, output }], { input: QUESTION }).value ?? -1;
	assert.equal(answer("It takes thirty days."), 3 / 4);
	assert.ok(answer("It costs two euros.") < 0.3);
	assert.equal(
		readLast(answerFocus, [{ kind: "render", input: PAGES, output: "x" }], { input: QUESTION }).value,
		undefined,
	);
});
