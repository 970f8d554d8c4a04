import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { Client, credentials } from "@grpc/grpc-js";
import { startClickHouseHttp } from "./embedded/start-clickhouse-http.ts";
import { insertTraces } from "./insert-rows.ts";
import { migrate } from "./migrate.ts";
import { decodeTraces } from "./otlp/decode.ts";
import { exportOtlp } from "./otlp/export-otlp.ts";
import { readOtlpFile } from "./otlp/read-otlp-file.ts";
import { startReceiver } from "./receiver/start-receiver.ts";
import type { Store } from "./store/store.ts";
import { makeRequest, openTemporaryStore } from "./testing/open-temporary-store.ts";

let database: Awaited<ReturnType<typeof openTemporaryStore>>;
let store: Store;
before(async () => {
	database = await openTemporaryStore();
	store = database.store;
});
after(() => database.discard());

const clear = async (): Promise<void> => {
	for (const table of ["otel_traces", "otel_logs", "steps", "runs", "scores"])
		await store.command(`TRUNCATE TABLE ${table}`);
};

test("migrating again changes nothing, and a second process is told what to do", async () => {
	assert.deepEqual(await migrate(store), { applied: [] });
	const openUrl = JSON.stringify(new URL("./store/open-store.ts", import.meta.url).href);
	const second = spawnSync(
		process.execPath,
		[
			"--conditions=source",
			"--input-type=module",
			"-e",
			`const { openStore } = await import(${openUrl}); await openStore({ dataDir: ${JSON.stringify(database.dataDir)} });`,
		],
		{ encoding: "utf8" },
	);
	assert.notEqual(second.status, 0);
	assert.match(second.stderr, /is in use by another process/);
	assert.match(second.stderr, /--url http:\/\/127\.0\.0\.1:8123/);
	assert.ok(second.stderr.includes(database.dataDir));
	assert.ok(!readdirSync(".").includes("__cache__"));
});

test("parameters and 64-bit integers come back as they were", async () => {
	const text = "a'b\\\t\n\u0000é😀";
	const rows = await store.query(
		"SELECT {s: String} AS s, {a: Array(String)} AS a, {n: UInt64} AS n, {d: DateTime64(3)} AS d",
		{
			s: text,
			a: [text, "'"],
			n: 18_446_744_073_709_551_615n,
			d: new Date("2026-01-02T03:04:05.678Z"),
		},
	);
	assert.deepEqual(rows, [
		{ s: text, a: [text, "'"], n: "18446744073709551615", d: "2026-01-02 03:04:05.678" },
	]);
});

test("spans of every known instrumentation get their kind", async () => {
	await clear();
	const cases: [Record<string, string>, string, string][] = [
		[{ "faultline.step.kind": "render", "gen_ai.operation.name": "chat" }, "span", "render"],
		[{ "faultline.step.kind": "sing" }, "span", "custom"],
		[{ "gen_ai.operation.name": "chat" }, "span", "model"],
		[{ "gen_ai.operation.name": "embeddings" }, "span", "model"],
		[{ "gen_ai.operation.name": "rerank" }, "span", "retrieval"],
		[{ "gen_ai.operation.name": "execute_tool" }, "span", "tool_call"],
		[{ "gen_ai.operation.name": "agent_step" }, "span", "agent"],
		[{ "openinference.span.kind": "LLM" }, "span", "model"],
		[{ "openinference.span.kind": "RETRIEVER" }, "span", "retrieval"],
		[{ "openinference.span.kind": "TOOL" }, "span", "tool_call"],
		[{ "openinference.span.kind": "PROMPT" }, "span", "prompt_build"],
		[{ "openinference.span.kind": "GUARDRAIL" }, "span", "post_process"],
		[{ "openinference.span.kind": "CHAIN" }, "span", ""],
		[{ "traceloop.span.kind": "workflow" }, "span", "agent"],
		[{ "traceloop.span.kind": "tool" }, "span", "tool_call"],
		[{ "traceloop.span.kind": "task" }, "span", ""],
		[{ "db.vector.query.top_k": "3" }, "span", "retrieval"],
		[{}, "ai.generateText", "agent"],
		[{}, "ai.generateText.doGenerate", "model"],
		[{}, "ai.toolCall", "tool_call"],
		[{}, "GET /", ""],
	];
	const rows = cases.flatMap(
		([attributes, name], index) =>
			decodeTraces(makeRequest(attributes, { name, spanId: (index + 1).toString(16) })).rows,
	);
	await insertTraces(store, rows);
	await insertTraces(store, rows);
	const found = await store.query<{ kind: string }>("SELECT kind FROM steps FINAL ORDER BY span_id");
	assert.deepEqual(
		found.map((row) => row.kind),
		cases.map(([, , kind]) => kind),
	);
});

