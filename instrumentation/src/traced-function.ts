import type { Attributes, Context, Span, SpanKind, Tracer } from "@opentelemetry/api";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import type { StepKind } from "./attributes.ts";
import { ATTR } from "./attributes.ts";
import { sealMessage } from "./capture.ts";
import { inputText, linkInputs, outputText } from "./link-inputs.ts";
import type { Observed } from "./observe-result.ts";
import { observeResult } from "./observe-result.ts";
import { quietly, report, SCOPE } from "./quietly.ts";
import { activeReplay, type ReplayedCall, replayCall } from "./replay.ts";
import type { Run } from "./run.ts";
import { beginRun, enterRun, joinRun, markRun, startClock } from "./run.ts";
import { VERSION } from "./version.ts";

/** Any function at all; `never` parameters are what every parameter list accepts. */
export type AnyFunction = (...args: never[]) => unknown;

type Chunk<R> =
	R extends AsyncIterable<infer T> ? T : R extends Generator<infer T, unknown, unknown> ? T : never;

/** What a wrapped function's options see as its result: what it resolves to, or the list of items where it streams. */
export type ResultOf<F extends AnyFunction> = [Chunk<Awaited<ReturnType<F>>>] extends [never]
	? Awaited<ReturnType<F>>
	: Chunk<Awaited<ReturnType<F>>>[];

/** What a call gave. */
export interface CallResult {
	/** As the options' functions receive it: see `ResultOf`. */
	readonly result: unknown;
	/** As it is recorded unless the options say otherwise: a stream of texts as one text. */
	readonly whole: unknown;
}

/** Gets the JSON text of a value, now or when the span is exported. */
export type OnText = (text: string) => void;

/** How the calls of one function become spans. The functions in it may throw: nothing of that reaches the caller. */
export interface TracePlan {
	/** Name of the step or the pipeline. */
	readonly name: string;
	readonly spanName: string;
	readonly spanKind: SpanKind;
	/** Absent for a pipeline's own span. */
	readonly stepKind?: StepKind;
	readonly safe?: boolean;
	/** Known before the call, hence visible to samplers. */
	readonly attributes: Attributes;
	/** Records what went in; `onText` gets its JSON text where that is built. */
	recordInput(span: Span, args: readonly unknown[], run: Run, onText: OnText | undefined): void;
	/** Records what came out; `onText` gets its JSON text where that is built. */
	recordOutput(
		span: Span,
		result: CallResult,
		args: readonly unknown[],
		run: Run,
		onText: OnText | undefined,
	): void;
}

/** Characters of a stream's items kept for recording; what comes after only passes by. */
const MAX_STREAM_CHARS = 1_048_576;
const MAX_STREAM_ITEMS = 10_000;
/** Texts longer than what waits for an exporter are not needed once a run is over. */
const LONG_TEXT_CHARS = 131_072;

let cached: Tracer | undefined;

/** The tracer of this package. It follows whatever provider is registered, also one registered later. */
export function tracer(): Tracer {
	cached ??= trace.getTracer(SCOPE, VERSION);
	return cached;
}

/**
 * Wraps a function so that every call is a span. The wrapper is a proxy: name, length, properties, `this`, `new` and the
 * kind of function (async, generator) stay those of the original.
 */
export function traceFunction<F extends AnyFunction>(fn: F, plan: TracePlan): F {
	return new Proxy(fn, {
		apply(target, self, args: unknown[]) {
			if (plan.stepKind !== undefined && activeReplay() !== undefined) {
				return replayedCall(target, plan, self, args);
			}
			return tracedCall(plan, args, undefined, () => Reflect.apply(target, self, args));
		},
	});
}

function tracedCall(
	plan: TracePlan,
	args: readonly unknown[],
	replayed: ReplayedCall | undefined,
	work: () => unknown,
): unknown {
	let call: TracedCall;
	try {
		call = new TracedCall(plan, args, replayed);
	} catch (error) {
		report("starting a span", error);
		return work();
	}
	let result: unknown;
	try {
		result = context.with(call.context, work);
	} catch (error) {
		call.failed(error);
		throw error;
	}
	return observeResult(result, call);
}

function replayedCall(target: AnyFunction, plan: TracePlan, self: unknown, args: unknown[]): unknown {
	const { name, stepKind = "custom", safe = false } = plan;
	let replayed: ReplayedCall | undefined;
	try {
		replayed = replayCall({ step: name, kind: stepKind, safe }, args);
	} catch (refused) {
		// An async function must reject and not throw.
		return rejectLike(target, refused);
	}
	const pin = replayed?.pin;
	const work = pin === undefined ? () => Reflect.apply(target, self, args) : pinned(target, pin);
	return tracedCall(plan, args, replayed, work);
}

type FunctionNature = "AsyncFunction" | "GeneratorFunction" | "AsyncGeneratorFunction" | "Function";

function natureOf(fn: AnyFunction): FunctionNature {
	return Object.prototype.toString.call(fn).slice(8, -1) as FunctionNature;
}

function rejectLike(target: AnyFunction, error: unknown): unknown {
	if (natureOf(target) === "AsyncFunction") return Promise.reject(error);
	throw error;
}

/** A pinned output in the shape that the function's callers expect: promise, generator or bare value. */
function pinned(target: AnyFunction, pin: () => unknown): () => unknown {
	switch (natureOf(target)) {
		case "AsyncFunction":
			return async () => pin();
		case "GeneratorFunction":
			return () => yieldAll(pin());
		case "AsyncGeneratorFunction":
			return () => yieldAllAsync(pin());
		case "Function":
			return pin;
		default:
			return pin;
	}
}

function* yieldAll(items: unknown): Generator<unknown> {
	yield* Array.isArray(items) ? items : [items];
}

