import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInScorers } from "../scorers/built-in.ts";
import { docsRun } from "../testing/docs-pipeline.ts";
import { makeRun } from "../testing/make-run.ts";
import { fitJudge, judgeFurther, judgeRead } from "./judge.ts";
import { recordTasks } from "./read-run.ts";

const healthy = Array.from({ length: 120 }, (_, at) => docsRun(`h${at}`, at % 30));
const broken = Array.from({ length: 12 }, (_, at) =>
	docsRun(`b${at}`, at * 2, { fault: at % 2 === 0 ? "search" : "page" }),
);

test("a judge that learned from other runs says the same of a run as one that learned from it too", () => {
	const all = [...healthy, ...broken];
	const { judge, read } = fitJudge(all, { scorers: builtInScorers });
	const within = read.slice(-2).map((one) => judgeRead(one, judge).verdict);
	const { judge: other } = fitJudge(all.slice(0, -2), { scorers: builtInScorers });
	const runs = all.slice(-2);
	const record = recordTasks(all);
	const without = judgeFurther({ runs, peers: healthy, record }, other).map(({ verdict }) => verdict);
	for (const [at, verdict] of without.entries()) {
		assert.equal(verdict.kind, "fault");
		assert.equal(verdict.origin?.step, within[at]?.origin?.step);
		const gap = (verdict.origin?.probability ?? 0) - (within[at]?.origin?.probability ?? 0);
		assert.ok(Math.abs(gap) < 0.1, String(gap));
	}
});

test("without runs of the same task it still knows what healthy steps look like", () => {
	const { judge } = fitJudge([...healthy, ...broken], { scorers: builtInScorers });
	const run = docsRun("new", 45, { fault: "page" });
	const [judged] = judgeFurther({ runs: [run], peers: [], record: new Map() }, judge);
	assert.equal(judged?.verdict.candidates[0]?.step, "page");
	assert.deepEqual(judgeFurther({ runs: [], peers: [], record: new Map() }, judge), []);
});

test("a run of ten thousand steps is judged, and the step that broke found in it", () => {
	const call = (at: number, amount: number | null) =>
		({
			kind: "tool_call",
			name: "lookup",
			input: { row: at },
			output: amount === null ? "error: no such row" : { row: at, amount },
			failed: amount === null,
			statusMessage: amount === null ? "no such row" : "",
		}) as const;
	const last = { kind: "render", name: "page", input: "done", output: "<p>done</p>" } as const;
	const steps = (count: number, bad: number) => [
		...Array.from({ length: count }, (_, at) => call(at, at === bad ? null : at % 97)),
		last,
	];
	const short = Array.from({ length: 40 }, (_, at) =>
		makeRun({ traceId: `s${at}`, outcome: "pass", input: `sum ${at}`, output: "done", steps: steps(25, -1) }),
	);
	const long = makeRun({
		traceId: "l",
		outcome: "fail",
		input: "sum all",
		output: "?",
		steps: steps(10_000, 7_003),
	});
	const { judge, read } = fitJudge([...short, long], { scorers: builtInScorers });
	const lastRead = read.at(-1);
	assert.ok(lastRead !== undefined);
	const { verdict } = judgeRead(lastRead, judge);
	assert.equal(verdict.candidates[0]?.spanId, "s7003");
	const total = verdict.candidates.reduce((sum, { probability }) => sum + probability, 0);
	assert.ok(Math.abs(total - 1) < 1e-6, String(total));
});