test("a root span becomes a run, its content input and output, its evaluation events scores", async () => {
	await clear();
	const events = [
		{
			name: "gen_ai.evaluation.result",
			timeUnixNano: "1793500005123456789",
			attributes: [
				{ key: "gen_ai.evaluation.name", value: { stringValue: "tone" } },
				{ key: "gen_ai.evaluation.score.value", value: { intValue: 1 } },
			],
		},
	];
	const attributes = {
		"faultline.pipeline": "answer",
		"faultline.outcome": "fail",
		"faultline.step.input": "in",
		"faultline.step.output": "out",
		extra: "kept",
	};
	await insertTraces(store, decodeTraces(makeRequest(attributes, { events })).rows);
	const [run] = await store.query<Record<string, unknown>>(
		"SELECT pipeline, outcome, input, output, service_version, duration_ns, start_time, attributes FROM runs FINAL",
	);
	assert.deepEqual(run, {
		pipeline: "answer",
		outcome: "fail",
		input: "in",
		output: "out",
		service_version: "41",
		duration_ns: "876543212",
		start_time: "2026-11-01 02:26:45.123456789",
		attributes: { "faultline.pipeline": "answer", "faultline.outcome": "fail", extra: "kept" },
	});
	assert.deepEqual(await store.query("SELECT scorer, value, source FROM scores FINAL"), [
		{ scorer: "tone", value: 1, source: "code" },
	]);
});

test("the rollup counts a run once however often it is evaluated", async () => {
	const verdict = {
		trace_id: "t",
		evaluator: "1",
		pipeline: "p",
		run_start: "1793500005.000000000",
		step: "s",
		kind: "model",
		reached: 1,
		broke: 0.9,
	};
	await store.insert("step_verdicts", [verdict]);
	await store.insert("step_verdicts", [verdict, { ...verdict, trace_id: "u", broke: 0.1 }]);
	assert.deepEqual(
		await store.query(
			"SELECT uniqExactMerge(reached) AS reached, uniqExactMerge(broke) AS broke FROM step_minutes",
		),
		[{ reached: "2", broke: "1" }],
	);
});

