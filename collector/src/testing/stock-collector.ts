/**
 * The stock OpenTelemetry Collector, built with its Builder from otelcol/builder.yaml, in front of our ClickHouse HTTP interface:
 *
 *     npm run test:otelcol                 # needs Go; builds what was not built before
 *     FAULTLINE_OTELCOL=if-built npm run test:otelcol   # skipped where it would have to build
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { startClickHouseHttp } from "../embedded/start-clickhouse-http.ts";
import { migrate } from "../migrate.ts";
import { startReceiver } from "../receiver/start-receiver.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { buildClient, buildCollector, findCollector, hasGo } from "./build-with-go.ts";
import { makeOddLogs, makeOddTraces } from "./odd-telemetry.ts";
import { openTemporaryStore } from "./open-temporary-store.ts";
import {
	freePort,
	PRODUCTION_CONFIG,
	type RunningCollector,
	runCollector,
	waitUntil,
} from "./run-collector.ts";

const PLAIN_CONFIG = path.join(path.dirname(PRODUCTION_CONFIG), "plain.yaml");

const skip = await reasonToSkip();
if (skip !== false) console.log(skip);

async function reasonToSkip(): Promise<string | false> {
	if (!hasGo()) return "skipped: building the stock Collector needs Go, which is not installed here";
	if (process.env["FAULTLINE_OTELCOL"] === "if-built" && (await findCollector()) === undefined)
		return "skipped: the stock Collector was not built on this machine yet; `npm run test:otelcol` builds it";
	return false;
}

describe("the stock Collector", { skip, timeout: 600_000 }, () => {
	let binary: string;
	let database: Awaited<ReturnType<typeof openTemporaryStore>>;
	let store: Store;
	let port: number;
	let clickhouse: Awaited<ReturnType<typeof startClickHouseHttp>>;
	let queue: string;

	before(async () => {
		binary = await buildCollector();
		database = await openTemporaryStore();
		store = database.store;
		queue = await mkdtemp(path.join(tmpdir(), "faultline-queue-"));
		port = await freePort();
		clickhouse = await startClickHouseHttp({ store, port });
	});
	after(async () => {
		for (const collector of started) collector.process.kill("SIGKILL");
		await clickhouse.close();
		await database.discard();
		await rm(queue, { recursive: true, force: true });
	});

	const started: RunningCollector[] = [];
	const start = async (
		config: string,
		environment: Readonly<Record<string, string>> = {},
	): Promise<RunningCollector> => {
		const collector = await runCollector(binary, config, {
			CLICKHOUSE_ENDPOINT: `http://127.0.0.1:${port}`,
			FAULTLINE_QUEUE_DIR: queue,
			FAULTLINE_DECISION_WAIT: "3s",
			FAULTLINE_DECISION_WAIT_AFTER_ROOT: "1s",
			...environment,
		});
		started.push(collector);
		return collector;
	};

	const clear = async (): Promise<void> => {
		for (const table of ["otel_traces", "otel_logs", "steps", "runs", "scores"])
			await store.command(`TRUNCATE TABLE ${table}`);
	};

	const count = async (sql: string): Promise<number> => {
		const [row] = await store.query<{ n: string }>(sql);
		return Number(row?.n);
	};

	it("clickhouse-go reads and writes every kind of column, in every compression", async () => {
		const run = spawn(await buildClient(), [`http://127.0.0.1:${port}`, store.database], {
			stdio: "inherit",
		});
		assert.deepEqual(await once(run, "exit"), [0, null]);
	});

	it("the exporter's own tables have our columns", async () => {
		const collector = await start(PLAIN_CONFIG, {
			CLICKHOUSE_DATABASE: "made_by_exporter",
			CREATE_SCHEMA: "true",
		});
		const columns = (name: string): Promise<object[]> =>
			store.query(
				`SELECT table, name, type, default_kind, default_expression FROM system.columns
				WHERE database = {name: String} AND table LIKE 'otel_%' AND table NOT LIKE '%_mv' AND default_kind != 'ALIAS' AND name != 'InsertedAt' ORDER BY table, position`,
				{ name },
			);
		await collector.stop("SIGTERM");
		assert.deepEqual(await columns(store.database), await columns("made_by_exporter"));
		assert.ok((await columns(store.database)).length > 40);
	});

	it("the exporter and the embedded collector write the same rows for the same data", async () => {
		await using stock = await openStore({ dataDir: database.dataDir, database: "stock" });
		await migrate(stock);
		const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null, commitDelayMs: 5 });
		const collector = await start(PLAIN_CONFIG, { CLICKHOUSE_DATABASE: "stock" });
		for (const to of [receiver.httpPort, collector.httpPort]) {
			await post(to, "/v1/traces", makeOddTraces());
			await post(to, "/v1/logs", makeOddLogs());
		}
		await collector.stop("SIGTERM");
		await receiver.close();
		for (const [table, order] of [
			["otel_traces", "SpanId"],
			["otel_logs", "SpanId, Timestamp"],
			["otel_traces_trace_id_ts", "TraceId"],
			["steps", "span_id"],
			["runs", "span_id"],
			["scores", "span_id"],
		] as const) {
			const sql = `SELECT * FROM ${table} ORDER BY ${order}`;
			const [ours, theirs] = [await store.query<object>(sql), await stock.query<object>(sql)];
			assert.ok(ours.length > 0, table);
			assert.equal(ours.length, theirs.length, table);
			for (const [index, row] of ours.entries())
				assert.deepEqual(withoutClock(row), withoutClock(theirs[index] ?? {}), table);
		}
	});

	it("an application's run arrives through the production configuration, its secrets do not", async () => {
		await clear();
		const collector = await start(PRODUCTION_CONFIG);
		const app = spawn(
			process.execPath,
			[
				"--conditions=source",
				"--import",
				"@faultline/instrumentation/register",
				path.join(import.meta.dirname, "otelcol-app.ts"),
			],
			{
				stdio: ["ignore", "ignore", "inherit"],
				env: {
					...process.env,
					OTEL_SERVICE_NAME: "docs",
					OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.httpPort}`,
				},
			},
		);
		assert.deepEqual(await once(app, "exit"), [0, null]);
		await waitUntil(
			"both runs are stored",
			async () => (await count("SELECT count() AS n FROM runs FINAL")) === 2,
		);
		await waitUntil(
			"their steps too",
			async () =>
				(await count("SELECT count() AS n FROM steps FINAL WHERE kind IN ('retrieval', 'post_process')")) ===
				4,
		);
		await collector.stop("SIGTERM");
		assert.deepEqual(await store.query("SELECT DISTINCT pipeline, service_name FROM runs FINAL"), [
			{ pipeline: "docs-answer", service_name: "docs" },
		]);
		assert.equal(
			await count(
				"SELECT count() AS n FROM steps FINAL WHERE name = 'parse_answer' AND status_code = 'Error'",
			),
			1,
		);
		assert.equal(
			await count("SELECT count() AS n FROM otel_traces WHERE toString(SpanAttributes) LIKE '%sk-abcdef%'"),
			0,
		);
		assert.ok(
			(await count(
				"SELECT count() AS n FROM otel_traces WHERE SpanAttributes['faultline.step.input'] LIKE '%a key %here%'",
			)) > 0,
		);
	});

	it("of runs that did not fail a share is kept, of all others everything, and whole", async () => {
		await clear();
		const collector = await start(PRODUCTION_CONFIG, { FAULTLINE_SAMPLE_PERCENT: "0" });
		const runs: Record<string, { root?: object; child?: object }> = {
			passing: {},
			failing: { child: { status: { code: 2 } } },
			judged: { root: { attributes: [{ key: "faultline.outcome", value: { stringValue: "fail" } }] } },
			evaluation: { root: { attributes: [{ key: "faultline.eval.id", value: { stringValue: "e1" } }] } },
			scored: { child: { events: [{ name: "gen_ai.evaluation.result", timeUnixNano: "1" }] } },
		};
		const names = Object.keys(runs);
		for (const [index, name] of names.entries()) {
			await post(
				collector.httpPort,
				"/v1/traces",
				requestOf([makeSpan(index, 1, { name, parentSpanId: id(index, 0), ...runs[name]?.child })]),
			);
			await post(
				collector.httpPort,
				"/v1/traces",
				requestOf([makeSpan(index, 0, { name, ...runs[name]?.root })]),
			);
		}
		await waitUntil(
			"decisions were made",
			async () => (await count("SELECT count() AS n FROM otel_traces")) >= 8,
		);
		for (const [index, name] of names.entries())
			await post(
				collector.httpPort,
				"/v1/traces",
				requestOf([makeSpan(index, 2, { name, parentSpanId: id(index, 0) })]),
			);
		await waitUntil(
			"late spans followed",
			async () => (await count("SELECT count() AS n FROM otel_traces")) >= 12,
		);
		await collector.stop("SIGTERM");
		assert.deepEqual(
			await store.query(
				"SELECT SpanName AS name, toUInt32(count()) AS spans FROM otel_traces GROUP BY name ORDER BY name",
			),
			names
				.filter((name) => name !== "passing")
				.sort()
				.map((name) => ({ name, spans: 3 })),
		);
	});

	/**
	 * Ten minutes at 100 spans a second, sent as fast as it goes; the waits between tries are a thirtieth of the production ones, and so is
	 * the time for which the database is away. The Collector is killed meanwhile and started again while the database is still away.
	 */
	it("ten minutes' worth of spans wait for a database that is away, over the Collector's own death", async () => {
		await clear();
		const quick = { FAULTLINE_RETRY_FIRST: "100ms", FAULTLINE_RETRY_MOST: "1s" };
		const runs = 6_000;
		const spansPerRun = 10;
		let collector = await start(PRODUCTION_CONFIG, quick);
		const send = async (from: number, to: number): Promise<void> => {
			for (let run = from; run < to; run += 100) {
				const spans = Array.from({ length: 100 }, (_, offset) => makeRun(run + offset, spansPerRun)).flat();
				await post(collector.httpPort, "/v1/traces", requestOf(spans));
			}
		};
		await send(0, 1_000);
		await waitUntil(
			"the first runs are stored",
			async () => (await count("SELECT count() AS n FROM otel_traces")) > 0,
		);
		await clickhouse.close();
		const away = Date.now();
		await send(1_000, 4_000);
		// What the sampler has not decided on is in its memory only; what it has decided on is in the queue a moment later.
		const decided = "otelcol_processor_tail_sampling_global_count_traces_sampled";
		await waitUntil("the sampler has decided", async () => (await collector.metric(decided)) >= 4_000);
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		await collector.stop("SIGKILL");
		collector = await start(PRODUCTION_CONFIG, quick);
		await send(4_000, runs);
		await post(collector.httpPort, "/v1/logs", makeOddLogs());
		await new Promise((resolve) => setTimeout(resolve, Math.max(0, away + 20_000 - Date.now())));
		clickhouse = await startClickHouseHttp({ store, port });
		const stored = (): Promise<number> => count("SELECT uniqExact(SpanId) AS n FROM otel_traces");
		await waitUntil(
			"every span is stored",
			async () => (await stored()) === runs * spansPerRun,
			60_000,
		).catch(() => console.log(collector.log().slice(-6000)));
		assert.equal(await stored(), runs * spansPerRun);
		await waitUntil(
			"every log record is stored",
			async () => (await count("SELECT count() AS n FROM otel_logs")) === 5,
		);
		// The exporter looked for the column EventName while the database was away.
		assert.equal(
			await count(
				"SELECT count() AS n FROM otel_logs WHERE LogAttributes['event.name'] = 'gen_ai.evaluation.result'",
			),
			1,
		);
		// An insert's spans can be read a moment before what its views make of them.
		await waitUntil(
			"every run is there",
			async () => (await count("SELECT count() AS n FROM runs FINAL")) === runs,
		);
		const twice = (await count("SELECT count() AS n FROM otel_traces")) - runs * spansPerRun;
		console.log(`${twice} of ${runs * spansPerRun} spans were stored twice`);
		await collector.stop("SIGTERM");
	});
});

