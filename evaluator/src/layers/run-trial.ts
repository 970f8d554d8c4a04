import { hash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pin } from "@faultline/instrumentation";
import type { GradedCase, PipelineConfig } from "../config.ts";
import { decideOutcome, type OutcomeSource } from "../core/decide-outcome.ts";
import type { EvalCase } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { retrievalMetrics } from "../core/retrieval-quality.ts";
import type { Outcome, Run, Step } from "../core/trace.ts";
import type { TraceSpans } from "../store/read-runs.ts";
import type { CaseRoot } from "../store/write-case-roots.ts";
import { type Attempt, type CaseRunner, messageOf } from "./case-runner.ts";

/** What every trial of an evaluation has in common. */
export interface TrialSettings {
	readonly evalId: string;
	readonly pipeline: string;
	readonly config: PipelineConfig;
	readonly runner: CaseRunner;
	readonly timeoutMs: number;
	/** How often a case is tried again where the surroundings failed. */
	readonly retries: number;
	/** Wait before the first further try, doubled for each one more; default 500. */
	readonly backoffMs?: number;
}

/** A trial with all that is stored or said of it. */
export interface Trial {
	readonly evalCase: EvalCase;
	readonly source: OutcomeSource;
	/** Null where the application left no trace. */
	readonly root: CaseRoot | null;
	readonly run: Run | null;
	readonly output: unknown;
	readonly pinned: Attempt["pinned"];
}

/**
 * Runs one trial of a fixture to its end: tries, waits for the trace, grades. Nothing is stored. Every try has a trace of its own, so that
 * what a failed or a killed one left behind is not mixed into the next.
 *
 * @example
 * const { evalCase } = await runTrial(fixture, 0, settings);
 */
export async function runTrial(
	fixture: Fixture,
	trial: number,
	settings: TrialSettings,
	pins?: Readonly<Record<string, Pin>>,
): Promise<Trial> {
	const { runner, evalId, timeoutMs, retries, backoffMs = 500 } = settings;
	for (let attempt = 0; ; attempt++) {
		const ids = newTraceIds();
		const request = { fixture, trial, evalId, ...ids, timeoutMs, ...(pins === undefined ? {} : { pins }) };
		const tried = await runner.run(request);
		if (tried.result.kind === "infrastructure" && attempt < retries) {
			await sleep(backoffMs * 2 ** attempt);
			continue;
		}
		// What never reached the application left nothing to wait for.
		const silent = tried.result.kind === "infrastructure";
		const spans = silent ? null : await runner.readTrace(ids.traceId, tried.startMs);
		return await settle({ fixture, trial, settings, ids, tried, spans });
	}
}

interface TraceIds {
	readonly traceId: string;
	readonly rootSpanId: string;
}

function newTraceIds(): TraceIds {
	const bytes = hash("sha256", randomBytes(32));
	return { traceId: bytes.slice(0, 32), rootSpanId: bytes.slice(32, 48) };
}

interface TriedTrial {
	readonly fixture: Fixture;
	readonly trial: number;
	readonly settings: TrialSettings;
	readonly ids: TraceIds;
	readonly tried: Attempt;
	readonly spans: TraceSpans | null;
}

async function settle(done: TriedTrial): Promise<Trial> {
	const { fixture, trial, settings, ids, tried, spans } = done;
	const run = spans === null ? null : runOf(done, spans);
	const { result, durationMs, pinned } = tried;
	const output = result.kind === "output" ? result.output : undefined;
	const judged = await judge(done, run, output);
	const evalCase: EvalCase = {
		fixtureId: fixture.id,
		trial,
		traceId: run === null ? "" : ids.traceId,
		status: judged.status,
		outcome: judged.outcome,
		metrics: judged.metrics,
		steps: {},
		error: judged.error,
		durationMs,
	};
	const flow = spans?.flow ?? null;
	const root: CaseRoot | null =
		spans === null
			? null
			: {
					traceId: ids.traceId,
					spanId: ids.rootSpanId,
					pipeline: settings.pipeline,
					fixtureId: fixture.id,
					evalId: settings.evalId,
					deploy: spans.deploy,
					remote: settings.runner.remote,
					startMs: tried.startMs,
					durationMs,
					outcome: judged.outcome,
					error: judged.error,
					pinned: [...new Set(pinned.map(({ step }) => step))],
					content:
						flow === null
							? { input: JSON.stringify(fixture.input) ?? "", output: JSON.stringify(output) ?? "" }
							: null,
				};
	return { evalCase, source: judged.source, root, run, output, pinned };
}

