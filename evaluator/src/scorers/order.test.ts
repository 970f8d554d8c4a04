import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { focusOrder, numberOrder } from "./order.ts";

const list = (...items: readonly unknown[]): StepSpec => ({ kind: "custom", output: items });
const page = (text: string, score: number) => ({ text, score });

for (const [title, step, value] of [
	["what was asked comes first", list(page("refunds take thirty days", 0.9), page("weather", 0.5)), 0],
	[
		"what was asked comes last",
		list(page("weather", 0.9), page("parking", 0.8), page("refunds take days", 0.1)),
		1,
	],
	[
		"the list is one of an object's fields",
		{ kind: "retrieval", output: { hits: [page("x", 1), page("refunds", 0)] } },
		1,
	],
	["nothing bears on it", list(page("weather", 0.9), page("parking", 0.5)), undefined],
	["one item", list(page("refunds", 1)), undefined],
	["no list", { kind: "custom", output: "refunds" }, undefined],
	["two lists", { kind: "custom", output: { a: ["refunds", "x"], b: ["y", "z"] } }, undefined],
	["a step that passes text on", { kind: "render", output: ["x", "refunds"] }, undefined],
] as const satisfies readonly (readonly [string, StepSpec, number | undefined])[]) {
	test(`where what bears most on the question stands: ${title}`, () => {
		assert.equal(readLast(focusOrder, [step], { input: "refunds?" }).value, value);
	});
}

for (const [title, step, value] of [
	["best first", list(page("a", 0.9), page("b", 0.5), page("c", 0.5)), 1],
	["worst first", list(page("a", 1), page("b", 2), page("c", 3)), 0],
	["one out of order", list(page("a", 0.9), page("b", 0.5), page("c", 0.7), page("d", 0.2)), 2 / 3],
	["scores that are no numbers", list(page("a", Number.NaN), { text: "b", score: null }), undefined],
	["a list of words", list("a", "b"), undefined],
	["nothing captured", { kind: "retrieval" }, undefined],
] as const satisfies readonly (readonly [string, StepSpec, number | undefined])[]) {
	test(`numbers along a list: ${title}`, () => {
		assert.equal(readLast(numberOrder, [step]).value, value);
	});
}
