import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { pipeline, setOutcome, step } from "@faultline/instrumentation";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { presentSample } from "../core/present-sample.ts";
import { DEFAULT_SAMPLE_PLAN, type SamplePlan } from "../core/sample-plan.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { evaluateStored } from "../store/evaluate-stored.ts";
import { drawStoredSample, type SampleWindow } from "../store/samples.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { replaySample } from "./behavioural.ts";
import { inProcessRunner, type ProcessTelemetry, startProcessTelemetry } from "./run-in-process.ts";

const HOUR_MS = 3_600_000;
const RUNS = 4000;
/** Noon of a day that is over. */
const START_MS = Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000 + 12 * HOUR_MS;
const WINDOW: SampleWindow = { pipeline: "shop-answer", sinceMs: START_MS, untilMs: START_MS + HOUR_MS };

const plan = (more: Partial<SamplePlan>): SamplePlan => ({ ...DEFAULT_SAMPLE_PLAN, ...more });

describe("a sample of stored production", () => {
	let store: Store;
	let discard: () => Promise<void>;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		await insertRuns(store, { prefix: "a1", count: RUNS, startMs: START_MS });
		await insertRuns(store, { prefix: "b2", count: 200, startMs: START_MS, version: "2" });
	});
	after(() => discard());

	const draw = (sample: SamplePlan, window = WINDOW, now = Date.now()) =>
		drawStoredSample(store, window, sample, now);

	it("is the same for everybody who asks, about as large as the rate says, and weighs back to all runs", async () => {
		const sample = await draw(plan({ rate: 0.1 }));
		assert.equal(sample.runs, RUNS + 200);
		assert.ok(Math.abs(sample.drawn.length - 420) < 4 * Math.sqrt(378), String(sample.drawn.length));
		assert.deepEqual(await draw(plan({ rate: 0.1 })), sample);
		const shown = presentSample(WINDOW, sample, plan({ rate: 0.1 }));
		const [low, high] = shown.as_it_stands.interval ?? [1, 0];
		assert.ok(low <= 0.2 && 0.2 <= high, JSON.stringify(shown.as_it_stands));
		const smaller = await draw(plan({ rate: 0.05 }));
		const drawn = new Set(sample.drawn.map(({ traceId }) => traceId));
		assert.ok(
			smaller.drawn.every(({ traceId }) => drawn.has(traceId)),
			"a smaller sample is part of the larger",
		);
		const other = await draw(plan({ rate: 0.05, salt: "other" }));
		assert.ok(!other.drawn.every(({ traceId }) => drawn.has(traceId)), "another salt draws others");
	});

	it("can be drawn in the database itself: the place is plain SQL", async () => {
		const sample = await draw(plan({ rate: 0.05 }));
		const rows = await store.query<{ trace_id: string }>(
			"SELECT trace_id FROM runs FINAL WHERE bitShiftRight(sipHash64('faultline', trace_id), 11) / 9007199254740992 < 0.05",
		);
		assert.deepEqual(
			new Set(rows.map((row) => row.trace_id)),
			new Set(sample.drawn.map(({ traceId }) => traceId)),
		);
	});

	it("is stored with its probability, stratum and reason", async () => {
		const strata = [{ name: "version 2", where: { "service.version": "2" }, rate: 0.5 }];
		const { drawn } = await draw(plan({ rate: 0.02, strata }));
		const rows = await store.query<{ stratum: string; probability: number; reason: string; drawn: string }>(
			"SELECT stratum, probability, reason, count() AS drawn FROM samples FINAL WHERE trace_id IN {ids: Array(String)} GROUP BY ALL ORDER BY stratum",
			{ ids: drawn.map(({ traceId }) => traceId) },
		);
		assert.deepEqual(
			rows.map(({ stratum, probability, reason }) => [stratum, probability, reason]),
			[
				["", 0.02, "uniform"],
				["version 2", 0.5, "uniform"],
			],
		);
		assert.ok(Number(rows[1]?.drawn) > 70 && Number(rows[1]?.drawn) < 130);
		const failing = await draw(plan({ strata: [{ name: "failed", where: { outcome: "fail" }, rate: 1 }] }));
		assert.equal(failing.drawn.filter(({ stratum }) => stratum === "failed").length, (RUNS + 200) / 5);
	});

	it("keeps to a budget, waits for parts of a day that are not over, and is worth as much in any window", async () => {
		const budget = plan({ rate: 0.5, budgetPerDay: 240 });
		const all = await draw(budget);
		assert.equal(all.drawn.length, 130, "what is due until one o'clock");
		assert.ok(all.drawn.every(({ probability }) => probability > 0 && probability < 0.05));
		const later = await draw(budget, { ...WINDOW, sinceMs: START_MS + 2000 });
		assert.deepEqual(
			later.drawn,
			all.drawn.filter(({ startMs }) => startMs >= START_MS + 2000),
		);
		const early = await draw(budget, WINDOW, START_MS + HOUR_MS / 2);
		assert.deepEqual([early.drawn.length, early.runs, early.waitsFromMs], [0, 0, START_MS]);
	});

	it("takes uncertain and badly scored runs more often, as far as they are judged", async () => {
		await evaluateStored(store, { pipeline: "shop-answer" }, { threads: 0 });
		const lifts = { ...DEFAULT_SAMPLE_PLAN.lifts, lowScore: 10, uncertain: 5, rare: 3 };
		const lifted = plan({ rate: 0.05, lifts });
		const sample = await draw(lifted);
		const reasons = new Set(sample.drawn.map(({ reason }) => reason));
		assert.ok(reasons.has("low-score"), [...reasons].join());
		const shown = presentSample(WINDOW, sample, lifted);
		const [low, high] = shown.as_it_stands.interval ?? [1, 0];
		assert.ok(low <= 0.2 && 0.2 <= high, "drawing failures more often does not raise the rate");
		assert.ok(
			shown.as_it_stands.failed / shown.as_it_stands.runs > 0.3,
			"though most of the drawn ones failed",
		);
		const [first] = shown.origins;
		const [truth] = await store.query<{ share: number }>(
			"SELECT countIf(origin_step = {step: String}) / count() AS share FROM verdicts FINAL",
			{ step: first?.step ?? "" },
		);
		assert.ok(truth !== undefined && truth.share > 0.05, JSON.stringify(truth));
		const [from, to] = first?.interval ?? [1, 0];
		assert.ok(from <= truth.share && truth.share <= to, JSON.stringify([first, truth]));
	});
});

