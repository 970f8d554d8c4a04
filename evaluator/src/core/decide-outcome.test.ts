import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { type CaseEvidence, decideOutcome, meetsExpectation } from "./decide-outcome.ts";

const nothing: CaseEvidence = {
	grade: null,
	passFrom: 0.5,
	application: "unknown",
	expected: { contains: null, documents: null },
	output: "",
	run: null,
};

test("the grader overrules the application, the application the expectation, and silence asks the next", () => {
	const cases: readonly (readonly [Partial<CaseEvidence>, string, string])[] = [
		[{}, "unknown", "none"],
		[{ grade: "fail", application: "pass" }, "fail", "grade"],
		[{ grade: 0.5 }, "pass", "grade"],
		[{ grade: 0.49 }, "fail", "grade"],
		[{ grade: Number.NaN, application: "pass" }, "pass", "application"],
		[{ application: "fail", expected: { contains: [], documents: null } }, "fail", "application"],
		[{ expected: { contains: ["b"], documents: null }, output: "abc" }, "pass", "expectation"],
		[{ expected: { contains: ["x"], documents: null }, output: "abc" }, "fail", "expectation"],
	];
	for (const [evidence, outcome, source] of cases) {
		assert.deepEqual(
			decideOutcome({ ...nothing, ...evidence }),
			{ outcome, source },
			JSON.stringify(evidence),
		);
	}
});

test("expected texts are found whatever the markup, the case and the white space", () => {
	const holds = (output: unknown, ...contains: string[]): boolean | null =>
		meetsExpectation({ expected: { contains, documents: null }, output, run: null });
	assert.equal(holds("<p>Fish &amp; <b>chips</b>\n cost 5</p>", "fish & chips cost"), true);
	assert.equal(holds({ answer: { text: "Two  words" } }, "two words"), true);
	assert.equal(holds("use <T> here", "<t>"), true);
	assert.equal(holds("one", "one", "two"), false);
	assert.equal(holds(undefined, "one"), false);
});

test("expected documents are looked for in every retrieval; without one nobody saw them", () => {
	const finds = (steps: Parameters<typeof makeRun>[0], ...documents: string[]): boolean | null =>
		meetsExpectation({
			expected: { contains: null, documents },
			output: "",
			run: steps === undefined ? null : makeRun(steps),
		});
	const run = {
		steps: [
			{ kind: "retrieval" as const, output: [{ id: "a" }, { id: 7 }] },
			{ kind: "retrieval" as const, output: { hits: [{ id: "b" }] } },
		],
	};
	assert.equal(finds(run, "a", "b", "7"), true);
	assert.equal(finds(run, "a", "c"), false);
	assert.equal(finds({ steps: [{ kind: "model" }] }, "a"), null);
	assert.equal(finds(undefined, "a"), null);
});
