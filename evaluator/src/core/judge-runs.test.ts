import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInScorers } from "../scorers/built-in.ts";
import { DOCS_STEPS, docsRun } from "../testing/docs-pipeline.ts";
import { makeRun } from "../testing/make-run.ts";
import { judgeRuns } from "./judge-runs.ts";
import type { Run } from "./trace.ts";

const healthy = (size: number): Run[] => Array.from({ length: size }, (_, at) => docsRun(`h${at}`, at % 30));
const judge = (runs: readonly Run[]) => judgeRuns(runs, { scorers: builtInScorers });

for (const fault of DOCS_STEPS) {
	for (const outcome of ["fail", "unknown"] as const) {
		test(`names ${fault} where the fault was planted there and the run says ${outcome}`, () => {
			const broken = Array.from({ length: 6 }, (_, at) => docsRun(`b${at}`, at * 4, { fault, outcome }));
			const verdicts = judge([...healthy(120), ...broken]).verdicts.slice(-6);
			for (const verdict of verdicts) {
				const why = JSON.stringify(
					verdict.candidates.slice(0, 3).map(({ step, probability }) => [step, probability]),
				);
				assert.equal(verdict.kind, "fault", why);
				assert.equal(verdict.origin?.step, fault, why);
				assert.ok(verdict.evidence.length > 0);
			}
		});
	}

	test(`names ${fault} for a question that nobody asked before`, () => {
		const runs = [...healthy(120), docsRun("new", 45, { fault })];
		const verdict = judge(runs).verdicts.at(-1);
		assert.equal(verdict?.candidates[0]?.step, fault, JSON.stringify(verdict?.candidates.slice(0, 3)));
	});
}

test("finds no fault in passing runs, nor in healthy runs that nobody judged", () => {
	const unjudged = Array.from({ length: 30 }, (_, at) => docsRun(`u${at}`, at, { outcome: "unknown" }));
	const { verdicts, reference } = judge([...healthy(120), ...unjudged]);
	assert.match(reference.text, /^120 passing runs/);
	const wrong = verdicts.filter((verdict) => verdict.kind !== "no-fault");
	assert.ok(wrong.length <= 2, `${wrong.length} of ${verdicts.length}`);
});

test("a call that failed and whose retry succeeded is no fault", () => {
	const call = (failed: boolean) =>
		({
			kind: "tool_call",
			name: "price",
			input: { name: "yolov5" },
			failed,
			output: failed ? "" : { price: 9 },
			statusMessage: "timeout",
		}) as const;
	const end = { kind: "render", name: "page", input: { price: 9 }, output: "<b>9</b>" } as const;
	const smooth = Array.from({ length: 60 }, (_, at) =>
		makeRun({ traceId: `r${at}`, outcome: "pass", steps: [call(false), end] }),
	);
	const retried = makeRun({ traceId: "x", steps: [call(true), call(false), end] });
	const broken = makeRun({ traceId: "y", steps: [call(true), end] });
	const [good, bad] = judge([...smooth, retried, broken]).verdicts.slice(-2);
	assert.equal(good?.kind, "no-fault");
	assert.ok((bad?.none ?? 1) < (good?.none ?? 0));
	assert.equal(bad?.candidates[0]?.step, "price");
});

test("judges runs without steps, without content, and no runs at all", () => {
	assert.deepEqual(judge([]).verdicts, []);
	const kinds = judge([
		makeRun({ outcome: "fail" }),
		makeRun({ traceId: "a", outcome: "fail", steps: [{ kind: "" }] }),
		makeRun({ traceId: "b", outcome: "pass" }),
	]).verdicts.map((verdict) => verdict.kind);
	assert.deepEqual(kinds.slice(0, 2), ["no-coverage", "no-coverage"]);
});

test("calls back after each run that was read", () => {
	const seen: number[] = [];
	judgeRuns(healthy(3), { scorers: builtInScorers, onRead: (done) => seen.push(done) });
	assert.deepEqual(seen, [1, 2, 3]);
});
