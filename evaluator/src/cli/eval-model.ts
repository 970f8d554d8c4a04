import { compareCases, type PairedCases } from "../core/compare-cases.ts";
import type { Evaluation } from "../core/evaluation.ts";
import { presentEvaluation } from "../core/present-evaluation.ts";
import { rounded } from "../core/present-verdict.ts";
import { quantile } from "../core/quantile.ts";
import { seededRandom } from "../core/random.ts";
import { readFixtureSet } from "../fixtures/fixture-set.ts";
import { compareModels, type PresentedPreference } from "../layers/compare-models.ts";
import { type ModelSaid, runModelEval } from "../layers/model.ts";
import type { RubricJudge } from "../rubrics/open-rubric-judge.ts";
import type { EvalValues } from "./eval.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openJudge } from "./open-scoring.ts";
import { newEvalId, openWorkbench, secondsAsMs, type Workbench, wholeNumber } from "./open-workbench.ts";
import { renderModels } from "./render-models.ts";

/** One model beside the current one, in the shape of `eval model --json`. */
export interface PresentedModel {
	readonly model: string;
	readonly eval_id: string;
	readonly counts: ReturnType<typeof presentEvaluation>["counts"];
	readonly passed: number;
	readonly failed: number;
	readonly rate: number | null;
	readonly interval: readonly [number, number] | null;
	/** Against the first model, on the same fixtures; null for the first itself. */
	readonly against_first: PairedCases | null;
	/** `total` is null where one completed case's cost is not known. */
	readonly cost: { readonly n: number; readonly total: number | null; readonly per_case: number | null };
	readonly latency_ms: { readonly n: number; readonly median: number | null; readonly p95: number | null };
	readonly tokens: { readonly input: number | null; readonly output: number | null };
	/** What the judge says of its answers beside the first model's; null for the first, and without `--judge`. */
	readonly judged: PresentedPreference | null;
}

/** `faultline eval model`: the recorded prompts past several models. */
export async function evalModel(values: EvalValues, io: Io): Promise<ExitCode> {
	const models = (values.models ?? "")
		.split(",")
		.map((name) => name.trim())
		.filter(Boolean);
	if (models.length === 0) throw new UsageError("eval model needs --models A,B: the current model first");
	if (new Set(models).size < models.length)
		throw new UsageError(`--models names a model twice: ${models.join(", ")}`);
	const limits = {
		trials: wholeNumber("trials", values.trials, 1),
		concurrency: wholeNumber("concurrency", values.concurrency, 4),
		retries: wholeNumber("retries", values.retries, 2, 0),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
	};
	await using workbench = await openWorkbench(values, io);
	const { name, config } = workbench.pipeline();
	const judge = values.judge === true ? judgeOf(workbench, io) : null;
	const said: ModelSaid[] = [];
	const evaluations = await runModelEval({
		...limits,
		store: workbench.store,
		pipeline: name,
		config,
		models,
		fixtures: await readFixtureSet(workbench.fixtures, name),
		evalId: newEvalId("model", io.now()),
		env: io.env,
		signal: io.signal,
		now: io.now,
		onProgress: progressOf(io, "asked"),
		...(judge === null ? {} : { onAnswer: (answer: ModelSaid) => said.push(answer) }),
	});
	const preferences =
		judge === null
			? []
			: await compareModels(judge, said, {
					evalIds: evaluations.map(({ run }) => run.evalId),
					onProgress: progressOf(io, "compared pairs"),
				});
	const presented = presentModels(evaluations, preferences);
	if (values.json) io.out(JSON.stringify({ pipeline: name, models: presented }));
	else io.out(renderModels(name, presented));
	return presented.some(({ rate }) => rate === null) ? EXIT.couldNotTell : EXIT.done;
}

function judgeOf({ store, config }: Workbench, io: Io): RubricJudge {
	if (config.judge === undefined)
		throw new UsageError(`--judge needs \`judge: { model, … }\` in ${config.path}; see docs/judge.md`);
	return openJudge(store, config.judge, io);
}

/** Models side by side, the first as the one that the others are compared with. */
export function presentModels(
	evaluations: readonly Evaluation[],
	preferences: readonly (PresentedPreference | null)[] = [],
): PresentedModel[] {
	return evaluations.map((evaluation, index) => {
		const [first] = evaluations;
		const { eval_id, counts, passed, failed, rate, interval } = presentEvaluation(evaluation);
		const completed = evaluation.cases.filter(({ status }) => status === "completed");
		const metric = (name: string): number[] =>
			completed.flatMap(({ metrics }) => (typeof metrics[name] === "number" ? [metrics[name]] : []));
		const costs = metric("cost");
		const latencies = metric("latency_ms");
		const sum = (values: readonly number[]): number | null =>
			values.length === 0 || values.length < completed.length
				? null
				: rounded(values.reduce((total, value) => total + value, 0));
		const total = sum(costs);
		const shown = (value: number | null): number | null => (value === null ? null : rounded(value));
		return {
			model: evaluation.run.model,
			eval_id,
			counts,
			passed,
			failed,
			rate,
			interval,
			against_first:
				index === 0 || first === undefined
					? null
					: compareCases(first.cases, evaluation.cases, seededRandom(1)),
			cost: { n: costs.length, total, per_case: total === null ? null : rounded(total / costs.length) },
			latency_ms: {
				n: latencies.length,
				median: shown(quantile(latencies, 0.5)),
				p95: shown(quantile(latencies, 0.95)),
			},
			tokens: { input: sum(metric("input_tokens")), output: sum(metric("output_tokens")) },
			judged: preferences[index] ?? null,
		};
	});
}
