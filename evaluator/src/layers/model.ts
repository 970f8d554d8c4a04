import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { UsageError } from "../cli/io.ts";
import type { GradedCase, PipelineConfig } from "../config.ts";
import { decideOutcome } from "../core/decide-outcome.ts";
import { countCases, type EvalCase, type EvalRun, type Evaluation } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { hashFixtures } from "../fixtures/fixture-set.ts";
import { writeEvalCases, writeEvalRun } from "../store/evaluations.ts";
import { type AskModel, askerOf, type ModelAnswer } from "./ask-model.ts";
import { messageOf } from "./case-runner.ts";
import { isInfrastructureError } from "./infrastructure-error.ts";
import { runPool } from "./run-pool.ts";

export interface ModelEvalOptions {
	readonly store: Store;
	readonly pipeline: string;
	readonly config: PipelineConfig;
	/** Names in the configuration, the current model first. */
	readonly models: readonly string[];
	readonly fixtures: readonly Fixture[];
	/** One evaluation a model: this, and the number of the model. */
	readonly evalId: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly trials?: number;
	readonly concurrency?: number;
	readonly timeoutMs?: number;
	readonly retries?: number;
	readonly backoffMs?: number;
	readonly signal?: AbortSignal;
	readonly now: () => number;
	readonly onProgress?: (done: number, total: number) => void;
	/** Told of every answer, which is not stored: only what it was graded with is. */
	readonly onAnswer?: (answer: ModelSaid) => void;
}

/** What a model said to a recorded prompt. */
export interface ModelSaid {
	readonly evalId: string;
	readonly fixtureId: string;
	readonly trial: number;
	/** What the model was given. */
	readonly input: unknown;
	readonly output: unknown;
}

/**
 * Asks several models what was recorded as the model step's input, so that the building of the prompt is held fixed, and grades what they
 * say. Where a pipeline asked its model several times, the last call is taken: the one that answers. One evaluation a model is stored.
 *
 * @throws UsageError where a model is not configured or no fixture has a model step with a recorded input.
 * @example
 * const [current, other] = await runModelEval({ …, models: ["gpt-5-mini", "gpt-5-nano"] });
 */
export async function runModelEval(options: ModelEvalOptions): Promise<Evaluation[]> {
	const { store, pipeline, models, now, trials = 1, concurrency = 4, signal } = options;
	const prompts = options.fixtures.flatMap((fixture) => {
		const input = promptOf(fixture);
		return input === null ? [] : [{ fixture, input }];
	});
	if (prompts.length === 0) {
		throw new UsageError(`no fixture of ${pipeline} records what its model was given; nothing can be asked`);
	}
	const used = prompts.map(({ fixture }) => fixture);
	const runs = models.map(
		(model, index): EvalRun => ({
			evalId: `${options.evalId}-${index + 1}`,
			layer: "model",
			pipeline,
			serviceVersion: "",
			environment: "",
			revision: "",
			fixtureSet: hashFixtures(used),
			model,
			trials,
			planned: prompts.length * trials,
			startedAt: now(),
			finishedAt: null,
		}),
	);
	const askers = models.map((model) => askerOf(model, options.config.models, options.env));
	for (const run of runs) await writeEvalRun(store, run);
	const cases: EvalCase[][] = models.map(() => []);
	// The models take turns, so that a slow hour of the provider meets all of them.
	const calls = Array.from({ length: trials }, (_, trial) =>
		prompts.flatMap((prompt) => models.map((_model, index) => ({ ...prompt, trial, index }))),
	).flat();
	let done = 0;
	await runPool(calls, { concurrency, ...(signal === undefined ? {} : { signal }) }, async (call) => {
		const ask = askers[call.index];
		const run = runs[call.index];
		if (ask === undefined || run === undefined) return;
		const one = await askOnce(ask, call, run.evalId, options);
		await writeEvalCases(store, run.evalId, [one]);
		cases[call.index]?.push(one);
		options.onProgress?.(++done, calls.length);
	});
	return Promise.all(
		runs.map(async (run, index) => {
			const own = (cases[index] ?? []).sort((a, b) =>
				a.fixtureId === b.fixtureId ? a.trial - b.trial : a.fixtureId < b.fixtureId ? -1 : 1,
			);
			const finished = { ...run, finishedAt: own.length === run.planned ? now() : null };
			await writeEvalRun(store, finished, countCases(run, own));
			return { run: finished, cases: own };
		}),
	);
}

/** What the last call of a model was given; null where it was not recorded. */
function promptOf(fixture: Fixture): unknown {
	return fixture.steps.findLast(({ kind, step }) => kind === "model" && step !== "embeddings")?.input ?? null;
}

interface ModelCall {
	readonly fixture: Fixture;
	readonly input: unknown;
	readonly trial: number;
}

async function askOnce(
	ask: AskModel,
	call: ModelCall,
	evalId: string,
	options: ModelEvalOptions,
): Promise<EvalCase> {
	const { timeoutMs = 60_000, retries = 2, backoffMs = 500 } = options;
	for (let attempt = 0; ; attempt++) {
		const clock = performance.now();
		const signal = AbortSignal.timeout(timeoutMs);
		const base = { fixtureId: call.fixture.id, trial: call.trial, traceId: "", metrics: {}, steps: {} };
		try {
			const context = { fixtureId: call.fixture.id, evalId, trial: call.trial, signal };
			const answer = await ask(call.input, context);
			const { fixtureId, trial } = base;
			options.onAnswer?.({ evalId, fixtureId, trial, input: call.input, output: answer.output });
			const durationMs = performance.now() - clock;
			return { ...base, ...(await grade(call, answer, options.config, durationMs)), durationMs };
		} catch (error) {
			if (error instanceof UsageError) throw error;
			const durationMs = performance.now() - clock;
			if (signal.aborted) {
				const told = `took longer than ${timeoutMs / 1000} s`;
				return { ...base, status: "timed-out", outcome: "unknown", error: told, durationMs };
			}
			if (isInfrastructureError(error) && attempt < retries) {
				await sleep(backoffMs * 2 ** attempt);
				continue;
			}
			return { ...base, status: "errored", outcome: "unknown", error: messageOf(error), durationMs };
		}
	}
}

async function grade(
	{ fixture }: ModelCall,
	{ output, inputTokens, outputTokens, cost }: ModelAnswer,
	config: PipelineConfig,
	latencyMs: number,
): Promise<Pick<EvalCase, "status" | "outcome" | "metrics" | "error">> {
	const metrics = { latency_ms: latencyMs, input_tokens: inputTokens, output_tokens: outputTokens, cost };
	const graded: GradedCase = { input: fixture.input, output, fixture, run: null };
	const said = (await (config.gradeModel ?? config.grade)?.(graded)) ?? null;
	const { outcome } = decideOutcome({
		grade: said,
		passFrom: config.passFrom ?? 0.5,
		application: "unknown",
		expected: { contains: fixture.expected.contains, documents: null },
		output,
		run: null,
	});
	const score = typeof said === "number" ? { grade: said } : {};
	return { status: "completed", outcome, metrics: { ...metrics, ...score }, error: "" };
}