test("OTLP over HTTP: every compression, and every broken request its answer", async () => {
	await clear();
	const receiver = await startReceiver({
		store,
		httpPort: 0,
		grpcPort: null,
		token: "secret",
		maxBodyBytes: 100_000,
		commitDelayMs: 5,
	});
	const post = async (
		body: Uint8Array | string,
		headers: Record<string, string> = {},
		at = "/v1/traces",
	): Promise<[number, string]> => {
		const response = await fetch(`http://127.0.0.1:${receiver.httpPort}${at}`, {
			method: "POST",
			body: Buffer.from(body),
			headers: { "content-type": "application/json", authorization: "Bearer secret", ...headers },
		});
		return [response.status, await response.text()];
	};
	const body = JSON.stringify(makeRequest({ a: "b" }));
	for (const [encoding, compress] of [
		["gzip", gzipSync],
		["deflate", deflateSync],
		["zstd", zstdCompressSync],
	] as const)
		assert.deepEqual(await post(compress(body), { "content-encoding": encoding }), [200, "{}"]);
	await Promise.all(Array.from({ length: 20 }, () => post(body)));
	assert.deepEqual(receiver.accepted(), { spans: 23, logs: 0 });
	assert.deepEqual(await store.query("SELECT count() AS n FROM otel_traces"), [{ n: "23" }]);
	assert.equal((await post("{", {}))[0], 400);
	assert.match((await post("{"))[1], /"code":3,"message":"not JSON/);
	assert.equal(
		(await post(new Uint8Array([10, 200, 1]), { "content-type": "application/x-protobuf" }))[0],
		400,
	);
	assert.equal((await post(body, { "content-type": "text/plain" }))[0], 415);
	assert.equal((await post(body, { "content-encoding": "br" }))[0], 415);
	assert.equal((await post(body, { "content-encoding": "gzip" }))[0], 400);
	assert.equal((await post(gzipSync(Buffer.alloc(50_000_000)), { "content-encoding": "gzip" }))[0], 413);
	assert.equal((await post("x".repeat(100_001)))[0], 413);
	assert.equal((await post(body, { authorization: "Bearer wrong" }))[0], 401);
	assert.equal((await post(body, {}, "/v1/other"))[0], 404);
	assert.match((await post("{}", {}, "/v1/metrics"))[1], /partialSuccess.*stores no metrics/);
	await assert.rejects(
		startReceiver({ store, httpPort: receiver.httpPort, grpcPort: null }),
		new RegExp(`Port ${receiver.httpPort} on 127.0.0.1, for OTLP over HTTP, is in use.*--otlp-http-port`),
	);
	await receiver.close();
});

test("a database that is away is 503 with Retry-After, a full queue 429, and nothing is counted as stored", async () => {
	let release = (): void => undefined;
	const held = new Promise<void>((resolve) => {
		release = resolve;
	});
	const away: Store = {
		...store,
		insertNative: async () => {
			await held;
			throw new Error("away");
		},
	};
	const receiver = await startReceiver({
		store: away,
		httpPort: 0,
		grpcPort: null,
		commitDelayMs: 1,
		maxQueuedBytes: 900,
	});
	const send = (): Promise<Response> =>
		fetch(`http://127.0.0.1:${receiver.httpPort}/v1/traces`, {
			method: "POST",
			body: JSON.stringify(makeRequest({})),
			headers: { "content-type": "application/json" },
		});
	const first = send();
	await new Promise((resolve) => setTimeout(resolve, 100));
	const second = await send();
	assert.deepEqual([second.status, second.headers.get("retry-after")], [429, "1"]);
	release();
	const answer = await first;
	assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "3"]);
	assert.deepEqual(receiver.accepted(), { spans: 0, logs: 0 });
	await receiver.close();
});

test("OTLP over gRPC stores logs and refuses what it cannot decode", async () => {
	await clear();
	const receiver = await startReceiver({ store, httpPort: 0, grpcPort: 0, commitDelayMs: 1 });
	const client = new Client(`127.0.0.1:${receiver.grpcPort}`, credentials.createInsecure());
	const asIs = (bytes: Buffer): Buffer => bytes;
	const call = (bytes: Buffer): Promise<number> =>
		new Promise((resolve) => {
			client.makeUnaryRequest(
				"/opentelemetry.proto.collector.logs.v1.LogsService/Export",
				asIs,
				asIs,
				bytes,
				(error) => resolve(error?.code ?? 0),
			);
		});
	// resource_logs > scope_logs > log_records > event_name "e"
	assert.equal(await call(Buffer.from([10, 7, 18, 5, 18, 3, 98, 1, 101])), 0);
	assert.equal(await call(Buffer.from([10, 9, 1])), 3);
	assert.deepEqual(await store.query("SELECT EventName FROM otel_logs"), [{ EventName: "e" }]);
	client.close();
	await receiver.close();
});