interface Judged extends Pick<EvalCase, "status" | "outcome" | "error" | "metrics"> {
	readonly source: OutcomeSource;
}

async function judge(done: TriedTrial, run: Run | null, output: unknown): Promise<Judged> {
	const { result } = done.tried;
	const metrics = usageOf(run);
	switch (result.kind) {
		case "timed-out": {
			const error = `took longer than ${done.settings.timeoutMs / 1000} s`;
			return { status: "timed-out", outcome: "unknown", source: "none", error, metrics };
		}
		case "infrastructure":
		case "refused":
			return { status: "errored", outcome: "unknown", source: "none", error: result.error, metrics };
		case "failed":
			return { status: "completed", outcome: "fail", source: "application", error: result.error, metrics };
		case "output":
			try {
				return { ...(await gradeOutput(done, run, output)), status: "completed", error: "" };
			} catch (error) {
				// A grader that fails says nothing about the run, and must not count as a pass or a fail of it.
				const told = `the grader failed: ${messageOf(error)}`;
				return { status: "errored", outcome: "unknown", source: "none", error: told, metrics };
			}
		default:
			return result satisfies never;
	}
}

async function gradeOutput({ fixture, settings, spans }: TriedTrial, run: Run | null, output: unknown) {
	const { grade, passFrom = 0.5, metrics: own = {} } = settings.config;
	const graded: GradedCase = { input: fixture.input, output, fixture, run };
	const said = (await grade?.(graded)) ?? null;
	const decided = decideOutcome({
		grade: said,
		passFrom,
		application: spans?.flow?.outcome ?? "unknown",
		expected: fixture.expected,
		output,
		run,
	});
	const metrics: Record<string, number | null> = {
		...usageOf(run),
		...retrievalMetrics(run, fixture.expected.documents),
	};
	if (typeof said === "number") metrics["grade"] = said;
	for (const [name, measure] of Object.entries(own)) {
		const value = await measure(graded);
		metrics[name] = typeof value === "number" && Number.isFinite(value) ? value : null;
	}
	return { ...decided, metrics };
}

/** Tokens that the run's model calls used; null where no call said. */
function usageOf(run: Run | null): Record<string, number | null> {
	const calls = (run?.spans ?? []).filter((span) => span.kind === "model");
	const sum = (attribute: string): number | null => {
		const known = calls.flatMap(({ attributes }) => {
			const value = Number(attributes[attribute] ?? Number.NaN);
			return Number.isNaN(value) ? [] : [value];
		});
		return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
	};
	return {
		input_tokens: sum("gen_ai.usage.input_tokens"),
		output_tokens: sum("gen_ai.usage.output_tokens"),
	};
}

function runOf({ fixture, settings, ids, tried }: TriedTrial, trace: TraceSpans): Run {
	const outcome: Outcome = trace.flow?.outcome ?? "unknown";
	const startUs = Math.round(tried.startMs * 1000);
	return {
		traceId: ids.traceId,
		rootSpanId: ids.rootSpanId,
		pipeline: settings.pipeline,
		serviceName: trace.deploy.serviceName,
		serviceVersion: trace.deploy.serviceVersion,
		environment: trace.deploy.environment,
		startUs: Math.min(startUs, ...trace.spans.map((span: Step) => span.startUs)),
		durationUs: Math.round(tried.durationMs * 1000),
		outcome,
		taskId: fixture.id,
		input: trace.flow?.input ?? "",
		output: trace.flow?.output ?? "",
		spans: trace.spans,
	};
}
