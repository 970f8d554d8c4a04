import { type BehaviourConfig, findConfig, loadConfig } from "../config.ts";
import { type PresentedReplay, type PresentedSample, presentSample } from "../core/present-sample.ts";
import { DEFAULT_SAMPLE_PLAN, type SamplePlan } from "../core/sample-plan.ts";
import { replaySample } from "../layers/behavioural.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { drawStoredSample, type SampleWindow, type WindowSample } from "../store/samples.ts";
import { select } from "../store/select.ts";
import type { EvalValues } from "./eval.ts";
import { showProgress } from "./eval-system.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { newEvalId, openWorkbench, secondsAsMs, type Workbench, wholeNumber } from "./open-workbench.ts";
import { parseTime } from "./parse-selector.ts";
import { renderSample } from "./render-sample.ts";

/** Options of `eval behavioural` alone. */
export const behaviouralOptions = {
	since: { type: "string", help: "eval behavioural: earliest start (default 7d)", value: "TIME" },
	until: { type: "string", help: "eval behavioural: latest start (default now)", value: "TIME" },
	replay: {
		type: "boolean",
		help: "eval behavioural: send the drawn runs' inputs through the pipeline as it is now",
	},
	rate: {
		type: "string",
		help: "eval behavioural: share of the runs that is drawn (default 0.01)",
		value: "SHARE",
	},
	budget: { type: "string", help: "eval behavioural: at most so many runs a day", value: "N" },
} as const;

/** `faultline eval behavioural`: a sample of production, as it stands or replayed, weighted back to all runs. */
export async function evalBehavioural(values: EvalValues, io: Io): Promise<ExitCode> {
	const until = values.until === undefined ? io.now() : parseTime(values.until, io.now());
	const since = parseTime(values.since ?? "7d", io.now());
	if (since >= until) throw new UsageError("--since is not before --until; give an earlier time");
	checkFlags(values);
	if (values.replay === true) return replayBehavioural(values, io, { sinceMs: since, untilMs: until });
	const plan = planOf(values, await readBehaviour(values, io));
	await using store = await openDatabase(values, io);
	const pipelines = await select<{ pipeline: string }>(store, "pipelines.sql", {
		since_ms: since,
		until_ms: until,
	});
	const pipeline = onlyOf(
		pipelines.map((row) => row.pipeline),
		values.pipeline,
	);
	const window: SampleWindow = { pipeline, sinceMs: since, untilMs: until };
	const sample = await drawStoredSample(store, window, plan, io.now());
	return report(presentSample(window, sample, plan), values, io);
}

async function replayBehavioural(
	values: EvalValues,
	io: Io,
	range: { readonly sinceMs: number; readonly untilMs: number },
): Promise<ExitCode> {
	const limits = {
		concurrency: wholeNumber("concurrency", values.concurrency, 4),
		retries: wholeNumber("retries", values.retries, 2, 0),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
	};
	await using workbench = await openWorkbench(values, io);
	const plan = planOf(values, workbench.config.behaviour);
	const { name } = workbench.pipeline();
	const window: SampleWindow = { pipeline: name, ...range };
	const sample = await drawStoredSample(workbench.store, window, plan, io.now());
	const replay = sample.drawn.length === 0 ? null : await replayDrawn(workbench, sample, limits, io);
	return report(presentSample(window, sample, plan, replay), values, io);
}

async function replayDrawn(
	workbench: Workbench,
	{ drawn }: WindowSample,
	limits: { readonly concurrency: number; readonly retries: number; readonly timeoutMs: number },
	io: Io,
): Promise<PresentedReplay> {
	const { name, config } = workbench.pipeline();
	const evalId = newEvalId("behavioural", io.now());
	io.err(`${evalId}: ${drawn.length} drawn runs of ${name}, ${limits.concurrency} at a time`);
	const { pinnedTools, ...replay } = await replaySample(drawn, {
		...limits,
		store: workbench.store,
		pipeline: name,
		config,
		runner: workbench.runner(config),
		scorers: builtInScorers,
		evalId,
		signal: io.signal,
		now: io.now,
		onProgress: showProgress(io),
	});
	for (const [tool, calls] of Object.entries(pinnedTools)) {
		io.err(
			`${tool} is not declared safe: ${calls} calls were answered from the recorded runs, and it did not run`,
		);
	}
	return replay;
}

/** The configuration's part, where there is a configuration: drawing a sample needs none. */
async function readBehaviour(values: EvalValues, io: Io): Promise<BehaviourConfig | undefined> {
	const path = await findConfig(values.config, io.cwd).catch((error: unknown) => {
		if (values.config !== undefined) throw error;
		return null;
	});
	return path === null ? undefined : (await loadConfig(path, io.cwd)).behaviour;
}

function checkFlags({ rate, budget }: EvalValues): void {
	const share = Number(rate ?? "1");
	if (!(share > 0 && share <= 1)) {
		throw new UsageError(`--rate is "${rate}"; give a share above 0, at most 1, such as 0.05`);
	}
	wholeNumber("budget", budget, 1);
}

function planOf({ rate, budget }: EvalValues, config: BehaviourConfig = {}): SamplePlan {
	return {
		rate: rate === undefined ? (config.rate ?? DEFAULT_SAMPLE_PLAN.rate) : Number(rate),
		strata: config.strata ?? [],
		budgetPerDay: budget === undefined ? (config.budgetPerDay ?? null) : Number(budget),
		lifts: { ...DEFAULT_SAMPLE_PLAN.lifts, ...config.importance },
		salt: config.salt ?? DEFAULT_SAMPLE_PLAN.salt,
	};
}

/** The pipeline that is meant. @throws UsageError where there is none, or several and none is named. */
export function onlyOf(pipelines: readonly string[], named: string | undefined): string {
	const [only] = pipelines;
	if (only === undefined || (named !== undefined && !pipelines.includes(named))) {
		throw new UsageError(
			`no run${named === undefined ? "" : ` of ${named}`} is stored in this range; widen --since, or send some, or \`faultline import FILE\``,
		);
	}
	if (named === undefined && pipelines.length > 1) {
		throw new UsageError(
			`the runs are of several pipelines (${pipelines.slice(0, 8).join(", ")}); choose one with --pipeline`,
		);
	}
	return named ?? only;
}

function report(sample: PresentedSample, values: EvalValues, io: Io): ExitCode {
	if (values.json === true) io.out(JSON.stringify(sample));
	else io.out(renderSample(sample));
	const rate = sample.replay === null ? sample.as_it_stands.rate : sample.replay.rate;
	return rate === null ? EXIT.couldNotTell : EXIT.done;
}
