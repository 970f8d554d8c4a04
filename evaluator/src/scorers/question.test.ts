import assert from "node:assert/strict";
import { test } from "node:test";
import { readNodes } from "../core/nodes.ts";
import { recordTasks, viewsOf } from "../core/read-run.ts";
import { learnReference } from "../core/reference.ts";
import type { Outcome } from "../core/trace.ts";
import { makeRun } from "../testing/make-run.ts";
import { questionLength, taskRecord, usualQuestion } from "./question.ts";

const run = (traceId: string, input: string, outcome: Outcome = "pass") =>
	makeRun({ traceId, input, outcome, taskId: input, steps: [{ kind: "model", input, output: "x" }] });
const asked = Array.from({ length: 30 }, (_, at) =>
	run(`r${at}`, `how long does the delivery of order ${at % 10} last, please ${at}`),
);
const reference = learnReference(asked);
const ask = (one: ReturnType<typeof run>, record = recordTasks([])) => {
	const [view] = viewsOf(readNodes(one), reference, record);
	assert.ok(view !== undefined);
	return view;
};

test("knows how many words of a question nobody ever asked with", () => {
	assert.equal(usualQuestion.read(ask(run("t", "how long does the delivery last")))?.value, 0);
	assert.equal(usualQuestion.read(ask(run("t", "hwo lnog does teh delivery lsat")))?.value, 4 / 6);
	const known = asked[0];
	assert.ok(known !== undefined);
	assert.ok(
		(usualQuestion.read(ask(known))?.value ?? 1) < 0.2,
		"a question of the reference does not vouch for itself, others do",
	);
	assert.equal(usualQuestion.read(ask(run("t", "")))?.value, undefined);
});

test("measures the question's length", () => {
	assert.ok((questionLength.read(ask(run("t", "x ".repeat(500))))?.value ?? 0) > 9);
});

test("a task that fails in other runs too is itself to blame, the more of them there are", () => {
	const again = (outcomes: readonly Outcome[]) => [
		run("t", "why", "fail"),
		...outcomes.map((outcome, at) => run(`o${at}`, "why", outcome)),
	];
	const of = (outcomes: readonly Outcome[]) => {
		const [first] = again(outcomes);
		assert.ok(first !== undefined);
		return taskRecord.read(ask(first, recordTasks(again(outcomes))))?.value;
	};
	assert.equal(of([]), undefined);
	assert.equal(of(["pass", "pass"]), 1);
	assert.ok((of(["fail"]) ?? 1) > (of(["fail", "fail", "fail", "fail"]) ?? 1));
});
