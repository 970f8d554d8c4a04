import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { pipeline, setOutcome, step } from "@faultline/instrumentation";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import type { PipelineConfig } from "../config.ts";
import type { EvalCase } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { recordedSteps, spanOfCall } from "../core/recorded-steps.ts";
import { bisectBackwards, bisectFixture } from "../fixtures/bisect-fixture.ts";
import { replayFixture } from "../fixtures/replay-fixture.ts";
import { swapComponents } from "../fixtures/swap-components.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readEvaluation } from "../store/evaluations.ts";
import { judgePipelines } from "../store/judge-pipelines.ts";
import { readRuns } from "../store/read-runs.ts";
import { judgementRows } from "../store/result-rows.ts";
import { unjudgedTraces } from "../store/unjudged-traces.ts";
import { writeResults } from "../store/write-results.ts";
import { writeVerified } from "../store/write-verified.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { inProcessRunner, type ProcessTelemetry, startProcessTelemetry } from "./run-in-process.ts";
import { runSystemEval, type SystemEvalOptions } from "./system.ts";

interface Input {
	readonly text: string;
	readonly behave?: string;
}

const sent: string[] = [];
const tries = new Map<string, number>();
let broken: string | null = null;

const spoil = (name: string, text: string): string => (broken === name ? `${name} spoiled it` : text);
const search = step.retrieval("search", (text: string) => [
	{ id: `doc-${text}`, content: spoil("search", `what is known of ${text}`) },
]);
const mail = step.toolCall("mail", (to: string) => {
	sent.push(to);
	return { sent: to };
});
// Called twice a run: the second call works on what the first one gave.
const refine = step.custom("refine", (text: string, round: number) =>
	spoil(`refine ${round}`, `${text}, refined ${round}`),
);
const show = step.render("show", (text: string) => spoil("show", `<p>${text}</p>`));

const answer = pipeline(
	"answer",
	async ({ text, behave }: Input, signal: AbortSignal) => {
		if (behave === "throw") throw new Error("the application is wrong");
		if (behave === "slow") await sleep(5_000, undefined, { signal }).catch(() => {});
		if (behave === "busy" || behave === "down") {
			const tried = (tries.get(text) ?? 0) + 1;
			tries.set(text, tried);
			if (behave === "down" || tried < 3)
				throw Object.assign(new Error("no connection"), { code: "ECONNREFUSED" });
		}
		if (behave === "mail") mail(text);
		if (behave === "says fail") setOutcome("fail");
		const [found] = search(text);
		return show(refine(refine(found?.content ?? "", 1), 2));
	},
	{ version: "1" },
);

const plain: PipelineConfig = { run: (input: Input, { signal }) => answer(input, signal) };
const graded: PipelineConfig = {
	...plain,
	grade: ({ output }) => (String(output).includes("spoiled") ? "fail" : "pass"),
};

const fixtureOf = (id: string, behave?: string, more: Parameters<typeof makeFixture>[0] = {}): Fixture =>
	makeFixture({ id, input: { text: id, ...(behave === undefined ? {} : { behave }) }, ...more });

/** What the pipeline records of an input when it works. */
const recordedOf = (text: string): Parameters<typeof makeFixture>[0] => ({
	steps: [
		{
			step: "search",
			kind: "retrieval",
			input: text,
			output: [{ id: `doc-${text}`, content: `what is known of ${text}` }],
		},
		{ step: "refine", input: [`what is known of ${text}`, 1], output: `what is known of ${text}, refined 1` },
		{
			step: "refine",
			input: [`what is known of ${text}, refined 1`, 2],
			output: `what is known of ${text}, refined 1, refined 2`,
		},
		{
			step: "show",
			kind: "render",
			input: `what is known of ${text}, refined 1, refined 2`,
			output: `<p>what is known of ${text}, refined 1, refined 2</p>`,
		},
	],
});

