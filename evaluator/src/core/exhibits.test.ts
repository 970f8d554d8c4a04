import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { runExhibits, shortened, stepExhibits } from "./exhibits.ts";
import { readNodes } from "./nodes.ts";
import { readRubricAnswer } from "./read-rubric-answer.ts";

describe("what a judge is shown", () => {
	const run = makeRun({
		input: "what does part seven cost in crowns",
		output: "it costs eleven crowns",
		steps: [
			{
				kind: "retrieval",
				name: "search",
				input: "part seven",
				output: "part seven costs eleven crowns everywhere",
			},
			{
				kind: "model",
				name: "answer",
				input: "part seven costs eleven crowns everywhere",
				output: "it costs eleven crowns",
				failed: true,
				statusMessage: "late",
				links: ["s0"],
			},
		],
	});
	const read = readNodes(run);
	const at = (name: string): number => read.nodes.findIndex((node) => node.name === name);

	test("of a step: the request, what it was given, itself, and what was made of it", () => {
		assert.deepEqual(
			stepExhibits(read, at("search"), 1000).map(({ label }) => label),
			[
				"the user's request",
				"input of search (retrieval), which is to be judged",
				"output of search (retrieval), which is to be judged",
				"what answer (model) made of it afterwards",
			],
		);
		const answer = stepExhibits(read, at("answer"), 1000);
		assert.equal(answer[1]?.label, "given by search (retrieval)");
		assert.match(answer.at(-1)?.text ?? "", /^error: late\nit costs/);
	});

	test("of a hand-off: what was given and what was received; of the input: itself", () => {
		assert.deepEqual(
			stepExhibits(read, at("hand-off to answer"), 1000).map(({ label, text }) => [label, text.slice(0, 10)]),
			[
				["the user's request", "what does "],
				["given by search (retrieval)", "part seven"],
				["received by answer (model)", "part seven"],
			],
		);
		assert.equal(stepExhibits(read, at("input"), 1000).length, 1);
		assert.deepEqual(stepExhibits(read, 99, 1000), []);
	});

	test("is bounded, and says what was left out", () => {
		const long = `${"a".repeat(5_000)}${"z".repeat(5_000)}`;
		const cut = shortened(long, 100);
		assert.match(cut, /^a{60}\n\[… 9900 characters left out …\]\nz{40}$/);
		assert.equal(shortened("short", 100), "short");
		assert.ok(shortened("😀".repeat(100), 51).isWellFormed(), "no half of a character");
		const many = makeRun({
			input: "go",
			steps: Array.from({ length: 400 }, (_, step) => ({
				kind: "tool_call" as const,
				name: `t${step % 2}`,
				output: long,
			})),
		});
		const total = runExhibits(readNodes(many), 1000).reduce((sum, { text }) => sum + text.length, 0);
		assert.ok(total < 120_000, `${total} characters of a run of 400 steps`);
	});
});

describe("a judge's answer", () => {
	const cases: readonly (readonly [string, string | null])[] = [
		['{"reason":"r","verdict":"pass"}', "pass"],
		['Sure!\n```json\n{"verdict": " FAIL ", "reason": 3}\n```', "fail"],
		['{"verdict":"cannot_tell"}', "cannot_tell"],
		['{"verdict":"pass"} or rather {"verdict":"fail"}', null],
		['{"verdict":"excellent"}', null],
		["pass", null],
		["", null],
		['{"verdict":', null],
		["null", null],
	];
	for (const [text, verdict] of cases)
		test(`${JSON.stringify(text)} says ${verdict ?? "nothing"}`, () => {
			assert.equal(readRubricAnswer(text)?.verdict ?? null, verdict);
		});
});
