import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { migrate, openStore } from "@faultline/collector";
import { type ChatServer, startChatServer } from "../testing/chat-server.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { runFaultline, startFaultline } from "../testing/run-faultline.ts";

describe("evaluate with scorers and a judge of the configuration", () => {
	let folder: string;
	let server: ChatServer;
	const RUNS = 10;
	const start = Date.now() - 60_000;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-evaluate-"));
		server = await startChatServer(() => JSON.stringify({ reason: "r", verdict: "fail" }));
		await using store = await openStore({ dataDir: join(folder, ".faultline") });
		await migrate(store);
		await insertRuns(store, { prefix: "ab", count: RUNS, startMs: start, unseen: true });
	});
	after(async () => {
		await server[Symbol.asyncDispose]();
		await rm(folder, { recursive: true, force: true });
	});

	test("--judge without a configuration is wrong use", async () => {
		const { code, err } = await runFaultline(["evaluate", "--judge"], folder);
		assert.equal(code, 64);
		assert.match(err, /--judge needs a configuration, and no faultline\.config\.ts/);
	});

	test("their scores and what they cost are reported", async () => {
		await writeFile(
			join(folder, "faultline.config.ts"),
			`import type { FaultlineConfig } from "${new URL("../index.ts", import.meta.url)}";
			export default {
				pipelines: {},
				scorers: [{ name: "short", kinds: ["model"], scoreStep: ({ output }: { output: string }) => output.length < 100 }],
				judge: { model: "m", baseURL: "${server.url}", price: { input: 1, output: 1 }, budget: { tokensPerDay: 5000 } },
			} satisfies FaultlineConfig;`,
		);
		const { code, out, err } = await runFaultline(["evaluate", "--judge", "--json"], folder);
		assert.equal(code, 0, err);
		const document = JSON.parse(out) as {
			runs: number;
			scorers: unknown;
			judge: { calls: number; tokens: number; cost: number; judged: number };
		};
		assert.equal(document.runs, RUNS);
		assert.deepEqual(document.scorers, [{ name: "short", answered: RUNS, abstained: 0, failed: 0 }]);
		assert.ok(document.judge.calls > 0);
		assert.equal(document.judge.tokens, document.judge.calls * 110);
		assert.ok(Math.abs(document.judge.cost - (document.judge.calls * 110) / 1e6) < 1e-12);
		const again = await runFaultline(["evaluate"], folder);
		assert.match(again.out, /scorer short: 10 scores/);
	});

	test("a configuration that cannot be loaded keeps nothing else from being evaluated, unless it was asked for", async () => {
		await writeFile(join(folder, "broken.mjs"), "throw new Error('no database here');");
		await writeFile(join(folder, "faultline.config.ts"), "throw new Error('no database here');");
		const left = await runFaultline(["evaluate"], folder);
		assert.equal(left.code, 0);
		assert.match(left.err, /scorers of .*faultline\.config\.ts are left out: .*no database here/);
		const asked = await runFaultline(["evaluate", "--config", "broken.mjs"], folder);
		assert.equal(asked.code, 64);
	});

	test("--emit sends what was found as events, and says where it cannot", async () => {
		const names = new Map<string, number>();
		const collector = createServer(async (request, response) => {
			const body = (await json(request)) as {
				resourceLogs: {
					scopeLogs: { logRecords: { attributes: { key: string; value: { stringValue: string } }[] }[] }[];
				}[];
			};
			for (const { attributes } of body.resourceLogs
				.flatMap(({ scopeLogs }) => scopeLogs)
				.flatMap((one) => one.logRecords)) {
				const name = attributes.find(({ key }) => key === "gen_ai.evaluation.name")?.value.stringValue ?? "";
				names.set(name, (names.get(name) ?? 0) + 1);
			}
			response.setHeader("content-type", "application/json").end("{}");
		}).listen(0, "127.0.0.1");
		await new Promise((resolve) => collector.once("listening", resolve));
		const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
		try {
			const { code, err } = await runFaultline(["evaluate", "--emit", url], folder);
			assert.equal(code, 0, err);
			assert.equal(names.get("faultline/verdict"), RUNS);
			assert.ok((names.get("span-error") ?? 0) >= RUNS, JSON.stringify([...names]));
			const only = await runFaultline(["scores", "emit", "--to", url, "--scorer", "short", "--json"], folder);
			assert.deepEqual(JSON.parse(only.out), { scores: RUNS, verdicts: 0 });
		} finally {
			collector.closeAllConnections();
			await new Promise((resolve) => collector.close(resolve));
		}
		assert.equal((await runFaultline(["scores", "emit", "--to", "collector:4318"], folder)).code, 64);
	});

	test("judge ask asks about every run, or every drawn one, once", async () => {
		await writeFile(
			join(folder, "asked.config.mjs"),
			`export default { pipelines: {}, judge: { model: "asked", baseURL: "${server.url}" } };`,
		);
		const ask = async (...more: string[]) => {
			const { code, out, err } = await runFaultline(
				["judge", "ask", "--config", "asked.config.mjs", "--json", ...more],
				folder,
			);
			return {
				code,
				err,
				...(out === "" ? {} : (JSON.parse(out) as { asked: number; judge: { calls: number } })),
			};
		};
		assert.match(
			(await ask("--rubric", "nope")).err,
			/there is no rubric "nope"; there are end-to-end, prompt_build/,
		);
		const drawn = await ask("--sampled");
		assert.deepEqual([drawn.code, drawn.asked], [2, 0], "nothing was drawn, so nothing can be told");
		const all = await ask();
		assert.deepEqual([all.code, all.asked, (all.judge?.calls ?? 0) > 0], [0, RUNS, true], all.err);
		assert.deepEqual([(await ask()).judge?.calls], [0], "the same question is paid for once");
	});

	test("killed in the middle and run again, every step has one score", async () => {
		await writeFile(
			join(folder, "slow.config.mjs"),
			`export default { pipelines: {}, scorers: [{ name: "slow", async scoreStep() {
				await new Promise((resolve) => setTimeout(resolve, 15));
				console.log("scored");
				return Math.random();
			} }] };`,
		);
		const more = 120;
		{
			await using store = await openStore({ dataDir: join(folder, ".faultline") });
			await insertRuns(store, { prefix: "ef", count: more, startMs: start, unseen: true });
		}
		const args = ["evaluate", "--config", "slow.config.mjs"];
		const killed = startFaultline(args, folder);
		// Some runs are written by then, some are half done, some not begun.
		while ((killed.err().match(/scorer: scored/g) ?? []).length < 220)
			await new Promise((resolve) => setTimeout(resolve, 10));
		killed.kill("SIGKILL");
		await killed.ended;
		for (let again = 0; again < 2; again++) assert.equal((await runFaultline(args, folder)).code, 0);
		await using store = await openStore({ dataDir: join(folder, ".faultline") });
		const [row] = await store.query<{ n: string; keys: string; values: string; different: string }>(
			`SELECT count() AS n, uniqExact(trace_id, span_id) AS keys, count(value) AS values,
				(SELECT uniqExact(trace_id, span_id, value) FROM scores WHERE scorer = 'slow') AS different
			FROM scores FINAL WHERE scorer = 'slow'`,
		);
		const targets = (RUNS + more) * 3;
		assert.deepEqual(
			[row?.n, row?.keys, row?.values, row?.different].map(Number),
			[targets, targets, targets, targets],
			"one value each, and none that was written was found again",
		);
	});

	test("--watch scores runs as they settle", async () => {
		await writeFile(
			join(folder, "watched.config.mjs"),
			`export default { pipelines: {}, scorers: [{ name: "seen", scoreRun: () => 0.25 }],
				judge: { model: "watched", baseURL: "${server.url}" } };`,
		);
		{
			await using store = await openStore({ dataDir: join(folder, ".faultline") });
			await insertRuns(store, { prefix: "cd", count: 5, startMs: start, unseen: true });
		}
		const before = server.requests.length;
		const watching = startFaultline(
			["evaluate", "--watch", "--judge", "--config", "watched.config.mjs"],
			folder,
		);
		for (let waited = 0; !/evaluated 5 new runs/.test(watching.err()) && waited < 300; waited++)
			await new Promise((resolve) => setTimeout(resolve, 50));
		assert.equal(await watching.stop(), 0, watching.err());
		await using store = await openStore({ dataDir: join(folder, ".faultline") });
		const [row] = await store.query<{ n: string }>(
			"SELECT count() AS n FROM scores FINAL WHERE scorer = 'seen' AND value = 0.25",
		);
		assert.equal(Number(row?.n), 5, watching.err());
		assert.ok(server.requests.length > before, "the judge was asked about the run that failed");
	});
});
