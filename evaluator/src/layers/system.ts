import type { Store } from "@faultline/collector";
import type { PipelineConfig } from "../config.ts";
import type { OutcomeSource } from "../core/decide-outcome.ts";
import { countCases, type EvalCase, type EvalRun, type Evaluation } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { fixtureRun } from "../core/fixture-run.ts";
import { judgeRuns } from "../core/judge-runs.ts";
import type { Verdict } from "../core/locate-run.ts";
import type { Scorer } from "../core/score.ts";
import { stepContracts } from "../core/step-contracts.ts";
import { hashFixtures } from "../fixtures/fixture-set.ts";
import { writeEvalCases, writeEvalRun } from "../store/evaluations.ts";
import { readRuns } from "../store/read-runs.ts";
import { judgementRows } from "../store/result-rows.ts";
import { writeResults } from "../store/write-results.ts";
import type { CaseRunner } from "./case-runner.ts";
import { graderVersion } from "./grader-version.ts";
import { runPool } from "./run-pool.ts";
import { runTrial, type Trial } from "./run-trial.ts";
import { trialWriter } from "./write-trials.ts";

/** How far an evaluation has come. */
export interface EvalProgress {
	readonly done: number;
	readonly total: number;
	readonly failed: number;
	readonly errored: number;
	/** Milliseconds until the end at this speed; null before the first case has ended. */
	readonly leftMs: number | null;
}

export interface SystemEvalOptions {
	readonly store: Store;
	readonly pipeline: string;
	readonly config: PipelineConfig;
	readonly runner: CaseRunner;
	readonly fixtures: readonly Fixture[];
	readonly scorers: readonly Scorer[];
	readonly evalId: string;
	/** Under which layer it is stored; default system. */
	readonly layer?: EvalRun["layer"];
	/** How often every fixture is run; more than once where chance plays. Default 1. */
	readonly trials?: number;
	/** Cases at a time; default 4. */
	readonly concurrency?: number;
	/** Longest time of one case; default 60,000. */
	readonly timeoutMs?: number;
	/** Further tries where the surroundings failed; default 2. */
	readonly retries?: number;
	readonly backoffMs?: number;
	/** An evaluation that was cut short: its completed cases are kept, the others run. */
	readonly resume?: Evaluation | null;
	/** Aborted: cases under way end, no further ones start, and the evaluation can be resumed. */
	readonly signal?: AbortSignal;
	readonly now: () => number;
	readonly onProgress?: (progress: EvalProgress) => void;
	/** Called with every case that ended, for instance to stop early. */
	readonly onCase?: (evalCase: EvalCase) => void;
}

/** An evaluation with what else was learned. */
export interface SystemEval {
	readonly evaluation: Evaluation;
	/** Who said how the cases of this process ended → how many. */
	readonly sources: Readonly<Partial<Record<OutcomeSource, number>>>;
	/** Tools that are not declared safe and were pinned from the fixtures → calls. */
	readonly pinnedTools: Readonly<Record<string, number>>;
	/** Trace id → where the evaluator says that its fault began. */
	readonly verdicts: ReadonlyMap<string, Verdict>;
}

/**
 * Runs the whole pipeline over fixtures. Cases are stored as they end, under (evaluation, fixture, trial), so that a process that was
 * killed loses the cases under way and no other, and resuming runs those. Afterwards every run is scored and its steps judged.
 *
 * @throws Error where the database cannot be written, or the fixtures are not those of the evaluation that is resumed.
 * @example
 * const { evaluation } = await runSystemEval({ store, pipeline: "docs-answer", config, runner, fixtures, … });
 */