async function* yieldAllAsync(items: unknown): AsyncGenerator<unknown> {
	yield* Array.isArray(items) ? items : [items];
}

/** One call: its span from start to end, and what is recorded on it. */
class TracedCall implements Observed {
	readonly context: Context;
	readonly #plan: TracePlan;
	readonly #args: readonly unknown[];
	readonly #replayed: ReplayedCall | undefined;
	readonly #span: Span;
	readonly #run: Run;
	#items: unknown[] | undefined;
	#itemChars = 0;
	#done = false;

	constructor(plan: TracePlan, args: readonly unknown[], replayed: ReplayedCall | undefined) {
		const active = context.active();
		this.#plan = plan;
		this.#args = args;
		this.#replayed = replayed;
		const joined = plan.stepKind === undefined ? undefined : joinRun(active);
		const clock = joined?.clock ?? startClock();
		this.#span = tracer().startSpan(
			plan.spanName,
			{ kind: plan.spanKind, attributes: plan.attributes, startTime: clock() },
			active,
		);
		this.#run = joined ?? beginRun(this.#span, trace.getSpan(active), clock);
		this.context = enterRun(active, this.#run, this.#span);
		if (!this.#span.isRecording()) return;
		try {
			this.#recordStart();
		} catch (error) {
			report("recording the input", error);
		}
	}

	#recordStart(): void {
		const { provenance } = this.#run;
		if (this.#replayed?.pin !== undefined) this.#span.setAttribute(ATTR.replayPinned, true);
		if (this.#plan.stepKind === undefined) this.#markReplay();
		linkInputs(this.#span, provenance, this.#args);
		this.#plan.recordInput(this.#span, this.#args, this.#run, inputText(this.#span, provenance));
	}

	#markReplay(): void {
		const replay = activeReplay();
		if (replay?.fixtureId !== undefined) markRun(this.#run, ATTR.fixtureId, replay.fixtureId);
		if (replay?.evalId !== undefined) markRun(this.#run, ATTR.evalId, replay.evalId);
	}

	received(item: unknown): void {
		if (!this.#span.isRecording() && this.#replayed === undefined) return;
		quietly("keeping a stream's item", () => {
			this.#items ??= [];
			if (this.#itemChars >= MAX_STREAM_CHARS || this.#items.length >= MAX_STREAM_ITEMS) return;
			this.#itemChars += typeof item === "string" ? item.length : 64;
			// A web stream takes a chunk's memory over when it is handed on, so binary is measured now.
			this.#items.push(
				ArrayBuffer.isView(item) ? { $binary: item.constructor.name, bytes: item.byteLength } : item,
			);
			this.#produced(item);
		});
	}

	succeeded(value: unknown): void {
		this.#end(this.#items ?? value, undefined);
	}

	finished(): void {
		this.#end(this.#items, undefined);
	}

	failed(error: unknown): void {
		this.#end(this.#items, { error });
	}

	#recordResult(result: unknown): void {
		this.#replayed?.finish({ output: result });
		if (!this.#span.isRecording()) return;
		const whole = isTextList(this.#items) ? this.#items.join("") : result;
		this.#produced(result);
		// What a stream said as a whole is what the next step receives.
		if (whole !== result) this.#produced(whole);
		const onText =
			this.#plan.stepKind === undefined
				? undefined
				: outputText(this.#span.spanContext(), this.#run.provenance);
		this.#plan.recordOutput(this.#span, { result, whole }, this.#args, this.#run, onText);
	}

	#produced(value: unknown): void {
		if (this.#plan.stepKind === undefined || !this.#span.isRecording()) return;
		this.#run.provenance.record(value, this.#span.spanContext());
	}

	#end(result: unknown, failure: { readonly error: unknown } | undefined): void {
		if (this.#done) return;
		this.#done = true;
		try {
			if (failure === undefined || result !== undefined) this.#recordResult(result);
			if (failure !== undefined) {
				recordFailure(this.#span, failure.error);
				this.#replayed?.finish(failure);
			}
		} catch (error) {
			report("recording the output", error);
		}
		if (this.#plan.stepKind === undefined) this.#run.provenance.forgetLongTexts(LONG_TEXT_CHARS);
		try {
			this.#span.end(this.#run.clock());
		} catch (error) {
			report("ending a span", error);
		}
	}
}

/** Whether a stream gave text, which is then read as one. */
function isTextList(items: unknown): items is string[] {
	return Array.isArray(items) && items.length > 0 && items.every((item) => typeof item === "string");
}

/** Marks a span as failed, with the error's type and its (redacted) message and stack. */
export function recordFailure(span: Span, error: unknown): void {
	const type = errorType(error);
	const message = sealMessage(errorText(error, "message"), "exception.message");
	const stack = sealMessage(errorText(error, "stack"), "exception.stacktrace");
	span.setAttribute(ATTR.errorType, type);
	span.setStatus(
		message === undefined ? { code: SpanStatusCode.ERROR } : { code: SpanStatusCode.ERROR, message },
	);
	span.addEvent("exception", {
		"exception.type": type,
		...(message === undefined ? {} : { "exception.message": message }),
		...(stack === undefined || stack === "" ? {} : { "exception.stacktrace": stack }),
	});
}

function errorType(error: unknown): string {
	return (
		quietly("reading the error's type", () => {
			if (!(error instanceof Error)) return typeof error;
			const name = error.name === "Error" ? error.constructor.name : error.name;
			return typeof name === "string" && name !== "" ? name : "Error";
		}) ?? "Error"
	);
}

function errorText(error: unknown, field: "message" | "stack"): string {
	return (
		quietly("reading the error", () => {
			if (error instanceof Error) return String(error[field] ?? "");
			return field === "message" ? String(error) : "";
		}) ?? ""
	);
}
