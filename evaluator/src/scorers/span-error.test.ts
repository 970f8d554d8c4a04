import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec, viewsOf } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { spanError } from "./span-error.ts";

for (const [title, step, value, text] of [
	[
		"an error",
		{ kind: "tool_call", failed: true, statusMessage: "timeout after 30 s" },
		0,
		/timeout after 30 s/,
	],
	["an error without a message", { kind: "model", failed: true }, 0, /no message/],
	["no error", { kind: "tool_call" }, 1, /without an error/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`the step's end: ${title}`, () => {
		const found = readLast(spanError, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}

for (const [title, first, second, value] of [
	[
		"the same call succeeded later",
		{ input: { q: "price of yolov5" } },
		{ input: { q: "price of yolov5" } },
		1,
	],
	["the retry failed too", { input: { q: "price" } }, { input: { q: "price" }, failed: true }, 0],
	[
		"a later call asked something else",
		{ input: { q: "price of yolov5" } },
		{ input: { q: "weather in Rome" } },
		0,
	],
	["another tool succeeded", { input: { q: "price" } }, { input: { q: "price" }, name: "other" }, 0],
] as const satisfies readonly (readonly [string, StepSpec, StepSpec, number])[]) {
	test(`a failed step is judged by its retry: ${title}`, () => {
		const steps = [
			{ kind: "tool_call", failed: true, ...first },
			{ kind: "tool_call", ...second },
		] as const;
		const [view] = viewsOf(makeRun({ steps }));
		assert.equal(view && spanError.read(view)?.value, value);
	});
}

test("a success before the failure is no retry", () => {
	assert.equal(readLast(spanError, [{ input: "q" }, { input: "q", failed: true }]).value, 0);
});
