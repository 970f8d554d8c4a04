import assert from "node:assert/strict";
import { it } from "node:test";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
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