describe("evaluating a pipeline in this process", { timeout: 60_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	let telemetry: ProcessTelemetry;
	let evaluations = 0;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		telemetry = await startProcessTelemetry(store, import.meta.dirname);
	});
	after(async () => {
		await telemetry[Symbol.asyncDispose]();
		await discard();
	});

	const runnerOf = (config: PipelineConfig) => {
		assert.ok(config.run);
		return inProcessRunner(config.run, { store, telemetry, now: Date.now });
	};
	const settingsOf = (config: PipelineConfig) => ({
		evalId: `e-${++evaluations}`,
		pipeline: "answer",
		config,
		runner: runnerOf(config),
		timeoutMs: 10_000,
		retries: 2,
		backoffMs: 5,
	});
	const evaluate = (
		config: PipelineConfig,
		fixtures: readonly Fixture[],
		more: Partial<SystemEvalOptions> = {},
	) =>
		runSystemEval({
			...settingsOf(config),
			store,
			fixtures,
			scorers: builtInScorers,
			now: Date.now,
			...more,
		});
	const caseOf = (cases: readonly EvalCase[], id: string): EvalCase => {
		const found = cases.find(({ fixtureId }) => fixtureId === id);
		assert.ok(found, id);
		return found;
	};

	it("says how each case ended and who said so, and tries again only what the surroundings failed", async () => {
		const fixtures = [
			fixtureOf("meets", undefined, { expected: { contains: ["Known of MEETS"], documents: ["doc-meets"] } }),
			fixtureOf("misses", undefined, { expected: { documents: ["doc-other"] } }),
			fixtureOf("unasked"),
			fixtureOf("says-fail", "says fail", { expected: { contains: ["known"] } }),
			fixtureOf("throws", "throw"),
			fixtureOf("busy", "busy"),
			fixtureOf("down", "down"),
			fixtureOf("slow", "slow"),
		];
		const progress: number[] = [];
		const done = await evaluate(plain, fixtures, {
			timeoutMs: 400,
			onProgress: ({ done: ended }) => progress.push(ended),
		});
		const { run, cases } = done.evaluation;
		const shown = Object.fromEntries(cases.map((one) => [one.fixtureId, `${one.status} ${one.outcome}`]));
		assert.deepEqual(shown, {
			meets: "completed pass",
			misses: "completed fail",
			unasked: "completed unknown",
			"says-fail": "completed fail",
			throws: "completed fail",
			busy: "completed unknown",
			down: "errored unknown",
			slow: "timed-out unknown",
		});
		assert.deepEqual(done.sources, { expectation: 2, application: 2, none: 2 });
		assert.equal(caseOf(cases, "throws").error, "the application is wrong");
		assert.equal(caseOf(cases, "slow").error, "took longer than 0.4 s");
		assert.deepEqual([tries.get("busy"), tries.get("down")], [3, 3]);
		assert.deepEqual(progress, [1, 2, 3, 4, 5, 6, 7, 8]);
		assert.ok(run.finishedAt !== null);
		assert.deepEqual((await readEvaluation(store, run.evalId))?.cases, cases);
	});

	it("leaves a trace of every case, marked as evaluation traffic, judged and apart from users' runs", async () => {
		const fixtures = ["t1", "t2", "t3"].map((id) => fixtureOf(id, undefined, recordedOf(id)));
		const { evaluation } = await evaluate(graded, fixtures, { trials: 2 });
		const { cases, run } = evaluation;
		assert.equal(new Set(cases.map(({ traceId }) => traceId)).size, 6);
		const runs = await readRuns(store, { traceIds: cases.map(({ traceId }) => traceId) });
		assert.deepEqual(
			runs.map((one) => [one.pipeline, one.outcome, one.spans.filter(({ kind }) => kind !== "").length]),
			Array.from({ length: 6 }, () => ["answer", "pass", 4]),
		);
		assert.deepEqual(new Set(runs.map(({ taskId }) => taskId)), new Set(["t1", "t2", "t3"]));
		assert.equal(run.serviceVersion, runs[0]?.serviceVersion);
		assert.notEqual(run.serviceVersion, "");
		assert.deepEqual(await readRuns(store, { pipeline: "answer" }), []);
		assert.deepEqual(await unjudgedTraces(store, 0, Date.now() + 1000), []);
		const marked = await store.query<{ eval_id: string; n: string }>(
			"SELECT eval_id, uniqExact(trace_id) AS n FROM step_verdicts WHERE eval_id = {id: String} GROUP BY eval_id",
			{ id: run.evalId },
		);
		assert.deepEqual(marked, [{ eval_id: run.evalId, n: "6" }]);
		assert.deepEqual(await store.query("SELECT 1 FROM step_minutes LIMIT 1"), []);
		assert.deepEqual(Object.keys(cases[0]?.steps ?? {}).sort(), ["refine", "search", "show"]);
	});

	it("answers a tool that is not declared safe from the fixture, never runs it, and says so", async () => {
		const recorded = { steps: [{ step: "mail", kind: "tool_call", output: { sent: "long ago" } }] };
		const { evaluation, pinnedTools } = await evaluate(graded, [
			fixtureOf("mails", "mail", recorded),
			fixtureOf("unrecorded", "mail"),
		]);
		assert.deepEqual(sent, []);
		assert.deepEqual(pinnedTools, { mail: 1 });
		assert.equal(caseOf(evaluation.cases, "mails").outcome, "pass");
		const refused = caseOf(evaluation.cases, "unrecorded");
		assert.deepEqual([refused.status, refused.outcome], ["errored", "unknown"]);
		assert.match(refused.error, /may have side effects and was not run/);
	});

	it("goes on with an evaluation that was cut short: every case once, completed ones not again", async () => {
		const fixtures = Array.from({ length: 6 }, (_, index) => fixtureOf(`r${index}`));
		const ran: string[] = [];
		const counting: PipelineConfig = {
			...graded,
			run: (input: Input, { signal, fixtureId, trial }) => {
				ran.push(`${fixtureId} ${trial}`);
				return answer(input, signal);
			},
		};
		const stop = new AbortController();
		const first = await evaluate(counting, fixtures, {
			trials: 2,
			concurrency: 1,
			signal: stop.signal,
			onCase: () => ran.length >= 5 && stop.abort(),
		});
		assert.equal(first.evaluation.cases.length, 5);
		assert.equal(first.evaluation.run.finishedAt, null);
		const { evalId } = first.evaluation.run;
		const resume = await readEvaluation(store, evalId);
		const second = await evaluate(counting, fixtures, { evalId, resume });
		assert.equal(second.evaluation.cases.length, 12);
		assert.deepEqual(ran.length, 12);
		assert.equal(new Set(ran).size, 12);
		const stored = await readEvaluation(store, evalId);
		assert.equal(stored?.cases.length, 12);
		assert.ok(stored?.run.finishedAt !== null);
	});

	it("takes what a grader says before what the application says, and a failing grader for no answer", async () => {
		const grade = (said: "pass" | "fail" | number | null) => ({ ...plain, grade: () => said, passFrom: 0.7 });
		const outcome = async (config: PipelineConfig): Promise<EvalCase | undefined> =>
			(await evaluate(config, [fixtureOf("g", "says fail")])).evaluation.cases[0];
		assert.equal((await outcome(grade("pass")))?.outcome, "pass");
		assert.equal((await outcome(grade(0.7)))?.outcome, "pass");
		const low = await outcome(grade(0.69));
		assert.deepEqual([low?.outcome, low?.metrics["grade"]], ["fail", 0.69]);
		assert.equal((await outcome(grade(null)))?.outcome, "fail");
		const failing = await outcome({
			...plain,
			grade: () => {
				throw new Error("no key");
			},
		});
		assert.deepEqual(
			[failing?.status, failing?.outcome, failing?.error],
			["errored", "unknown", "the grader failed: no key"],
		);
		const measured = await outcome({
			...grade("pass"),
			metrics: { letters: ({ output }) => String(output).length, odd: () => Number.NaN },
		});
		assert.ok(Number(measured?.metrics["letters"]) > 10);
		assert.equal(measured?.metrics["odd"], null);
	});

	describe("replaying", () => {
		const fixture = fixtureOf("x", undefined, recordedOf("x"));

		it("pins single calls of a step that is called in a loop, and says what differs from the recording", async () => {
			broken = "refine 1";
			const pinned = [{ step: "refine", index: 0 }];
			const request = { fixture, recorded: fixture.steps, trial: 0 };
			const bad = await replayFixture({ ...request, pinned: [] }, settingsOf(graded));
			assert.equal(bad.trial.evalCase.outcome, "fail");
			assert.deepEqual(
				bad.steps.map((one) => [one.step, one.index, one.state, one.input, one.output]),
				[
					["search", 0, "ran", "same", "same"],
					["refine", 0, "ran", "same", "changed"],
					["refine", 1, "ran", "changed", "changed"],
					["show", 0, "ran", "changed", "changed"],
				],
			);
			const good = await replayFixture({ ...request, pinned }, settingsOf(graded));
			assert.equal(good.trial.evalCase.outcome, "pass");
			assert.deepEqual(
				good.steps.map(({ state, output }) => [state, output]),
				[
					["ran", "same"],
					["pinned", "same"],
					["ran", "same"],
					["ran", "same"],
				],
			);
			assert.deepEqual(good.problems, []);
			broken = null;
		});

		it("reports every pin that does not fit", async () => {
			const recorded = makeFixture({
				steps: [
					{
						step: "search",
						kind: "retrieval",
						input: "something else",
						output: [{ id: "y", content: "why" }],
					},
					{ step: "refine", input: ["why", 1], output: "why, refined 1" },
					{ step: "translate", output: "warum" },
					{ step: "show", output: null },
				],
			}).steps;
			const pinned = recorded.map(({ step: name, index }) => ({ step: name, index }));
			const replayed = await replayFixture({ fixture, recorded, pinned, trial: 0 }, settingsOf(graded));
			assert.deepEqual(replayed.problems.map(({ step: name, index, kind }) => [name, index, kind]).sort(), [
				["refine", 1, "more-calls"],
				["search", 0, "input-changed"],
				["show", 0, "not-recorded"],
				["translate", 0, "not-called"],
			]);
		});

		it("finds each broken call by bisection, and from the other direction too", async () => {
			for (const [name, index, spoiled] of [
				["search", 0, "search"],
				["refine", 0, "refine 1"],
				["refine", 1, "refine 2"],
				["show", 0, "show"],
			] as const) {
				broken = spoiled;
				const request = { fixture, trial: 0 };
				const forward = await bisectFixture(
					{ ...request, recorded: fixture.steps, direction: "good" },
					settingsOf(graded),
					store,
				);
				const namesOf = ({ broken: calls }: typeof forward) => calls.map((call) => [call.step, call.index]);
				assert.deepEqual(namesOf(forward), [[name, index]], spoiled);
				assert.ok(forward.replays.search <= 3);
				const stored = await readRuns(store, { traceIds: [forward.unpinned?.traceId ?? ""] });
				assert.deepEqual(
					stored.map(({ outcome }) => outcome),
					["fail"],
				);
				assert.equal(forward.replays.confirm, 1);
				assert.deepEqual(
					forward.problems.filter(({ kind }) => kind !== "input-changed"),
					[],
				);
				broken = null;
				const backward = await bisectBackwards(forward, request, settingsOf(graded), store);
				assert.ok(backward);
				assert.deepEqual(namesOf(backward), [[name, index]], `${spoiled}, backwards`);
			}
		});

		it("names the steps that could not be pinned before the one found, and stops where nobody can tell", async () => {
			broken = "refine 1";
			const recorded = fixture.steps.map((call) =>
				call.step === "refine" && call.index === 0 ? { ...call, output: null } : call,
			);
			const request = { fixture, recorded, direction: "good", trial: 0 } as const;
			const { broken: found, suspects } = await bisectFixture(request, settingsOf(graded), store);
			broken = null;
			assert.deepEqual(
				found.map((call) => [call.step, call.index]),
				[["refine", 1]],
			);
			assert.deepEqual(
				suspects.map((call) => [call.step, call.index, call.why]),
				[["refine", 0, "its output was not recorded whole"]],
			);
			await assert.rejects(
				bisectFixture(request, settingsOf(plain), store),
				/nobody can tell how a replay ended/,
			);
		});

		it("repeats where chance plays", async () => {
			let draws = 0;
			const random: PipelineConfig = {
				...graded,
				// Broken nine times in ten, and when it is whole wrong once in ten.
				run: (input: Input, { signal }) => {
					broken = ++draws % 10 === 3 ? null : "refine 2";
					return answer(input, signal);
				},
				grade: ({ output }) => (draws % 10 === 7 || String(output).includes("spoiled") ? "fail" : "pass"),
			};
			const sequential = { low: 0.3, high: 0.8, error: 0.05, mostReplays: 60 };
			const found = await bisectFixture(
				{ fixture, recorded: fixture.steps, direction: "good", trial: 0, sequential },
				settingsOf(random),
				store,
			);
			broken = null;
			assert.deepEqual(
				found.broken.map((call) => [call.step, call.index]),
				[["refine", 1]],
			);
			assert.ok(found.result.questions.every(({ passed, failed }) => passed + failed >= 4));
		});

		it("swaps each component in over a failing set, and counts where cases began to pass", async () => {
			const fixtures = ["s1", "s2", "s3"].map((id) => fixtureOf(id, undefined, recordedOf(id)));
			broken = "refine 2";
			const { evaluation } = await evaluate(graded, fixtures);
			const failing = evaluation.cases.flatMap((evalCase) => {
				const own = fixtures.find(({ id }) => id === evalCase.fixtureId);
				return own === undefined ? [] : [{ evalCase, fixture: own }];
			});
			assert.deepEqual(
				failing.map(({ evalCase }) => evalCase.outcome),
				["fail", "fail", "fail"],
			);
			const swapped = await swapComponents(failing, settingsOf(graded), store, {
				repeats: 1,
				concurrency: 2,
			});
			broken = null;
			assert.deepEqual(
				swapped.components.map((one) => [one.step, one.n, one.flipped, one.origins]),
				[
					["search", 3, 0, 0],
					["refine", 3, 3, 3],
					["show", 3, 3, 0],
				],
			);
			assert.equal(swapped.replays, 12);
			const again = await swapComponents(failing, settingsOf(graded), store, { repeats: 1, concurrency: 2 });
			assert.ok(again.cases.every(({ passesNow, origin }) => passesNow && origin === null));
		});
	});

	it("keeps a verdict that replay has verified when the run is judged again", async () => {
		broken = "show";
		const { evaluation } = await evaluate(graded, [fixtureOf("v", undefined, recordedOf("v"))]);
		broken = null;
		const traceIds = evaluation.cases.map(({ traceId }) => traceId);
		const runs = await readRuns(store, { traceIds });
		const [run] = runs;
		assert.ok(run);
		const origin = spanOfCall(run, { step: "show", index: 0 });
		assert.ok(origin);
		await writeVerified(store, [{ run, origin, evalId: evaluation.run.evalId, probability: 1 }]);
		for (const { judgement } of judgePipelines(runs, { scorers: builtInScorers }))
			await writeResults(store, judgementRows(judgement, builtInScorers));
		const rows = await store.query<{ origin_step: string; verified: boolean; eval_id: string }>(
			"SELECT origin_step, verified, eval_id FROM verdicts FINAL WHERE trace_id = {id: String}",
			{ id: run.traceId },
		);
		assert.deepEqual(rows, [{ origin_step: "show", verified: true, eval_id: evaluation.run.evalId }]);
	});

	it("reads any number of traces by their ids", async () => {
		const { evaluation } = await evaluate(graded, [fixtureOf("m1"), fixtureOf("m2")]);
		const known = evaluation.cases.map(({ traceId }) => traceId);
		const unknown = Array.from({ length: 450 }, (_, at) => at.toString(16).padStart(32, "0"));
		const runs = await readRuns(store, { traceIds: [known[0] ?? "", ...unknown, known[1] ?? ""] });
		assert.deepEqual(new Set(runs.map(({ traceId }) => traceId)), new Set(known));
	});

	it("records calls by their number, as pins need them", async () => {
		const { evaluation } = await evaluate(graded, [fixtureOf("n")]);
		const [run] = await readRuns(store, { traceIds: evaluation.cases.map(({ traceId }) => traceId) });
		assert.ok(run);
		assert.deepEqual(recordedSteps(run), makeFixture(recordedOf("n")).steps);
	});
});
