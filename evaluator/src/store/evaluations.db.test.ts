import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { countCases, type EvalCase, type EvalRun } from "../core/evaluation.ts";
import { listEvaluations, readEvaluation, writeEvalCases, writeEvalRun } from "./evaluations.ts";

const run: EvalRun = {
	evalId: "e-1",
	layer: "system",
	pipeline: "docs-answer",
	serviceVersion: "1.5.0",
	environment: "ci",
	revision: "4f2a",
	fixtureSet: "ab12",
	model: "",
	trials: 2,
	planned: 4,
	startedAt: Date.UTC(2026, 4, 1, 12),
	finishedAt: null,
};

const evalCase = (fixtureId: string, trial: number, more: Partial<EvalCase> = {}): EvalCase => ({
	fixtureId,
	trial,
	traceId: `${fixtureId}-${trial}`,
	status: "completed",
	outcome: "pass",
	metrics: { "model tokens": 12, judged: null },
	steps: { search: true, 'odd "step"': null },
	error: "",
	durationMs: 12.5,
	...more,
});

describe("evaluations in the database", () => {
	let store: Store;
	let discard: () => Promise<void>;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
	});
	after(() => discard());

	it("reads back what was written, whole, and takes a case that is written again for the same case", async () => {
		await writeEvalRun(store, run);
		const cases = [
			evalCase("a", 0),
			evalCase("a", 1, { status: "timed-out", outcome: "unknown", error: "took longer than 1 s" }),
			evalCase("b", 0, { outcome: "fail" }),
		];
		for (const one of cases) await writeEvalCases(store, run.evalId, [one]);
		await writeEvalCases(store, run.evalId, [evalCase("a", 0, { traceId: "second" })]);
		const read = await readEvaluation(store, run.evalId);
		assert.deepEqual(read?.run, run);
		assert.deepEqual(read?.cases, [evalCase("a", 0, { traceId: "second" }), cases[1], cases[2]]);
		const finished = { ...run, finishedAt: run.startedAt + 1000 };
		await writeEvalRun(store, finished, countCases(run, cases));
		assert.deepEqual((await readEvaluation(store, run.evalId))?.run, finished);
		assert.equal(await readEvaluation(store, "e-2"), null);
	});

	it("lists evaluations newest first, with what their cases came to, also where none has any", async () => {
		await writeEvalRun(store, { ...run, evalId: "e-later", layer: "model", startedAt: run.startedAt + 5000 });
		const listed = await listEvaluations(store);
		assert.deepEqual(
			listed.map(({ run: { evalId }, counts, passed, failed }) => ({ evalId, ...counts, passed, failed })),
			[
				{
					evalId: "e-later",
					planned: 4,
					attempted: 0,
					completed: 0,
					errored: 0,
					unknown: 0,
					passed: 0,
					failed: 0,
				},
				{
					evalId: "e-1",
					planned: 4,
					attempted: 3,
					completed: 2,
					errored: 1,
					unknown: 0,
					passed: 1,
					failed: 1,
				},
			],
		);
		const only = async (selector: Parameters<typeof listEvaluations>[1]): Promise<string[]> =>
			(await listEvaluations(store, selector)).map((one) => one.run.evalId);
		assert.deepEqual(await only({ layer: "system" }), ["e-1"]);
		assert.deepEqual(await only({ pipeline: "other" }), []);
		assert.deepEqual(await only({ untilMs: run.startedAt }), ["e-1"]);
		assert.deepEqual(await only({ limit: 1 }), ["e-later"]);
	});
});
