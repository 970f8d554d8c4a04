import { createRequire } from "node:module";
import { TraceFlags } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { finishDeferred, startDeferring } from "./deferred-work.ts";

type ExportCallback = Parameters<SpanExporter["export"]>[1];

/** OTLP's transports, by the specification's names. */
export const PROTOCOLS = ["http/json", "http/protobuf", "grpc"] as const;

interface ExporterOptions {
	readonly timeoutMillis?: number;
	readonly url?: string;
}

export type Protocol = (typeof PROTOCOLS)[number];

/** Spans that ended and that no collector has taken yet. As bounded as the queue of the batch processor. */
export class PendingSpans implements SpanProcessor {
	#spans: ReadableSpan[] = [];
	readonly #waiting = new Set<{ readonly spans: Set<ReadableSpan>; readonly resolve: () => void }>();
	readonly #limit: number;
	readonly #defers: boolean;

	/** `defers`: no other processor or exporter sees the spans, so that work on them may wait until they are sent. */
	constructor(limit: number, { defers = false }: { readonly defers?: boolean } = {}) {
		this.#limit = limit;
		this.#defers = defers;
	}

	get size(): number {
		return this.#spans.length;
	}

	/** Those spans, ready to be sent. */
	list(): ReadableSpan[] {
		for (const span of this.#spans) finishDeferred(span);
		return [...this.#spans];
	}

	/** Batches leave in the order in which spans ended, so that a batch nearly always is the head of the list. */
	settle(spans: readonly ReadableSpan[]): void {
		const { length } = spans;
		if (length === 0) return;
		if (this.#spans[0] === spans[0] && this.#spans[length - 1] === spans[length - 1]) {
			this.#spans.splice(0, length);
		} else {
			const settled = new Set(spans);
			this.#spans = this.#spans.filter((span) => !settled.has(span));
		}
		this.#release(spans);
	}

	#release(spans: readonly ReadableSpan[]): void {
		for (const waiter of this.#waiting) {
			for (const span of spans) waiter.spans.delete(span);
			if (waiter.spans.size > 0) continue;
			this.#waiting.delete(waiter);
			waiter.resolve();
		}
	}

	/** Resolves when every span that waits now was taken or given up, also those that are on their way already. */
	settled(): Promise<void> {
		if (this.#spans.length === 0) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.add({ spans: new Set(this.#spans), resolve }));
	}

	onEnd(span: ReadableSpan): void {
		if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0 || this.#spans.length >= this.#limit)
			return;
		this.#spans.push(span);
	}

	onStart(span: object): void {
		if (this.#defers) startDeferring(span);
	}

	forceFlush(): Promise<void> {
		return Promise.resolve();
	}

	shutdown(): Promise<void> {
		return Promise.resolve();
	}
}

/** Longest that spans are finished at a time, in milliseconds; the application's work comes in between. */
const FINISHING_TURN_MS = 1;

function finishInTurns(spans: readonly ReadableSpan[], from: number, send: () => void): void {
	const until = performance.now() + FINISHING_TURN_MS;
	let next = from;
	for (; next < spans.length && performance.now() < until; next += 1)
		finishDeferred(spans[next] as ReadableSpan);
	if (next < spans.length) setImmediate(finishInTurns, spans, next, send);
	else send();
}

/**
 * Sends spans with the environment's settings, and once the process is about to end, with a deadline that a shell or an
 * orchestrator can bear: by default an exporter retries for ten seconds when the collector is away.
 */
export class LastMinuteExporter implements SpanExporter {
	readonly #regular: SpanExporter;
	readonly #last: SpanExporter;
	readonly #pending: PendingSpans;
	#hurry = false;

	constructor(regular: SpanExporter, last: SpanExporter, pending: PendingSpans) {
		this.#regular = regular;
		this.#last = last;
		this.#pending = pending;
	}

	/** From now on every export has the short deadline. */
	hurry(): void {
		this.#hurry = true;
	}

	export(spans: ReadableSpan[], done: ExportCallback): void {
		const settle: ExportCallback = (result) => {
			// Sent or given up: either way nobody will send them again.
			this.#pending.settle(spans);
			done(result);
		};
		finishInTurns(spans, 0, () => {
			try {
				(this.#hurry ? this.#last : this.#regular).export(spans, settle);
			} catch (error) {
				// After a turn nobody is left to catch it, and it would end the process.
				settle({
					code: ExportResultCode.FAILED,
					error: error instanceof Error ? error : new Error(String(error)),
				});
			}
		});
	}

	async forceFlush(): Promise<void> {
		await Promise.all([this.#regular.forceFlush?.(), this.#last.forceFlush?.()]);
	}

	async shutdown(): Promise<void> {
		await Promise.all([this.#regular.shutdown(), this.#last.shutdown()]);
	}
}

/**
 * An OTLP exporter for the protocol; endpoint, headers, TLS and the rest come from the environment.
 *
 * @example createOtlpExporter("http/json", { timeoutMillis: 3_000 });
 */
export function createOtlpExporter(protocol: Protocol, options: ExporterOptions): SpanExporter {
	if (protocol === "http/json") return new OTLPTraceExporter(options);
	const { OTLPTraceExporter: Exporter } = fromSdk("trace", protocol) as {
		OTLPTraceExporter: new (options: ExporterOptions) => SpanExporter;
	};
	return new Exporter(options);
}

/** The same for log records. */
export function createOtlpLogExporter(protocol: Protocol, options: ExporterOptions): LogRecordExporter {
	if (protocol === "http/json") return new OTLPLogExporter(options);
	const { OTLPLogExporter: Exporter } = fromSdk("logs", protocol) as {
		OTLPLogExporter: new (options: ExporterOptions) => LogRecordExporter;
	};
	return new Exporter(options);
}

/** The SDK brings these exporters along; they load slowly, so only where they are asked for. */
function fromSdk(signal: "trace" | "logs", protocol: Exclude<Protocol, "http/json">): unknown {
	const requireFromSdk = createRequire(import.meta.resolve("@opentelemetry/sdk-node"));
	return requireFromSdk(`@opentelemetry/exporter-${signal}-otlp-${protocol === "grpc" ? "grpc" : "proto"}`);
}
