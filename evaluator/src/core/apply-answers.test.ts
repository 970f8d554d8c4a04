import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyAnswers, beliefOf, type JudgeAnswer, tellsOrigin } from "./apply-answers.ts";
import { DECLARED_RATES, NONE } from "./ask-where.ts";
import type { PresentedVerdict } from "./present-verdict.ts";

const COMPONENTS = [
	{ step: "input", kind: "input", component_version: "" },
	{ step: "search", kind: "retrieval", component_version: "idx-7" },
	{ step: "hand-off to answer", kind: "edge", component_version: "" },
	{ step: "answer", kind: "model", component_version: "m-1" },
] as const;

function verdictOf(outcome: string, search: number, answer: number, more = 0): PresentedVerdict {
	const candidate = (span_id: string | null, step: string, kind: string, probability: number) => ({
		span_id,
		step,
		kind,
		probability,
	});
	return {
		trace_id: "t",
		pipeline: "p",
		service_version: "1",
		outcome,
		verdict: "ambiguous",
		origin: null,
		candidates: [
			candidate("b", "answer", "model", answer),
			candidate("a", "search", "retrieval", search),
			candidate("a->b", "hand-off to answer", "edge", more),
			candidate(null, "input", "input", more),
			candidate(null, "unknown", "unknown", more),
		],
		also: [],
		set90: [],
		evidence: [],
		edges: [],
	};
}

const answer = (kind: string, spanId: string, step: string, value: number): JudgeAnswer => ({
	scorer: `judge/${kind === "" ? "end-to-end" : kind}`,
	spanId,
	step,
	kind,
	value,
	text: "why",
});
const apply = (before: PresentedVerdict, answers: readonly JudgeAnswer[]) =>
	applyAnswers(before, COMPONENTS, answers, () => DECLARED_RATES);

describe("what the judge says of a run", () => {
	test("names the origin where it was not clear, with its version and what the judge said", () => {
		const { verdict, kind, components } = apply(verdictOf("fail", 0.4, 0.5, 0.1 / 3), [
			answer("retrieval", "a", "search", 0),
			answer("model", "b", "answer", 1),
		]);
		assert.equal(kind, "fault");
		assert.deepEqual(
			[verdict.origin?.step, verdict.origin?.component_version, verdict.origin?.verified],
			["search", "idx-7", false],
		);
		assert.deepEqual(
			verdict.evidence.map(({ check, step, score, text }) => [check, step, score, text]),
			[["judge/retrieval", "search", 0, "why"]],
		);
		const sum = verdict.candidates.reduce((total, { probability }) => total + probability, 0);
		assert.ok(Math.abs(sum - 1) < 1e-5);
		assert.deepEqual(
			verdict.candidates.map(({ probability }) => probability),
			verdict.candidates.map(({ probability }) => probability).toSorted((a, b) => b - a),
		);
		const [input, search, , last] = components;
		assert.equal(input?.reached, 1);
		assert.ok((search?.broke ?? 0) > 0.5);
		assert.ok(
			Math.abs(
				(last?.reached ?? 0) - (1 - components.slice(0, 3).reduce((all, { broke }) => all + broke, 0)),
			) < 1e-9,
		);
		assert.ok(verdict.set90.includes("a"));
	});

	test("corrects evidence that was sure of the wrong place, by several answers", () => {
		const sure = verdictOf("fail", 0.0001, 0.9996, 0.0001);
		const two = [answer("model", "b", "answer", 1), answer("retrieval", "a", "search", 0)];
		const [first] = apply(sure, two).verdict.candidates;
		assert.equal(first?.step, "answer", "two answers do not outweigh it …");
		const more = [...two, answer("edge", "a->b", "hand-off to answer", 1), answer("input", "", "input", 1)];
		const after = apply(sure, more).verdict.candidates.find(({ step }) => step === "search");
		assert.ok((after?.probability ?? 0) > 0.2, `… but move it: ${after?.probability}`);
	});

	test("of the whole run tells a fault from none, where nobody said how it ended", () => {
		const unsure = verdictOf("unknown", 0.1, 0.1, 0.02);
		assert.ok(
			Math.abs((beliefOf(unsure, COMPONENTS).find(({ id }) => id === NONE)?.probability ?? 0) - 0.74) < 1e-9,
		);
		const bad = apply(unsure, [answer("", "", "", 0)]);
		assert.notEqual(bad.kind, "no-fault");
		assert.equal(bad.verdict.evidence[0]?.check, "judge/end-to-end");
		const good = apply(unsure, [answer("", "", "", 1)]);
		assert.equal(good.kind, "no-fault");
		assert.deepEqual(good.verdict.set90, []);
	});

	test("counts only where it was asked whether a step did its own work right", () => {
		assert.ok(tellsOrigin({ scorer: "judge/model", kind: "model" }));
		assert.ok(tellsOrigin({ scorer: "judge/end-to-end", kind: "" }));
		assert.ok(!tellsOrigin({ scorer: "judge/polite", kind: "model" }));
		assert.ok(!tellsOrigin({ scorer: "judge/polite", kind: "" }));
	});
});
