import assert from "node:assert/strict";
import { it } from "node:test";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { defer } from "./deferred-work.ts";
import { createOtlpExporter, LastMinuteExporter, PendingSpans, PROTOCOLS } from "./trace-exporter.ts";

it("keeps no more spans than the queue holds while the collector is away, and forgets them when it gives up", async () => {
	const pending = new PendingSpans(100);
	const away = () => createOtlpExporter("http/json", { timeoutMillis: 200 });
	process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
	const exporter = new LastMinuteExporter(away(), away(), pending);
	const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 100, maxExportBatchSize: 100 });
	const provider = new TracerProvider({ spanProcessors: [pending, processor] });
	const tracer = provider.getTracer("test");
	for (let index = 0; index < 5_000; index += 1) tracer.startSpan("x").end();
	assert.equal(pending.size, 100);
	await assert.rejects(provider.forceFlush());
	assert.equal(pending.size, 0);
	await provider.shutdown().catch(() => undefined);
});

it("finds an exporter for every protocol of the specification", async () => {
	for (const protocol of PROTOCOLS) {
		const exporter = createOtlpExporter(protocol, { timeoutMillis: 100 });
		assert.equal(typeof exporter.export, "function", protocol);
		await exporter.shutdown();
	}
});

it("waits for spans that are on their way already, not only for those that still queue", async () => {
	const pending = new PendingSpans(100);
	const exports: (() => void)[] = [];
	const slow: SpanExporter = {
		export: (_spans, done) => void exports.push(() => done({ code: 0 })),
		shutdown: async () => {},
	};
	const exporter = new LastMinuteExporter(slow, slow, pending);
	const processor = new BatchSpanProcessor({ exporter, maxExportBatchSize: 1, maxQueueSize: 100 });
	const provider = new TracerProvider({ spanProcessors: [pending, processor] });
	provider.getTracer("test").startSpan("x").end();
	await new Promise((resolve) => setTimeout(resolve, 20));
	assert.equal(exports.length, 1);
	let settled = false;
	const waiting = pending.settled().then(() => {
		settled = true;
	});
	await new Promise((resolve) => setTimeout(resolve, 20));
	assert.equal(settled, false);
	exports[0]?.();
	await waiting;
	await pending.settled();
	await provider.shutdown();
});

it("finishes spans in turns, lets the application in between, and survives an exporter that throws after them", async () => {
	const pending = new PendingSpans(1_000, { defers: true });
	const broken: SpanExporter = {
		export: () => {
			throw new Error("broken");
		},
		shutdown: async () => {},
	};
	const exporter = new LastMinuteExporter(broken, broken, pending);
	const spans: ReadableSpan[] = [];
	const collector: SpanProcessor = {
		onStart: () => {},
		onEnd: (span) => void spans.push(span),
		forceFlush: async () => {},
		shutdown: async () => {},
	};
	const provider = new TracerProvider({ spanProcessors: [pending, collector] });
	for (let call = 0; call < 20; call += 1) {
		const span = provider.getTracer("test").startSpan("slow");
		defer(span, ({ attributes }) => {
			const until = performance.now() + 0.6;
			while (performance.now() < until);
			attributes["finished"] = true;
		});
		span.end();
	}
	let turns = 0;
	const counting = setInterval(() => (turns += 1), 0);
	const result = await new Promise<{ code: number }>((done) => exporter.export(spans, done));
	clearInterval(counting);
	assert.equal(result.code, 1);
	assert.equal(pending.size, 0);
	assert.ok(spans.every(({ attributes }) => attributes["finished"] === true));
	assert.ok(turns >= 3, `the application came to its turn ${turns} times in 12 ms of work`);
	await provider.shutdown();
});
