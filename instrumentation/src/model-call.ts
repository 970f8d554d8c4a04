import type { Context, Span } from "@opentelemetry/api";
import { context, SpanKind, trace } from "@opentelemetry/api";
import { ATTR } from "./attributes.ts";
import { linkInputs } from "./link-inputs.ts";
import type { Observed } from "./observe-result.ts";
import { observeIterator } from "./observe-result.ts";
import type { ModelApi } from "./openai-call.ts";
import {
	callName,
	recordProducts,
	recordRequest,
	recordResponse,
	requestAttributes,
	requestValues,
	streamParts,
	withPlainVectors,
} from "./openai-call.ts";
import { field } from "./openai-messages.ts";
import type { StreamParts } from "./openai-stream.ts";
import { quietly } from "./quietly.ts";
import type { ReplayedCall } from "./replay.ts";
import type { Run } from "./run.ts";
import { enterRun, joinRun } from "./run.ts";
import { recordFailure, tracer } from "./traced-function.ts";

/** A stream that nobody reads on ends its span once it is gone. */
const unread = new FinalizationRegistry<ModelCall>((call) => call.finished());

/** One request to a model: its span, from the call to the answer or to the last chunk that was read. */
export class ModelCall implements Observed {
	readonly context: Context;
	/** Whether the application asked for the parsed answer. */
	parsing = false;
	readonly #api: ModelApi;
	readonly #span: Span;
	readonly #run: Run;
	readonly #replayed: ReplayedCall | undefined;
	readonly #startMs = performance.now();
	#stream: StreamParts | undefined;
	#started = false;
	#done = false;

	constructor(api: ModelApi, resource: unknown, body: unknown, replayed: ReplayedCall | undefined) {
		const active = context.active();
		this.#api = api;
		this.#replayed = replayed;
		const baseUrl = field(field(resource, "_client"), "baseURL");
		this.#run = joinRun(active);
		const startTime = this.#run.clock();
		this.#span = tracer().startSpan(
			callName(api, body),
			{ kind: SpanKind.CLIENT, attributes: requestAttributes(api, body, baseUrl), startTime },
			active,
		);
		// The request's span, and nothing of the application, runs inside: steps that follow are siblings.
		this.context = enterRun(active, this.#run, this.#span);
		if (!this.#span.isRecording()) return;
		quietly("recording the prompt", () => {
			if (replayed?.pin !== undefined) this.#span.setAttribute(ATTR.replayPinned, true);
			linkInputs(this.#span, this.#run.provenance, requestValues(api, body), 0);
			recordRequest(this.#span, api, body);
		});
	}

	/** The server answered; the body may still be on its way. */
	responded(answer: unknown): void {
		quietly("recording the response's status", () => {
			const status = field(field(answer, "response"), "status");
			if (typeof status === "number" && !this.#done) this.#span.setAttribute(ATTR.httpStatus, status);
		});
	}

	/** The client has parsed the answer: a whole one, or a stream that is about to be read. */
	parsed(result: unknown): void {
		if (this.#done || this.#stream !== undefined) return;
		if (quietly("watching a stream", () => this.#watchStream(result)) !== true) this.succeeded(result);
	}

	#watchStream(result: unknown): boolean {
		if (typeof result !== "object" || result === null) return false;
		const stream = result as { iterator?: unknown; controller?: unknown };
		if (typeof stream.iterator !== "function" || stream.controller === undefined) return false;
		const original = stream.iterator as () => AsyncIterator<unknown>;
		this.#stream = streamParts(this.#api);
		// Iterating, `tee()`, `toReadableStream()` and the helpers all start from this one function.
		stream.iterator = () => observeIterator(Reflect.apply(original, stream, []), this);
		unread.register(stream, this);
		this.alsoProduced(result);
		return true;
	}

	received(event: unknown): void {
		if (this.#done || (!this.#span.isRecording() && this.#replayed === undefined)) return;
		quietly("reading a chunk", () => {
			if (!this.#started) {
				this.#started = true;
				this.#span.setAttribute(ATTR.timeToFirstChunk, (performance.now() - this.#startMs) / 1_000);
			}
			this.#stream?.add(event);
		});
	}

	succeeded(result: unknown): void {
		this.#end(() => this.#finishWith(result));
	}

	finished(): void {
		this.#end(() => {
			if (this.#stream !== undefined) this.#finishWith(this.#stream.whole());
		});
	}

	/** The application took the raw response, or dropped the promise: there is nothing more to see. */
	releasedUnlessParsing(): void {
		if (!this.parsing) this.finished();
	}

	failed(error: unknown): void {
		this.#end(() => {
			if (this.#stream !== undefined) this.#recordResult(this.#stream.whole());
			const status = field(error, "status");
			if (typeof status === "number") this.#span.setAttribute(ATTR.httpStatus, status);
			recordFailure(this.#span, error);
			this.#replayed?.finish({ error });
		});
	}

	/** Something made from the answer, for instance by the helper that parses structured output. */
	alsoProduced(value: unknown): void {
		quietly("noting a model's product", () => {
			const self = this.#span.spanContext();
			if (trace.isSpanContextValid(self)) recordProducts(this.#run.provenance, value, self);
		});
	}

	#finishWith(result: unknown): void {
		this.#replayed?.finish({ output: this.#api === "embeddings" ? withPlainVectors(result) : result });
		this.#recordResult(result);
	}

	#recordResult(result: unknown): void {
		if (!this.#span.isRecording()) return;
		this.alsoProduced(result);
		recordResponse(this.#span, this.#api, result);
	}

	#end(record: () => void): void {
		if (this.#done) return;
		this.#done = true;
		quietly("recording the answer", record);
		quietly("ending a model span", () => this.#span.end(this.#run.clock()));
	}
}
