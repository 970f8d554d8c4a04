import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { migrate, openStore, type Store, startClickHouseHttp, startReceiver } from "@faultline/collector";
import {
	AWAY,
	type Fate,
	type FaultyProxy,
	FULL,
	PASS,
	READ_ONLY,
	startFaultyProxy,
} from "../testing/faulty-proxy.ts";
import { insertRuns, RUN_STEPS } from "../testing/insert-runs.ts";
import { type RunningCommand, startFaultline } from "../testing/run-faultline.ts";

/** One embedded engine behind its own HTTP interface, a proxy that breaks it, and the real command line in processes of its own. */
let store: Store;
let dataDir: string;
let http: Awaited<ReturnType<typeof startClickHouseHttp>>;
let proxy: FaultyProxy;

before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-failures-"));
	store = await openStore({ dataDir });
	await migrate(store);
	http = await startClickHouseHttp({ store, host: "127.0.0.1", port: 0 });
	proxy = await startFaultyProxy(http);
});
after(async () => {
	await proxy[Symbol.asyncDispose]();
	await http.close();
	await store.close();
	await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
	proxy.decide(() => PASS);
	for (const table of [
		"otel_traces",
		"otel_traces_trace_id_ts",
		"steps",
		"runs",
		"scores",
		"verdicts",
		"step_verdicts",
		"step_minutes",
	])
		await store.command(`TRUNCATE TABLE ${table}`);
});

/** A test that fails leaves its services running. */
const started: RunningCommand[] = [];
afterEach(async () => {
	for (const command of started.splice(0)) {
		command.kill("SIGKILL");
		await command.ended;
	}
});

interface Watching {
	readonly command: RunningCommand;
	/** What a path of the service's own port answers. */
	get(path: string): Promise<{ readonly status: number; readonly text: string }>;
}

async function watch(...more: string[]): Promise<Watching> {
	const command = startFaultline(
		["evaluate", "--watch", "--url", proxy.url, "--listen", "127.0.0.1:0", ...more],
		dataDir,
	);
	started.push(command);
	const port = await until(
		() => /metrics on http:\/\/127\.0\.0\.1:(\d+)/.exec(command.err())?.[1],
		"the service's port",
	);
	return {
		command,
		get: async (path) => {
			const response = await fetch(`http://127.0.0.1:${port}${path}`);
			return { status: response.status, text: await response.text() };
		},
	};
}