describe("a sample replayed", { timeout: 60_000 }, () => {
	let broken = true;
	const show = step.render("show", (n: number) => (broken && n % 4 === 0 ? "" : `number ${n}`));
	const sent: number[] = [];
	const mail = step.toolCall("mail", (n: number) => {
		sent.push(n);
		return { sent: n };
	});
	const answer = pipeline("numbers", async ({ n }: { readonly n: number }) => {
		mail(n);
		const shown = show(n);
		setOutcome(shown === "" ? "fail" : "pass");
		return shown;
	});
	let store: Store;
	let discard: () => Promise<void>;
	let telemetry: ProcessTelemetry;
	const since = Date.now() - HOUR_MS;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		telemetry = await startProcessTelemetry(store, import.meta.dirname);
		for (let n = 0; n < 40; n++) await answer({ n });
		await telemetry.flush();
	});
	after(async () => {
		await telemetry[Symbol.asyncDispose]();
		await discard();
	});

	it("asks the pipeline as it is now, and says what turned", async () => {
		const window = { pipeline: "numbers", sinceMs: since, untilMs: Date.now() + 1000 };
		const sample = await drawStoredSample(store, window, plan({ rate: 0.6 }), Date.now());
		assert.ok(sample.drawn.length >= 12 && sample.drawn.length < 40, String(sample.drawn.length));
		const before = presentSample(window, sample, plan({ rate: 0.6 }));
		assert.ok((before.as_it_stands.rate ?? 0) > 0.05);
		broken = false;
		const already = sent.length;
		const config = { run: (input: { readonly n: number }) => answer(input) };
		const replay = await replaySample(sample.drawn, {
			store,
			pipeline: "numbers",
			config,
			runner: inProcessRunner(config.run, { store, telemetry, now: Date.now }),
			scorers: builtInScorers,
			evalId: "behavioural-test",
			now: Date.now,
		});
		assert.deepEqual([replay.rate, replay.broken, replay.errored], [0, 0, 0]);
		assert.equal(replay.mended, before.as_it_stands.failed);
		assert.equal(replay.runs, sample.drawn.length);
		assert.equal(sent.length, already, "a tool that is not declared safe did not run");
		assert.equal(replay.pinnedTools["mail"], sample.drawn.length);
		const [stored] = await store.query<{ layer: string }>("SELECT layer FROM eval_runs FINAL");
		assert.equal(stored?.layer, "behavioural");
		const again = await drawStoredSample(
			store,
			{ ...window, untilMs: Date.now() + 1000 },
			plan({ rate: 1 }),
			Date.now(),
		);
		assert.equal(again.runs, 40, "replayed runs are no production");
	});
});