test("the ordinary ClickHouse client works over HTTP, settings stay with their statement, readers only read", async () => {
	const server = await startClickHouseHttp({
		store,
		port: 0,
		password: "p",
		readOnly: { user: "viewer", password: "v" },
	});
	const log = { level: ClickHouseLogLevel.OFF };
	const url = `http://127.0.0.1:${server.port}`;
	const client = createClient({ url, password: "p", log, compression: { request: true, response: true } });
	assert.equal((await client.ping()).success, true);
	await client.command({ query: "CREATE TABLE wire (a UInt64, b String) ENGINE = MergeTree ORDER BY a" });
	await client.insert({
		table: "wire",
		values: [{ a: "18446744073709551615", b: "x;y'z" }],
		format: "JSONEachRow",
	});
	const answer = await client.query({
		query: "SELECT a, b, {p: Array(String)} AS p FROM wire",
		query_params: { p: ["it's", "\\"] },
		format: "JSONEachRow",
	});
	assert.deepEqual(await answer.json(), [{ a: "18446744073709551615", b: "x;y'z", p: ["it's", "\\"] }]);
	await assert.rejects(
		client.query({ query: "SELECT * FROM numbers(99)", clickhouse_settings: { max_result_rows: "5" } }),
		{ code: "396" },
	);
	assert.equal(
		(await (await client.query({ query: "SELECT * FROM numbers(99)", format: "JSONEachRow" })).json()).length,
		99,
	);
	await assert.rejects(client.query({ query: "SELECT nope" }), { code: "47", type: "UNKNOWN_IDENTIFIER" });
	const raw = (query: string, body?: Uint8Array): Promise<Response> =>
		fetch(`${url}/?${new URLSearchParams({ password: "p", query })}`, {
			method: "POST",
			...(body === undefined ? {} : { body: Buffer.from(body) }),
		});
	for (const format of ["Native", "RowBinary"]) {
		const bytes = await (await raw(`SELECT toUInt64(7) AS a, 'n' AS b FORMAT ${format}`)).bytes();
		assert.equal((await raw(`INSERT INTO wire FORMAT ${format}`, bytes)).status, 200);
	}
	assert.deepEqual(await store.query("SELECT count() AS n FROM wire WHERE a = 7"), [{ n: "2" }]);
	const viewer = createClient({ url, username: "viewer", password: "v", log });
	assert.deepEqual(await (await viewer.query({ query: "SELECT 1 AS x", format: "JSONEachRow" })).json(), [
		{ x: 1 },
	]);
	for (const query of ["DROP TABLE wire", "SELECT * FROM file('/etc/hosts', 'LineAsString')"])
		await assert.rejects(viewer.query({ query }), { code: "164" });
	await assert.rejects(createClient({ url, password: "no", log }).query({ query: "SELECT 1" }), {
		code: "516",
	});
	const foreign = await new Promise<number>((resolve) =>
		http.get(
			`${url}/?query=SELECT+1&password=p`,
			{ headers: { origin: "http://evil.example" } },
			(response) => resolve(response.resume().statusCode ?? 0),
		),
	);
	assert.equal(foreign, 403);
	await Promise.all([client.close(), viewer.close()]);
	await server.close();
});

test("what is exported is read back to the same rows; files that are none say so", async () => {
	await clear();
	const original = decodeTraces(makeRequest({ a: "b", "faultline.pipeline": "p" })).rows;
	await insertTraces(store, original);
	const lines: string[] = [];
	for await (const line of exportOtlp(store)) lines.push(line);
	const folder = await mkdtemp(path.join(tmpdir(), "faultline-files-"));
	const write = async (name: string, content: string | Uint8Array): Promise<string> => {
		await writeFile(path.join(folder, name), content);
		return path.join(folder, name);
	};
	const read = async (file: string): Promise<unknown[]> => {
		const rows: unknown[] = [];
		for await (const { spans } of readOtlpFile(file)) rows.push(...spans);
		return rows;
	};
	const text = `${lines.join("\n")}\n`;
	const pretty = JSON.stringify(makeRequest({ a: "b", "faultline.pipeline": "p" }), null, 2);
	for (const [name, content] of [
		["a.jsonl", text],
		["a.gz", gzipSync(text)],
		["a.zst", zstdCompressSync(text)],
		["a.json", pretty],
	] as const)
		assert.deepEqual(await read(await write(name, content)), original, name);
	await assert.rejects(read(await write("empty.jsonl", "\n")), /empty\.jsonl is empty/);
	await assert.rejects(
		read(await write("other.jsonl", '{"foo":1}')),
		/other\.jsonl:1 is not OTLP\/JSON: neither resourceSpans/,
	);
	await assert.rejects(
		read(await write("broken.jsonl", `${text}{"resourceSpans":`)),
		/broken\.jsonl:2 is not JSON/,
	);
	await assert.rejects(
		read(await write("cut.gz", gzipSync(text).subarray(0, 60))),
		/cut\.gz could not be read to its end as gzip/,
	);
	await assert.rejects(read(path.join(folder, "none.jsonl")), /none\.jsonl cannot be opened/);
	await rm(folder, { recursive: true, force: true });
});
