import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { ATTR } from "@faultline/instrumentation/attributes";
import { type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { readKnown } from "../core/known-score.ts";
import type { Run } from "../core/trace.ts";
import type { RunScoring } from "../rubrics/run-scoring.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { countStepHours } from "../store/count-step-hours.ts";
import { judgePipelines, type PipelineEvaluation } from "../store/judge-pipelines.ts";
import { updateProfiles } from "../store/profiles.ts";
import { readLabels } from "../store/read-labels.ts";
import { readRuns } from "../store/read-runs.ts";
import { EVALUATOR, judgementRows } from "../store/result-rows.ts";
import { type Copy, unjudgedBacklog, unjudgedTraces } from "../store/unjudged-traces.ts";
import { writeResults } from "../store/write-results.ts";
import { backOffMs } from "./back-off.ts";
import { judgeInParts } from "./judge-in-parts.ts";
import { Metrics } from "./metrics.ts";
import { type Bite, FIRST_BITE, nextBite } from "./next-bite.ts";
import { readCompared } from "./read-compared.ts";

/** How often a watching evaluator looks, and how long a run must have been quiet before it is judged. */
const LOOK_MS = 3_000;
const SETTLE_MS = 5_000;
/** How far back it looks for runs without a verdict, unless told otherwise. */
const LOOKBACK_MS = 24 * 3_600_000;

/** The evaluator's own service, by which its spans are told from an application's. */
export const EVALUATOR_SERVICE = "faultline-evaluator";

export interface WatchOptions {
	readonly store: Store;
	readonly signal: AbortSignal;
	readonly now: () => number;
	readonly err: (text: string) => void;
	readonly random?: () => number;
	readonly copy?: Copy;
	readonly lookbackMs?: number;
	readonly metrics?: Metrics;
	/** Scorers of the user's, and the LLM judge. */
	readonly scoring?: RunScoring;
	/** Called after a round that judged runs. */
	readonly afterRuns?: () => Promise<void>;
	/** Called when a round ends: what it took, or what it failed with. */
	readonly onRound?: (result: { readonly error: unknown; readonly runs: number }) => void;
}

/**
 * Judges runs as they settle, until the signal aborts; the round in hand is finished. A round that fails is reported, and tried again after a while
 * that grows with every failure. Rounds take as many runs as they can without being slow.
 */
export async function watchRuns(options: WatchOptions): Promise<void> {
	const { signal, now, err, metrics = new Metrics(), random = Math.random, onRound = () => {} } = options;
	/** Runs that cannot be judged, so that one of them does not keep all others from it; forgotten when the process ends. */
	const unjudgeable = new Set<string>();
	let bite = FIRST_BITE;
	let failures = 0;
	while (!signal.aborted) {
		const started = now();
		metrics.set("batch_runs", bite.fresh);
		metrics.set("compared_runs", bite.compared);
		let runs = 0;
		let error: unknown = null;
		try {
			runs = await traced((span) => round(options, { bite, metrics, span, unjudgeable }));
			failures = 0;
			metrics.set("last_success_timestamp_seconds", now() / 1000);
			if (runs > 0) err(`evaluated ${runs} new runs`);
			if (runs > 0) await options.afterRuns?.();
		} catch (cause) {
			error = cause;
			failures++;
			err(`evaluation failed (${failures} in a row) and will be tried again: ${messageOf(cause)}`);
		}
		const elapsed = now() - started;
		const full = runs >= bite.fresh;
		// A round without runs says nothing of how much one can take.
		if (runs > 0 || error !== null) bite = nextBite(bite, elapsed, { full, failed: error !== null });
		metrics.add("rounds_total", 1, { result: error === null ? "ok" : "failed" });
		metrics.add("round_seconds_total", elapsed / 1000);
		metrics.set("clickhouse_up", error === null ? 1 : 0);
		metrics.set("failures_in_a_row", failures);
		metrics.set("resident_memory_bytes", process.memoryUsage.rss());
		onRound({ error, runs });
		// With more to do it goes on at once; otherwise it rests as long as it worked.
		const rest = full ? 0 : Math.max(LOOK_MS, elapsed);
		const pause = error === null ? rest : backOffMs(failures, random());
		await sleep(pause, undefined, { signal }).catch(() => {});
	}
}

const messageOf = (error: unknown): string => {
	if (!(error instanceof Error)) return String(error);
	const inner = error.cause instanceof Error ? error.cause.message : "";
	return error.message || inner || error.name;
};

/** A span a round, marked as evaluation traffic so that nobody takes it for a run of an application. */
async function traced(work: (span: Span) => Promise<number>): Promise<number> {
	const attributes = { [ATTR.evalId]: EVALUATOR_SERVICE };
	return await trace
		.getTracer(EVALUATOR_SERVICE)
		.startActiveSpan("evaluate round", { attributes }, async (span) => {
			try {
				const runs = await work(span);
				span.setAttribute("faultline.evaluator.runs", runs);
				return runs;
			} catch (error) {
				span.recordException(error instanceof Error ? error : String(error));
				span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
				throw error;
			} finally {
				span.end();
			}
		});
}

interface RoundState {
	readonly bite: Bite;
	readonly metrics: Metrics;
	readonly span: Span;
	readonly unjudgeable: Set<string>;
}

async function round(
	options: WatchOptions,
	{ bite, metrics, span, unjudgeable }: RoundState,
): Promise<number> {
	const { store, now, err, copy, scoring, lookbackMs = LOOKBACK_MS } = options;
	const until = now() - SETTLE_MS;
	const since = until - lookbackMs;
	const backlog = await unjudgedBacklog(store, since, until);
	metrics.set("waiting_runs", backlog.waiting);
	metrics.set("waiting_seconds", backlog.oldestMs / 1000);
	span.setAttribute("faultline.evaluator.waiting", backlog.waiting);
	if (backlog.waiting === 0) {
		await askJudge(scoring, metrics, options.signal);
		return 0;
	}
	const found = await unjudgedTraces(store, since, until, { ...copy, limit: bite.fresh + unjudgeable.size });
	const ids = found.filter((traceId) => !unjudgeable.has(traceId)).slice(0, bite.fresh);
	if (ids.length === 0) return 0;
	const read = await readRuns(store, { sinceMs: since, untilMs: until, traceIds: ids });
	const fresh = (await scoring?.score(read)) ?? read;
	const wanted = new Set(ids);
	const known = await readCompared(store, until, bite.compared);
	const compared = known.filter(({ traceId }) => !wanted.has(traceId) && !unjudgeable.has(traceId));
	const others = (await scoring?.recall(compared)) ?? compared;
	const scorers = [...builtInScorers, ...(scoring?.evidence ?? []).map(readKnown)];
	const labels = await readLabels(
		store,
		[...fresh, ...others].map(({ traceId }) => traceId),
	);
	const judge = (runs: readonly Run[]): PipelineEvaluation[] =>
		judgePipelines([...runs, ...others], { scorers, labels });
	const leaveOut = (run: Run, cause: unknown): void => {
		unjudgeable.add(run.traceId);
		err(`run ${run.traceId} of ${run.pipeline} cannot be judged and is left out: ${messageOf(cause)}`);
	};
	for (const { runs, result: evaluations } of judgeInParts(fresh, judge, leaveOut)) {
		const judged = new Set(runs.map(({ traceId }) => traceId));
		for (const { judgement } of evaluations) {
			const rows = judgementRows(judgement, builtInScorers, (traceId) => judged.has(traceId));
			await writeResults(store, (await scoring?.apply(runs, rows)) ?? rows);
		}
		count(metrics, evaluations, judged);
	}
	// One copy learns, from its share of the runs: two would overwrite what the other has merged.
	const learned = (copy?.copy ?? 0) === 0 ? fresh : [];
	for (const [pipeline, runs] of Map.groupBy(learned, (run) => run.pipeline))
		await updateProfiles(store, pipeline, runs);
	await countStepHours(
		store,
		fresh.map(({ startUs }) => startUs),
		EVALUATOR,
	);
	await askJudge(scoring, metrics, options.signal);
	metrics.set("unjudgeable_runs", unjudgeable.size);
	return ids.length;
}

/** Asks the judge about what is not clear, and tells Prometheus what that and the user's scorers came to. */
async function askJudge(
	scoring: RunScoring | undefined,
	metrics: Metrics,
	signal: AbortSignal,
): Promise<void> {
	if (scoring === undefined) return;
	await scoring.ask(signal);
	const { scorers, judge } = scoring.counts;
	for (const [scorer, { failed }] of scorers) metrics.set("scorer_failures_total", failed, { scorer });
	if (judge === null) return;
	metrics.set("judge_calls_total", judge.calls);
	metrics.set("judge_tokens_total", judge.tokens);
	if (judge.cost !== null) metrics.set("judge_cost_total", judge.cost);
	for (const [reason, asked] of Object.entries(judge.notJudged))
		metrics.set("judge_unanswered_total", asked, { reason });
}

function count(
	metrics: Metrics,
	evaluations: readonly PipelineEvaluation[],
	fresh: ReadonlySet<string>,
): void {
	metrics.add("runs_total", fresh.size);
	for (const { judgement } of evaluations) {
		for (const [at, evidence] of judgement.evidence.entries()) {
			if (!fresh.has(evidence.run.traceId)) continue;
			const verdict = judgement.verdicts[at];
			if (verdict !== undefined) metrics.add("verdicts_total", 1, { verdict: verdict.kind });
			for (const finding of evidence.findings.flat())
				metrics.add("scores_total", 1, { answered: finding.value === null ? "false" : "true" });
		}
	}
}
