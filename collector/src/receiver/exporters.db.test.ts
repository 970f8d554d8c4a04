import assert from "node:assert/strict";
import https from "node:https";
import { after, before, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { type Attributes, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import protobuf from "protobufjs/minimal.js";
import type { Store } from "../store/store.ts";
import { makeRequest, openTemporaryStore } from "../testing/open-temporary-store.ts";
import { TEST_CERTIFICATE } from "../testing/test-certificate.ts";
import { startReceiver } from "./start-receiver.ts";

let store: Store;
let discard: () => Promise<void>;
before(async () => {
	({ store, discard } = await openTemporaryStore());
});
after(() => discard());
beforeEach(async () => {
	for (const table of ["otel_traces", "otel_logs"]) await store.command(`TRUNCATE TABLE ${table}`);
});

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const ATTRIBUTES: Attributes = {
	text: "é <b> 😀",
	yes: true,
	one: 1,
	half: 0.5,
	large: 2 ** 53,
	list: ["a", "b"],
	numbers: [1, 2.5],
};

/** Ends one span with everything that a span may have, at fixed times. */
async function exportSpan(exporter: SpanExporter, name: string): Promise<void> {
	const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
	const link = { traceId: TRACE_ID, spanId: "00f067aa0ba902b7", traceFlags: TraceFlags.SAMPLED };
	const span = provider.getTracer("shop", "1.2").startSpan(name, {
		kind: SpanKind.CLIENT,
		startTime: [1_793_500_005, 123_456_789],
		attributes: ATTRIBUTES,
		links: [{ context: link, attributes: { why: "retry" } }],
	});
	span.addEvent("started", { n: 3 }, [1_793_500_005, 200_000_001]);
	span.setStatus({ code: SpanStatusCode.ERROR, message: "no" });
	span.end([1_793_500_006, 1]);
	await provider.forceFlush();
	await provider.shutdown();
}

test("the SDK's exporters send the same span over JSON, protobuf and gRPC, and the same row is stored", async () => {
	const receiver = await startReceiver({
		store,
		httpPort: 0,
		grpcPort: 0,
		token: "secret",
		commitDelayMs: 1,
	});
	try {
		const url = `http://127.0.0.1:${receiver.httpPort}/v1/traces`;
		const headers = { authorization: "Bearer secret" };
		const metadata = new Metadata();
		metadata.set("authorization", "Bearer secret");
		const grpc = { url: `http://127.0.0.1:${receiver.grpcPort}`, metadata };
		await exportSpan(new JsonExporter({ url, headers }), "json");
		await exportSpan(new ProtobufExporter({ url, headers }), "protobuf");
		await exportSpan(new GrpcExporter(grpc), "grpc");
		// the same with the compression that the exporters have
		const compression = "gzip" as NonNullable<ConstructorParameters<typeof GrpcExporter>[0]>["compression"];
		if (compression === undefined) throw new Error("gzip is gone");
		await exportSpan(new ProtobufExporter({ url, headers, compression }), "protobuf, gzip");
		await exportSpan(new GrpcExporter({ ...grpc, compression }), "grpc, gzip");
		const rows = await store.query<Record<string, unknown>>("SELECT * FROM otel_traces");
		assert.deepEqual(rows.map((row) => row["SpanName"]).sort(), [
			"grpc",
			"grpc, gzip",
			"json",
			"protobuf",
			"protobuf, gzip",
		]);
		const [first, ...others] = rows.map((row) => ({ ...row, SpanName: "", TraceId: "", SpanId: "" }));
		for (const other of others) assert.deepEqual(other, first);
		assert.partialDeepStrictEqual(first, {
			Timestamp: "2026-11-01 02:26:45.123456789",
			SpanKind: "Client",
			ScopeName: "shop",
			ScopeVersion: "1.2",
			Duration: "876543212",
			StatusCode: "Error",
			StatusMessage: "no",
			SpanAttributes: {
				text: "é <b> 😀",
				yes: "true",
				one: "1",
				half: "0.5",
				large: "9007199254740992",
				list: '["a","b"]',
				numbers: "[1,2.5]",
			},
			"Events.Name": ["started"],
			"Events.Timestamp": ["2026-11-01 02:26:45.200000001"],
			"Events.Attributes": [{ n: "3" }],
			"Links.TraceId": [TRACE_ID],
			"Links.SpanId": ["00f067aa0ba902b7"],
			"Links.Attributes": [{ why: "retry" }],
		});
	} finally {
		await receiver.close();
	}
});

test("nested values of a log record are kept, over gRPC", async () => {
	const receiver = await startReceiver({ store, httpPort: 0, grpcPort: 0, commitDelayMs: 1 });
	try {
		const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${receiver.grpcPort}` });
		const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
		provider.getLogger("shop").emit({
			eventName: "gen_ai.client.inference.operation.details",
			timestamp: [1_793_500_005, 5],
			body: { role: "user", parts: [{ type: "text", content: "a & b" }, null, [1, 2.5]] },
			attributes: { nested: { deep: [{ er: true }] } },
		});
		await provider.forceFlush();
		await provider.shutdown();
		const [row] = await store.query<Record<string, unknown>>(
			"SELECT Timestamp, EventName, Body, LogAttributes FROM otel_logs",
		);
		assert.deepEqual(row, {
			Timestamp: "2026-11-01 02:26:45.000000005",
			EventName: "gen_ai.client.inference.operation.details",
			Body: '{"parts":[{"content":"a & b","type":"text"},null,[1,2.5]],"role":"user"}',
			LogAttributes: { nested: '{"deep":[{"er":true}]}' },
		});
	} finally {
		await receiver.close();
	}
});

const asIs = (bytes: Buffer): Buffer => bytes;
const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** Status of one request over TLS; rejects where the handshake fails. */
const sendOverTls = (
	port: number,
	identity: { readonly cert?: string; readonly key?: string } = {},
): Promise<number> =>
	new Promise((resolve, reject) => {
		const options = { method: "POST", host: "localhost", port, path: "/v1/traces" };
		const headers = { "content-type": "application/json" };
		const secrets = { ca: TEST_CERTIFICATE.cert, agent: false as const, ...identity };
		const request = https.request({ ...options, headers, ...secrets }, (response) => {
			resolve(response.resume().statusCode ?? 0);
		});
		request.on("error", reject);
		request.end(JSON.stringify(makeRequest({ a: "b" })));
	});

/** gRPC's status of one request over TLS. */
async function callOverTls(port: number, ...identity: readonly Buffer[]): Promise<number> {
	const ssl = credentials.createSsl(Buffer.from(TEST_CERTIFICATE.cert), ...identity);
	const client = new Client(`localhost:${port}`, ssl);
	const code = await new Promise<number>((resolve) => {
		client.makeUnaryRequest(EXPORT, asIs, asIs, Buffer.alloc(0), (error) => resolve(error?.code ?? 0));
	});
	client.close();
	return code;
}

test("with a certificate both ports speak TLS, and only TLS", async () => {
	const receiver = await startReceiver({
		store,
		httpPort: 0,
		grpcPort: 0,
		tls: TEST_CERTIFICATE,
		commitDelayMs: 1,
	});
	try {
		assert.equal(await sendOverTls(receiver.httpPort), 200);
		await assert.rejects(fetch(`http://127.0.0.1:${receiver.httpPort}/v1/traces`, { method: "POST" }));
		assert.equal(await callOverTls(receiver.grpcPort ?? 0), 0);
	} finally {
		await receiver.close();
	}
	await assert.rejects(
		startReceiver({ store, httpPort: 0, grpcPort: null, tls: { cert: "none", key: "none" } }),
		/certificate and key cannot be used .* must be PEM/,
	);
});

test("with an authority for senders, both ports take only those whose certificate it signed", async () => {
	const tls = { ...TEST_CERTIFICATE, clientCa: TEST_CERTIFICATE.cert };
	const receiver = await startReceiver({ store, httpPort: 0, grpcPort: 0, tls, commitDelayMs: 1 });
	try {
		await assert.rejects(sendOverTls(receiver.httpPort), "no certificate");
		assert.equal(await sendOverTls(receiver.httpPort, TEST_CERTIFICATE), 200);
		const unavailable = 14;
		assert.equal(await callOverTls(receiver.grpcPort ?? 0), unavailable);
		const { key, cert } = TEST_CERTIFICATE;
		assert.equal(await callOverTls(receiver.grpcPort ?? 0, Buffer.from(key), Buffer.from(cert)), 0);
	} finally {
		await receiver.close();
	}
});

test("over gRPC: a message that is too large, no token, and a database that is away with the time to wait", async () => {
	const away: Store = { ...store, insertNative: () => Promise.reject(new Error("away")) };
	const receiver = await startReceiver({
		store: away,
		httpPort: 0,
		grpcPort: 0,
		token: "secret",
		maxBodyBytes: 1_000,
		commitDelayMs: 1,
	});
	const client = new Client(`127.0.0.1:${receiver.grpcPort}`, credentials.createInsecure());
	const call = (bytes: Buffer, token: string): Promise<{ code: number; metadata: Metadata }> =>
		new Promise((resolve) => {
			const metadata = new Metadata();
			metadata.set("authorization", `Bearer ${token}`);
			client.makeUnaryRequest(EXPORT, asIs, asIs, bytes, metadata, (error) =>
				resolve({ code: error?.code ?? 0, metadata: error?.metadata ?? new Metadata() }),
			);
		});
	try {
		const span = Buffer.from([10, 4, 18, 2, 18, 0]);
		assert.equal((await call(Buffer.alloc(2_000), "secret")).code, 8);
		assert.equal((await call(span, "wrong")).code, 16);
		const { code, metadata } = await call(span, "secret");
		assert.equal(code, 14);
		const details = metadata.get("grpc-status-details-bin")[0];
		// google.rpc.RetryInfo { retry_delay { seconds: 3 } }
		assert.ok(details instanceof Buffer && details.includes("google.rpc.RetryInfo"));
		assert.ok(details.subarray(-4).equals(Buffer.from([10, 2, 8, 3])));
	} finally {
		client.close();
		await receiver.close();
	}
});

test("a small body that means a great many rows is refused, and the receiver goes on", async () => {
	const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null, commitDelayMs: 1 });
	const post = async (type: string, body: Buffer): Promise<[number, string]> => {
		const response = await fetch(`http://127.0.0.1:${receiver.httpPort}/v1/traces`, {
			method: "POST",
			headers: { "content-type": `application/${type}`, "content-encoding": "gzip" },
			body: gzipSync(body),
		});
		return [response.status, await response.text()];
	};
	try {
		const spans = (count: number): Buffer =>
			Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${"{},".repeat(count)}{}]}]}]}`);
		const [status, text] = await post("json", spans(6_000_000));
		assert.equal(status, 400);
		assert.match(text, /more than 5,000,000 values; send smaller batches/);
		assert.match((await post("json", spans(600_000)))[1], /more than 500,000 spans/);
		// 600,000 spans of no field at all
		const empty = Buffer.alloc(1_200_000);
		for (let at = 0; at < empty.length; at += 2) empty[at] = 18;
		const scopeSpans = protobuf.Writer.create().uint32(18).bytes(empty).finish();
		const tooMany = Buffer.from(protobuf.Writer.create().uint32(10).bytes(scopeSpans).finish());
		assert.match((await post("x-protobuf", tooMany))[1], /more than 500,000 spans/);
		// a resource of 100 kB, said again for each of 4,000 spans
		const attribute = protobuf.Writer.create()
			.uint32(18)
			.fork()
			.uint32(10)
			.string("x".repeat(100_000))
			.ldelim();
		const resource = protobuf.Writer.create().uint32(10).bytes(attribute.finish()).finish();
		const large = protobuf.Writer.create()
			.uint32(10)
			.bytes(resource)
			.uint32(18)
			.bytes(empty.subarray(0, 8_000));
		const [refused, why] = await post(
			"x-protobuf",
			Buffer.from(protobuf.Writer.create().uint32(10).bytes(large.finish()).finish()),
		);
		assert.equal(refused, 400);
		assert.match(why, /more than 256 MiB, since every span repeats its resource/);
		assert.deepEqual(await post("json", Buffer.from(JSON.stringify(makeRequest({ a: "b" })))), [200, "{}"]);
	} finally {
		await receiver.close();
	}
});