export async function runSystemEval(options: SystemEvalOptions): Promise<SystemEval> {
	const { store, fixtures, scorers, evalId, signal, now, resume = null } = options;
	const { concurrency = 4, timeoutMs = 60_000, retries = 2, trials = 1 } = options;
	const start = resume?.run ?? newRun(options, trials);
	const kept = (resume?.cases ?? []).filter(({ status }) => status === "completed");
	await writeEvalRun(store, { ...start, finishedAt: null }, countCases(start, kept));
	const ended = new Map(kept.map((one) => [caseKey(one.fixtureId, one.trial), one]));
	const waiting = plan(fixtures, start.trials).filter(
		({ fixture, trial }) => !ended.has(caseKey(fixture.id, trial)),
	);
	const writer = trialWriter(store, evalId);
	const progress = progressMeter(start.planned, ended, options);
	const seen = new Seen(start);
	const runner = options.runner.remote ? limitRuns(options.runner, concurrency) : options.runner;
	const settings = { ...options, runner, timeoutMs, retries };
	const places = options.runner.remote ? concurrency + SETTLING : concurrency;
	await runPool(
		waiting,
		{ concurrency: places, ...(signal === undefined ? {} : { signal }) },
		async (one) => {
			const trial = await runTrial(one.fixture, one.trial, settings);
			if (seen.note(trial)) await writeEvalRun(store, { ...start, ...seen.deploy }, countCases(start, kept));
			await writer.write(trial);
			ended.set(caseKey(one.fixture.id, one.trial), trial.evalCase);
			options.onCase?.(trial.evalCase);
			progress();
		},
	);
	const judged = await judgeCases(store, [...ended.values()], { scorers, evalId, fixtures });
	const whole = ended.size === start.planned;
	const run: EvalRun = { ...start, ...seen.deploy, finishedAt: whole ? now() : null };
	await writeEvalRun(store, run, countCases(run, judged.cases));
	return {
		evaluation: { run, cases: judged.cases },
		sources: seen.sources,
		pinnedTools: seen.pinnedTools,
		verdicts: judged.verdicts,
	};
}

/** The traces of so many remote cases are waited for beside the cases that run. */
const SETTLING = 24;

/** A runner that asks for so many cases at a time, however many traces are being waited for. */
function limitRuns(runner: CaseRunner, most: number): CaseRunner {
	let free = most;
	const waiting: (() => void)[] = [];
	return {
		...runner,
		async run(request) {
			if (free > 0) free--;
			else await new Promise<void>((resolve) => waiting.push(resolve));
			try {
				return await runner.run(request);
			} finally {
				const next = waiting.shift();
				if (next === undefined) free++;
				else next();
			}
		},
	};
}

const caseKey = (fixtureId: string, trial: number): string => `${trial} ${fixtureId}`;

/** Every fixture once before any a second time: what is cut short has seen all of them. */
function plan(fixtures: readonly Fixture[], trials: number): { fixture: Fixture; trial: number }[] {
	return Array.from({ length: trials }, (_, trial) => fixtures.map((fixture) => ({ fixture, trial }))).flat();
}

function newRun(
	{ evalId, layer = "system", pipeline, config, scorers, fixtures, now }: SystemEvalOptions,
	trials: number,
): EvalRun {
	return {
		evalId,
		layer,
		pipeline,
		serviceVersion: "",
		environment: "",
		revision: "",
		fixtureSet: hashFixtures(fixtures),
		grader: graderVersion(config, scorers),
		model: "",
		trials,
		planned: fixtures.length * trials,
		startedAt: now(),
		finishedAt: null,
	};
}

/** What is gathered over all trials. */
class Seen {
	readonly sources: Partial<Record<OutcomeSource, number>> = {};
	readonly pinnedTools: Record<string, number> = {};
	deploy: Pick<EvalRun, "serviceVersion" | "environment" | "revision">;

	constructor({ serviceVersion, environment, revision }: EvalRun) {
		this.deploy = { serviceVersion, environment, revision };
	}

