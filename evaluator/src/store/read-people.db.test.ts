import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { drawRatings } from "./draw-ratings.ts";
import { type Answer, openRatingDesk } from "./rating-desk.ts";
import { readRatings } from "./ratings.ts";
import { readComparedScores } from "./read-compared-scores.ts";
import { readEstimatedRuns } from "./read-estimated-runs.ts";
import { readChosen } from "./read-rating-frame.ts";
import { EVALUATOR } from "./result-rows.ts";

const START_MS = Date.now() - 3_600_000;
const SCOPE = { sinceMs: START_MS - 1000, untilMs: Date.now() + 60_000 };
const startText = (at: number): string => ((START_MS + at) / 1000).toFixed(3);

describe("what estimates and calibrations are read from", () => {
	let store: Store;
	let discard: () => Promise<void>;
	let ids: string[];
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		ids = await insertRuns(store, { prefix: "a", count: 100, startMs: START_MS });
		// Of an evaluation: no run of users.
		await store.insert("runs", [
			{
				trace_id: "e".repeat(32),
				span_id: "1",
				pipeline: "shop-answer",
				start_time: startText(5),
				eval_id: "x",
			},
		]);
		await store.insert(
			"samples",
			ids
				.filter((_, at) => at % 2 === 0)
				.map((trace_id, at) => ({
					trace_id,
					pipeline: "shop-answer",
					service_version: "1",
					run_start: startText(2 * at),
					probability: at % 4 === 0 ? 0.5 : 0.25,
					reason: "uniform",
				})),
		);
		const verdict = { evaluator: EVALUATOR, pipeline: "shop-answer", run_start: startText(0), reached: 1 };
		await store.insert("step_verdicts", [
			{ ...verdict, trace_id: ids[0], step: "answer", kind: "model", broke: 0.5 },
			{ ...verdict, trace_id: ids[0], step: "hand-off to answer", kind: "edge", broke: 0.25 },
			{ ...verdict, trace_id: ids[0], step: "search", kind: "retrieval", broke: 0.125 },
			{ ...verdict, trace_id: ids[0], evaluator: "older", step: "search", kind: "retrieval", broke: 1 },
		]);
		const score = (trace_id: string | undefined, scorer: string, rest: object): object => ({
			trace_id,
			span_id: "",
			scorer,
			scorer_version: "v2",
			source: "judge",
			value: 0.1,
			label: "fail",
			run_start: startText(0),
			created_at: (Date.now() / 1000).toFixed(3),
			...rest,
		});
		await store.insert("scores", [
			score(ids[0], "judge/end-to-end", {}),
			score(ids[2], "judge/end-to-end", { value: 0.8, label: "" }),
			score(ids[4], "judge/end-to-end", { value: null, label: "" }),
			score(ids[0], "judge/end-to-end", {
				scorer_version: "v1",
				value: 1,
				label: "pass",
				created_at: (START_MS / 1000).toFixed(3),
			}),
			score(ids[0], "judge/model", { span_id: "4".padStart(16, "0"), step: "answer" }),
			score(ids[0], "judge/retrieval", { span_id: "2".padStart(16, "0"), step: "search" }),
			score(ids[0], "code/other", { source: "code" }),
		]);
	});
	after(() => discard());

	it("runs that were drawn are chosen from those only, with the chances of both draws", async () => {
		const drawn = await drawRatings(store, SCOPE, { target: 30, doubleShare: 0 });
		assert.equal(drawn.runs, 50);
		const chosen = await readChosen(store, SCOPE);
		const even = new Set(ids.filter((_, at) => at % 2 === 0));
		assert.ok(chosen.length > 0 && chosen.every(({ traceId }) => even.has(traceId)));
		assert.deepEqual(
			[...new Set(chosen.map(({ sampleProbability }) => sampleProbability))].sort(),
			[0.25, 0.5],
		);
		const [run] = chosen;
		assert.ok(run !== undefined);
		const answer: Answer = { traceId: run.traceId, rating: "pass", scale: null, blameStep: "", comment: "" };
		await openRatingDesk(store).save("ann", answer, Date.now());
		const [rating] = await readRatings(store, SCOPE.sinceMs);
		assert.equal(rating?.probability, run.probability * run.sampleProbability);
		const read = (await readEstimatedRuns(store, SCOPE)).runs.find(({ traceId }) => traceId === run.traceId);
		assert.equal(read?.rating?.probability, run.probability, "among the judged");
	});

	it("takes the newest version of the judge, and a hand-off for a fault of the step that received it", async () => {
		const { runs, judge } = await readEstimatedRuns(store, SCOPE);
		assert.equal(runs.length, 100);
		assert.deepEqual(judge, { name: "judge/end-to-end", version: "v2" });
		const of = (at: number) => runs.find(({ traceId }) => traceId === ids[at]);
		assert.equal(of(0)?.judge, 0.9);
		assert.ok(Math.abs((of(2)?.judge ?? 9) - 0.2) < 1e-12);
		assert.deepEqual([of(4)?.judge, of(6)?.judge], [null, null]);
		assert.deepEqual(
			of(0)?.broke,
			new Map([
				["answer", 0.75],
				["search", 0.125],
			]),
		);
		assert.equal(of(1)?.broke, null);
		assert.deepEqual(
			[of(0)?.sampleProbability, of(1)?.sampleProbability, of(2)?.sampleProbability],
			[0.5, null, 0.25],
		);
		assert.equal((await readEstimatedRuns(store, SCOPE, "judge/nobody")).judge, null);
	});

	it("a judge of a step is compared with whom people blame, or with a rating of the step itself", async () => {
		const rating = { trace_id: ids[0], rater: "bob", rating: "fail", blame_step: "answer", probability: 0.1 };
		await store.insert("ratings", [rating]);
		const compared = async (judge: string) => (await readComparedScores(store, SCOPE, judge))[0]?.people;
		assert.deepEqual(
			[(await compared("judge/model"))?.value, (await compared("judge/retrieval"))?.value],
			[1, 0],
		);
		await store.insert("ratings", [{ ...rating, span_id: "2".padStart(16, "0"), blame_step: "" }]);
		assert.deepEqual(
			[(await compared("judge/model"))?.value, (await compared("judge/retrieval"))?.value],
			[1, 1],
		);
		const whole = await readComparedScores(store, SCOPE, "judge/end-to-end");
		assert.deepEqual(whole.map(({ version, fails }) => `${version} ${fails}`).sort(), [
			"v1 false",
			"v2 false",
			"v2 null",
			"v2 true",
		]);
		// Somebody who fails the run without naming a step says nothing of its steps.
		await store.insert("ratings", [{ ...rating, rater: "eve", blame_step: "" }]);
		assert.equal(await compared("judge/model"), null);
	});
});
