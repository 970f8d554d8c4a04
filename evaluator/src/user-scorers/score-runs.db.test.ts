import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { evaluateStored } from "../store/evaluate-stored.ts";
import { EVALUATOR } from "../store/result-rows.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { openScorerThread } from "./open-scorer-thread.ts";
import { userScoring } from "./score-runs.ts";

const RUNS = 60;

describe("scorers of the user's over stored runs", () => {
	let store: Store;
	let discard: () => Promise<void>;
	let folder: string;
	const printed: string[] = [];

	before(async () => {
		({ store, discard } = await openTemporaryStore());
		folder = await mkdtemp(join(tmpdir(), "faultline-scorers-"));
		await writeFile(
			join(folder, "faultline.config.mjs"),
			`export default { pipelines: {}, scorers: [
				{ name: "fresh", steps: ["search"], sort: "local",
					scoreStep: ({ run }) => run.outcome === "fail" ? 0.1 : 0.9 + Math.random() / 10 },
				{ name: "whole", scoreRun: ({ input }) => ({ score: Math.random(), metadata: { asked: input } }) },
				{ name: "broken", kinds: ["model"], scoreStep() { throw new Error("no key"); } },
			] };`,
		);
		await insertRuns(store, { prefix: "ab", count: RUNS, startMs: Date.parse("2026-06-01T00:00:00Z") });
	});
	after(async () => {
		await discard();
		await rm(folder, { recursive: true, force: true });
	});

	const evaluate = async () => {
		await using thread = await openScorerThread({ folder, log: (line) => printed.push(line) });
		const scoring = userScoring({ store, thread, log: (line) => printed.push(line) });
		await evaluateStored(store, {}, { before: { scorers: scoring.evidence, know: scoring.score } });
		return scoring.counts;
	};
	const stored = (): Promise<{ scorer: string; n: string; values: number; sum: number }[]> =>
		store.query(
			"SELECT scorer, count() AS n, toUInt32(count(value)) AS values, sum(value) AS sum FROM scores FINAL WHERE scorer IN ('fresh', 'whole', 'broken') GROUP BY scorer ORDER BY scorer",
		);

	test("their scores are written once, however often runs are evaluated", async () => {
		const counts = await evaluate();
		assert.deepEqual(counts.get("fresh"), { answered: RUNS, abstained: 0, failed: 0 });
		assert.deepEqual(counts.get("broken"), { answered: 0, abstained: 0, failed: RUNS });
		const first = await stored();
		assert.deepEqual(
			first.map(({ scorer, n, values }) => [scorer, Number(n), values]),
			[
				["broken", RUNS, 0],
				["fresh", RUNS, RUNS],
				["whole", RUNS, RUNS],
			],
		);
		assert.deepEqual((await evaluate()).get("fresh"), { answered: RUNS, abstained: 0, failed: 0 });
		assert.deepEqual(await stored(), first, "random scores stay as they were first found");
		assert.equal(
			printed.filter((line) => /scorer broken failed: no key/.test(line)).length,
			2,
			"once each time",
		);
	});

	test("what they say of a step is evidence, compared with healthy runs", async () => {
		const [{ body } = { body: "{}" }] = await store.query<{ body: string }>(
			"SELECT body FROM verdicts FINAL WHERE outcome = 'fail' AND evaluator = {evaluator: String} ORDER BY trace_id LIMIT 1",
			{ evaluator: EVALUATOR },
		);
		const { evidence } = JSON.parse(body) as { evidence: { step: string; check: string; p: number }[] };
		const found = evidence.find(({ check }) => check === "fresh");
		assert.equal(found?.step, "search");
		assert.ok((found?.p ?? 1) < 0.1, JSON.stringify(evidence));
	});
});
