import type { Context, HrTime, Span } from "@opentelemetry/api";
import { context, createContextKey, trace } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import { ATTR } from "./attributes.ts";
import { Provenance } from "./provenance.ts";
import { quietly } from "./quietly.ts";

/** The application's own verdict about a run. */
export type Outcome = "pass" | "fail";

/** What the steps of one run share: its spans that stand for the whole, and where its values came from. */
export interface Run {
	/** The pipeline's span and, where that is inside a request's span, the trace's root span in this process. */
	readonly spans: readonly Span[];
	readonly provenance: Provenance;
	/** Set once the application itself has spoken, so that the `outcome` option does not overrule it. */
	outcomeGiven: boolean;
	/** Times of the run's spans: see `startClock`. */
	readonly clock: () => HrTime;
}

/**
 * A clock for one run: wall time at its start, and from there the monotonic clock with its microseconds. The SDK starts spans at whole
 * milliseconds, in which several steps of a pipeline fit, and their order would be lost.
 */
export function startClock(): () => HrTime {
	const offset = Date.now() - performance.now();
	return () => millisToHrTime(offset + performance.now());
}

const RUN = createContextKey("@faultline/instrumentation run");
const ofParentSpan = new WeakMap<Span, Run>();
/** On every span: a table beside the spans would cost more than the span's own start. Exporters do not see symbols. */
const ROOT = Symbol("@faultline/instrumentation root span");

interface Rooted {
	[ROOT]?: Span;
}

/** The run that the context belongs to; steps below a foreign span share a run as long as they share that span. */
export function runOf(active: Context): Run | undefined {
	const run = active.getValue(RUN) as Run | undefined;
	if (run !== undefined) return run;
	const parent = trace.getSpan(active);
	return parent === undefined ? undefined : ofParentSpan.get(parent);
}

/** The run of the context, or a new one for a step that was called outside any pipeline. */
export function joinRun(active: Context): Run {
	const known = runOf(active);
	if (known !== undefined) return known;
	const run = newRun([], startClock());
	const parent = trace.getSpan(active);
	if (parent !== undefined) ofParentSpan.set(parent, run);
	return run;
}

/** Begins the run whose pipeline has this span. */
export function beginRun(span: Span, parent: Span | undefined, clock: () => HrTime): Run {
	const root = parent === undefined ? undefined : localRoot(parent);
	return newRun(root === undefined ? [span] : [span, root], clock);
}

function newRun(spans: readonly Span[], clock: () => HrTime): Run {
	return { spans, provenance: new Provenance(), outcomeGiven: false, clock };
}

/** The context in which a step of the run executes. */
export function enterRun(active: Context, run: Run, span: Span): Context {
	// Every value of a context copies it: within a run there is one to set.
	return trace.setSpan(active.getValue(RUN) === run ? active : active.setValue(RUN, run), span);
}

/** Notes which span is the root of a new span's trace in this process. Called for every span by the span processor. */
export function noteRoot(span: Span, parent: Span | undefined): void {
	if (parent !== undefined) (span as Rooted)[ROOT] = localRoot(parent) ?? parent;
}

function localRoot(span: Span): Span | undefined {
	const known = (span as Rooted)[ROOT];
	if (known !== undefined) return known;
	// A span that came over the wire is not ours to write on.
	return span.isRecording() ? span : undefined;
}

/**
 * Records the application's own verdict on the run that is executing. Answers whether there was a run to write on.
 *
 * @example if (!citations.every(isKnown)) setOutcome("fail");
 */
export function setOutcome(outcome: Outcome): boolean {
	return (
		quietly("setting the outcome", () => {
			const run = runOf(context.active());
			if (run === undefined || run.spans.length === 0) return false;
			run.outcomeGiven = true;
			return markRun(run, ATTR.outcome, outcome);
		}) ?? false
	);
}

/** Writes an attribute on every span that stands for the whole run; answers whether one of them still takes it. */
export function markRun(run: Run, attribute: string, value: string): boolean {
	const open = run.spans.filter((span) => span.isRecording());
	for (const span of open) span.setAttribute(attribute, value);
	return open.length > 0;
}

/**
 * The trace id of the run that is executing, to hand to a user interface that reports feedback later.
 *
 * @example response.setHeader("x-trace-id", currentTraceId() ?? "");
 */
export function currentTraceId(): string | undefined {
	const id = quietly("reading the trace id", () => trace.getActiveSpan()?.spanContext());
	return id === undefined || !trace.isSpanContextValid(id) ? undefined : id.traceId;
}