const id = (run: number, span: number): string => (run * 1_000 + span + 1).toString(16).padStart(16, "0");

function makeSpan(run: number, span: number, fields: object): object {
	const startNanos = 1_793_500_005_000_000_000n + BigInt(run) * 1_000_000n + BigInt(span);
	return {
		traceId: (run + 1).toString(16).padStart(32, "0"),
		spanId: id(run, span),
		kind: 1,
		startTimeUnixNano: String(startNanos),
		endTimeUnixNano: String(startNanos + 1_000n),
		...fields,
	};
}

function makeRun(run: number, spans: number): object[] {
	return Array.from({ length: spans }, (_, span) =>
		makeSpan(run, span, { name: `step ${span}`, ...(span === 0 ? {} : { parentSpanId: id(run, 0) }) }),
	);
}

function requestOf(spans: readonly object[]): object {
	const attributes = [{ key: "service.name", value: { stringValue: "test" } }];
	return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] };
}

/** Sends until it is accepted, as an application's exporter does. */
async function post(port: number, at: string, request: object): Promise<void> {
	await waitUntil(`port ${port} accepts ${at}`, async () => {
		const response = await fetch(`http://127.0.0.1:${port}${at}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(request),
		});
		const answer = await response.text();
		if (response.status === 429 || response.status >= 500) return false;
		assert.equal(response.status, 200, answer);
		return true;
	});
}

/** When a row was written is not what it says. */
function withoutClock(row: object): object {
	return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "created_at"));
}