/** Waits for something to be so; throws after a while. */
async function until<Value>(
	look: () => Value | Promise<Value>,
	what: string,
	seconds = 25,
): Promise<NonNullable<Value>> {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const value = await look();
		if (value !== undefined && value !== null && value !== false) return value;
		if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

const judged = async (): Promise<number> => {
	const [row] = await store.query<{ n: string }>("SELECT count() AS n FROM verdicts FINAL");
	return Number(row?.n);
};
const allJudged = (count: number): Promise<true> =>
	until(async () => ((await judged()) === count ? true : null), `${count} verdicts`);

/** Every run has one verdict, and everything that is counted from verdicts counts it once. */
async function assertCountedOnce(runs: number): Promise<void> {
	assert.equal(await judged(), runs);
	const [steps] = await store.query<{ n: string }>(
		"SELECT count() AS n FROM step_verdicts FINAL WHERE kind IN ('retrieval', 'prompt_build', 'model')",
	);
	assert.equal(Number(steps?.n), runs * RUN_STEPS.length);
	const minutes = await store.query<{ step: string; reached: string; broke: string }>(
		"SELECT step, uniqExactMerge(reached) AS reached, uniqExactMerge(broke) AS broke FROM step_minutes WHERE kind IN ('retrieval', 'prompt_build', 'model') GROUP BY step",
	);
	for (const { step, reached, broke } of minutes)
		assert.ok(
			Number(reached) <= runs && Number(broke) <= runs,
			`${step}: ${reached} reached, ${broke} broke of ${runs}`,
		);
	const [doubles] = await store.query<{ n: string }>(
		"SELECT count() AS n FROM (SELECT trace_id, span_id, scorer, scorer_version FROM scores FINAL GROUP BY ALL HAVING count() > 1)",
	);
	assert.equal(Number(doubles?.n), 0);
}

/** Old enough to be settled. */
const settledMs = (): number => Date.now() - 30_000;
const isInsert = (sql: string, table: string): boolean => sql.startsWith(`INSERT INTO ${table} `);

it("waits for a ClickHouse that is away, says so, and judges everything once it is there; away again in the middle, the same", async () => {
	proxy.decide(() => AWAY);
	await insertRuns(store, { prefix: "a1", count: 30, startMs: settledMs() });
	const { command, get } = await watch();
	await until(() => /did not answer as expected/.test(command.err()) || null, "the complaint");
	assert.equal((await get("/healthz")).status, 200);
	const away = await get("/readyz");
	assert.equal(away.status, 503);
	assert.match(away.text, /did not answer as expected/);
	assert.match((await get("/metrics")).text, /^faultline_evaluator_clickhouse_up 0$/m);

	proxy.decide(() => PASS);
	await allJudged(30);
	await until(async () => (await get("/readyz")).status === 200 || null, "readiness");

	proxy.decide(() => AWAY);
	await insertRuns(store, { prefix: "a2", count: 10, startMs: settledMs() });
	await until(async () => (await get("/readyz")).status === 503 || null, "the loss to be noticed");
	proxy.decide(() => PASS);
	await allJudged(40);
	await assertCountedOnce(40);
	assert.match((await get("/metrics")).text, /^faultline_evaluator_runs_total 40$/m);
	assert.equal(await command.stop(), 0);
});

for (const [name, fate] of [
	["read-only", READ_ONLY],
	["full", FULL],
] as const satisfies readonly (readonly [string, Fate])[]) {
	it(`a ClickHouse that is ${name} when the verdicts come: the scores before them are written again, and counted once`, async () => {
		proxy.decide((sql) => (isInsert(sql, "verdicts") ? fate : PASS));
		await insertRuns(store, { prefix: "b1", count: 25, startMs: settledMs() });
		const { command, get } = await watch();
		await until(() => (fate.kind === "refuse" && command.err().includes(fate.text)) || null, "the refusal");
		const notReady = await get("/readyz");
		assert.equal(notReady.status, 503);
		assert.ok(fate.kind === "refuse" && notReady.text.includes(fate.text), notReady.text);
		assert.equal(await judged(), 0);
		const [scores] = await store.query<{ n: string }>("SELECT count() AS n FROM scores");
		assert.ok(Number(scores?.n) > 0, "the round was cut after its scores");

		proxy.decide(() => PASS);
		await allJudged(25);
		await assertCountedOnce(25);
		assert.equal(await command.stop(), 0);
	});
}

it("a slow ClickHouse is waited for, and given smaller bites", async () => {
	proxy.decide((sql) => ({ kind: "pass", delayMs: sql.includes("steps") ? 700 : 50 }));
	await insertRuns(store, { prefix: "c1", count: 60, startMs: settledMs() });
	const { command, get } = await watch();
	await allJudged(60);
	await assertCountedOnce(60);
	await until(async () => (await get("/readyz")).status === 200 || null, "readiness");
	assert.equal(await command.stop(), 0);
});

it("killed at any point of a round, the next one does the round again, and nothing is counted twice", async () => {
	await insertRuns(store, { prefix: "d1", count: 40, startMs: settledMs() });
	for (const table of ["scores", "step_verdicts", "verdicts"]) {
		const victim = await watch();
		// The statement arrives and the process that sent it dies before it hears of it.
		await new Promise<void>((resolve) => {
			proxy.decide((sql) => {
				if (!isInsert(sql, table)) return PASS;
				victim.command.kill("SIGKILL");
				resolve();
				return PASS;
			});
		});
		assert.equal(await victim.command.ended, null);
		proxy.decide(() => PASS);
		if (table !== "verdicts") assert.equal(await judged(), 0, `verdicts after the kill at ${table}`);
	}
	const { command } = await watch();
	await allJudged(40);
	await assertCountedOnce(40);
	assert.equal(await command.stop(), 0);
});

it("two evaluators share the runs, and two that know nothing of each other count nothing twice", async () => {
	await insertRuns(store, { prefix: "e1", count: 60, startMs: settledMs() });
	const shares = await Promise.all([
		watch("--copies", "2", "--copy", "0"),
		watch("--copies", "2", "--copy", "1"),
	]);
	await allJudged(60);
	const counts = await Promise.all(
		shares.map(async ({ get }) =>
			Number(/^faultline_evaluator_runs_total (\d+)$/m.exec((await get("/metrics")).text)?.[1] ?? 0),
		),
	);
	assert.equal(
		counts.reduce((sum, count) => sum + count, 0),
		60,
	);
	assert.ok(
		counts.every((count) => count >= 15),
		`shared ${counts.join(" and ")}`,
	);
	await Promise.all(shares.map(({ command }) => command.stop()));
	await assertCountedOnce(60);

	// The same runs again, by two at once: as if both had missed what the other did.
	await store.command("TRUNCATE TABLE verdicts");
	const strangers = await Promise.all([watch(), watch()]);
	await allJudged(60);
	await until(
		async () =>
			/runs_total/.test((await strangers[1].get("/metrics")).text) || (await judged()) === 60 || null,
		"both",
	);
	await Promise.all(strangers.map(({ command }) => command.stop()));
	await assertCountedOnce(60);
});

it("a copy that is gone leaves nothing behind: what waits for ten minutes is anybody's", async () => {
	await insertRuns(store, { prefix: "f1", count: 40, startMs: Date.now() - 660_000 });
	const { command } = await watch("--copies", "5", "--copy", "3");
	await allJudged(40);
	await assertCountedOnce(40);
	assert.equal(await command.stop(), 0);
});

it("clocks that are wrong stop nobody: runs from the future wait, runs that end before they start are judged", async () => {
	await insertRuns(store, { prefix: "0f", count: 10, startMs: Date.now() + 3_600_000 });
	await insertRuns(store, { prefix: "0b", count: 10, startMs: settledMs(), rootNs: "18446744073709000000" });
	await insertRuns(store, { prefix: "0c", count: 10, startMs: settledMs() });
	const { command, get } = await watch();
	await allJudged(20);
	await until(async () => (await get("/readyz")).status === 200 || null, "readiness");
	const rows = await store.query<{ n: string }>(
		"SELECT count() AS n FROM verdicts FINAL WHERE startsWith(trace_id, '0f')",
	);
	assert.equal(rows[0]?.n, "0");
	assert.equal(await command.stop(), 0);
});

it("a deploy that floods is worked off in bites, the oldest first, and the service stays ready", async () => {
	await insertRuns(store, { prefix: "9a", count: 600, startMs: Date.now() - 120_000 });
	const { command, get } = await watch();
	await until(async () => (await judged()) > 0 || null, "the first bite");
	const [first] = await store.query<{ newest: string; verdicts_there: string }>(
		"SELECT max(trace_id) AS newest, toString(count()) AS verdicts_there FROM verdicts FINAL",
	);
	assert.ok(Number(first?.verdicts_there) < 600, "it was taken in one bite");
	assert.equal((await get("/readyz")).status, 200);
	await until(async () => ((await judged()) === 600 ? true : null), "the flood", 60);
	await assertCountedOnce(600);
	const memory = Number(/resident_memory_bytes (\d+)/.exec((await get("/metrics")).text)?.[1]);
	assert.ok(memory < 1.5e9, `${Math.round(memory / 1e6)} MB`);
	assert.equal(await command.stop(), 0);
});

it("sends spans of its own, which nobody takes for runs of an application", async () => {
	const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null, commitDelayMs: 20 });
	try {
		await insertRuns(store, { prefix: "77", count: 10, startMs: settledMs() });
		const command = startFaultline(["evaluate", "--watch", "--url", proxy.url], dataDir, {
			OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.httpPort}`,
			OTEL_BSP_SCHEDULE_DELAY: "200",
		});
		started.push(command);
		await allJudged(10);
		const rounds = (): Promise<{ n: string }[]> =>
			store.query(
				"SELECT count() AS n FROM runs WHERE service_name = 'faultline-evaluator' AND eval_id = 'faultline-evaluator'",
			);
		await until(async () => Number((await rounds())[0]?.n) >= 2 || null, "two rounds as spans");
		assert.equal(await command.stop(), 0);
		const others = await store.query(
			"SELECT pipeline FROM runs WHERE eval_id = '' AND pipeline != 'shop-answer'",
		);
		assert.deepEqual(others, []);
		assert.equal(await judged(), 10);
	} finally {
		await receiver.close();
	}
});