	/** Answers whether it now knows for the first time which deploy is evaluated. */
	note({ source, pinned, root, evalCase }: Trial): boolean {
		if (evalCase.status === "completed") this.sources[source] = (this.sources[source] ?? 0) + 1;
		for (const { step, kind } of pinned) {
			if (kind === "tool_call") this.pinnedTools[step] = (this.pinnedTools[step] ?? 0) + 1;
		}
		if (root === null) return false;
		const { serviceVersion, environment, revision } = root.deploy;
		if (serviceVersion === "" && revision === "") return false;
		const known = this.deploy.serviceVersion !== "" || this.deploy.revision !== "";
		if (known && (this.deploy.serviceVersion !== serviceVersion || this.deploy.revision !== revision)) {
			throw new Error(
				`the evaluation is of ${describeDeploy(this.deploy)}, and this run is of ${describeDeploy(root.deploy)}; start a new evaluation for another deploy`,
			);
		}
		this.deploy = { serviceVersion, environment, revision };
		return !known;
	}
}

const describeDeploy = ({ serviceVersion, revision }: Pick<EvalRun, "serviceVersion" | "revision">): string =>
	[
		`version ${serviceVersion || "unknown"}`,
		...(revision === "" ? [] : [`revision ${revision.slice(0, 12)}`]),
	].join(", ");

function progressMeter(
	total: number,
	ended: ReadonlyMap<string, EvalCase>,
	{ now, onProgress = () => {} }: SystemEvalOptions,
): () => void {
	const startedAt = now();
	const before = ended.size;
	return () => {
		const done = ended.size;
		const cases = [...ended.values()];
		const perCase = (now() - startedAt) / (done - before);
		onProgress({
			done,
			total,
			failed: cases.filter(({ outcome }) => outcome === "fail").length,
			errored: cases.filter(({ status }) => status !== "completed").length,
			leftMs: done === before ? null : perCase * (total - done),
		});
	};
}

/** With fewer recorded runs that went well, the evaluation's own passing runs are compared with as well. */
const ENOUGH_FIXTURES = 10;

/**
 * Scores the runs of all cases, stores what was found, and notes in each case which steps kept their contracts. Healthy is what the fixtures
 * recorded: the same tasks, step by step, when they went well.
 */
async function judgeCases(
	store: Store,
	cases: readonly EvalCase[],
	{
		scorers,
		evalId,
		fixtures,
	}: {
		readonly scorers: readonly Scorer[];
		readonly evalId: string;
		readonly fixtures: readonly Fixture[];
	},
): Promise<{ cases: EvalCase[]; verdicts: ReadonlyMap<string, Verdict> }> {
	const order = [...cases].sort((a, b) =>
		a.fixtureId === b.fixtureId ? a.trial - b.trial : a.fixtureId < b.fixtureId ? -1 : 1,
	);
	const traceIds = cases.flatMap(({ traceId, status }) =>
		traceId !== "" && status === "completed" ? [traceId] : [],
	);
	const runs = traceIds.length === 0 ? [] : await readRuns(store, { traceIds });
	const verdicts = new Map<string, Verdict>();
	const steps = new Map<string, Record<string, boolean | null>>();
	if (runs.length > 0) {
		const healthy = fixtures.filter(({ expected }) => expected.outcome === "pass").map(fixtureRun);
		const text = `the recorded runs of ${healthy.length} fixtures`;
		const judgement = judgeRuns([...healthy, ...runs], {
			scorers,
			...(healthy.length < ENOUGH_FIXTURES ? {} : { reference: { runs: healthy, text } }),
		});
		const own = new Set(traceIds);
		await writeResults(
			store,
			judgementRows(judgement, scorers, (traceId) => own.has(traceId), evalId),
		);
		for (const [at, verdict] of judgement.verdicts.entries()) {
			const evidence = judgement.evidence[at];
			if (evidence === undefined || !own.has(verdict.traceId)) continue;
			verdicts.set(verdict.traceId, verdict);
			steps.set(verdict.traceId, stepContracts(evidence, verdict));
		}
	}
	const judged = order.map((one) => ({ ...one, steps: steps.get(one.traceId) ?? one.steps }));
	await writeEvalCases(store, evalId, judged);
	return { cases: judged, verdicts };
}
