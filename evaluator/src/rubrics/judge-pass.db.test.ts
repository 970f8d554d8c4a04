import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import { evaluateStored } from "../store/evaluate-stored.ts";
import { readAnswerRates } from "../store/judge-answers.ts";
import { EVALUATOR } from "../store/result-rows.ts";
import { type ChatServer, startChatServer } from "../testing/chat-server.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { openJudgePass } from "./judge-pass.ts";
import { openRubricJudge, type RubricJudge } from "./open-rubric-judge.ts";

const SINCE = Date.parse("2026-06-01T00:00:00Z");
/** Too few runs to learn from: the evidence alone leaves it open where they broke. */
const RUNS = 10;

describe("the judge, asked where it tells most", () => {
	let store: Store;
	let discard: () => Promise<void>;
	let server: ChatServer;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		await insertRuns(store, { prefix: "ab", count: RUNS, startMs: SINCE, unseen: true });
		// A judge that finds every retrieval bad, and all else right.
		server = await startChatServer(({ messages }) =>
			JSON.stringify({
				reason: "as planted",
				verdict: /Judge one retrieval/.test(messages[1]?.content ?? "") ? "fail" : "pass",
			}),
		);
	});
	after(async () => {
		await server[Symbol.asyncDispose]();
		await discard();
	});

	const judgeWith = (budget: object = {}): RubricJudge =>
		openRubricJudge({ store, env: {}, config: { model: "m", baseURL: server.url, budget } });
	const evaluate = async (judge: RubricJudge | null) => {
		const pass = await openJudgePass(store, judge);
		await evaluateStored(store, {}, { after: pass.apply });
		return pass.ask();
	};
	const verdicts = async (): Promise<PresentedVerdict[]> => {
		const rows = await store.query<{ body: string }>(
			"SELECT body FROM verdicts FINAL WHERE outcome = 'fail' AND evaluator = {evaluator: String} ORDER BY trace_id",
			{ evaluator: EVALUATOR },
		);
		return rows.map(({ body }) => JSON.parse(body) as PresentedVerdict);
	};
	const probabilityOf = ({ candidates }: PresentedVerdict, step: string): number =>
		candidates.find((one) => one.step === step)?.probability ?? 0;

	test("its answers move the verdict, are evidence in it, and stay when it is evaluated without the judge", async () => {
		await evaluate(null);
		const alone = await verdicts();
		assert.equal(alone.length, 2);
		const judge = judgeWith();
		const changes = await evaluate(judge);
		assert.equal(changes.length, 2);
		const judged = await verdicts();
		for (const [at, verdict] of judged.entries()) {
			const was = alone[at] ?? assert.fail("a verdict is missing");
			assert.ok(probabilityOf(verdict, "search") > 1.5 * probabilityOf(was, "search"));
			assert.ok(
				verdict.evidence.some(
					({ check, step, text }) =>
						check === "judge/retrieval" && step === "search" && text === "as planted",
				),
				JSON.stringify(verdict.evidence),
			);
			const total = verdict.candidates.reduce((sum, { probability }) => sum + probability, 0);
			assert.ok(Math.abs(total - 1) < 1e-3, "what failed has a fault somewhere");
		}
		const { calls } = judge.counts();
		assert.ok(calls > 0 && calls < 2 * 9, `${calls} calls: not every question of each run`);
		await evaluate(null);
		assert.deepEqual(await verdicts(), judged);
	});

	test("shares per step follow the verdict", async () => {
		const rows = await store.query<{ step: string; broke: number }>(
			"SELECT step, sum(broke) AS broke FROM step_verdicts FINAL WHERE trace_id IN (SELECT trace_id FROM verdicts FINAL WHERE outcome = 'fail') GROUP BY step",
		);
		assert.ok(rows.length >= 3);
		const said = (await verdicts()).reduce((sum, verdict) => sum + probabilityOf(verdict, "search"), 0);
		assert.ok(Math.abs((rows.find(({ step }) => step === "search")?.broke ?? 0) - said) < 1e-4);
	});

	test("what it was asked is not asked again, and no more than the budget allows", async () => {
		const again = judgeWith();
		assert.equal((await evaluate(again)).length, 0, "nothing that is left is worth a call");
		assert.equal(again.counts().calls, 0);
		const poor = openRubricJudge({
			store,
			env: {},
			config: { model: "other", baseURL: server.url, budget: { tokensPerDay: 1 } },
		});
		await store.command("ALTER TABLE scores DELETE WHERE source = 'judge' SETTINGS mutations_sync = 2");
		assert.deepEqual(await evaluate(poor), []);
		assert.deepEqual([poor.counts().calls, poor.counts().bound], [0, "tokensPerDay"]);
	});

	test("how often it is right is learned from people's ratings, drawn towards what was declared", async () => {
		const judge = judgeWith();
		const version = judge.version(judge.rubrics.find(({ name }) => name === "model") ?? assert.fail());
		const ids = await insertRuns(store, { prefix: "cd", count: 40, startMs: SINCE });
		await store.insert(
			"ratings",
			ids.map((trace_id) => ({ trace_id, span_id: "", rater: "ada", rating: "fail", blame_step: "answer" })),
		);
		const score = (trace_id: string, step: string, kind: string, value: number): object => ({
			trace_id,
			span_id: step,
			scorer: "judge/model",
			scorer_version: version,
			step,
			kind,
			source: "judge",
			value,
			run_start: (SINCE / 1000).toFixed(3),
		});
		// Of 40 models that people blame it finds 10 bad.
		await store.insert(
			"scores",
			ids.map((id, at) => score(id, "answer", "model", at < 10 ? 0 : 1)),
		);
		const rates = await readAnswerRates(store, [version]);
		assert.ok(Math.abs(rates("judge/model").hit - (10 + 10 * 0.75) / 50) < 1e-9);
		assert.equal(rates("judge/render").hit, 0.75);
		assert.equal(
			(await readAnswerRates(store, ["other"]))("judge/model").hit,
			0.75,
			"another rubric, other rates",
		);
	});
});
