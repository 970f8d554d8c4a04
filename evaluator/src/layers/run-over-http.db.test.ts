import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Receiver, type Store, startReceiver } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import type { HttpTarget, PipelineConfig } from "../config.ts";
import { stepsOf } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readRuns } from "../store/read-runs.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { httpRunner } from "./run-over-http.ts";
import { runSystemEval } from "./system.ts";

const APP = fileURLToPath(new URL("../testing/apps/answer-server.ts", import.meta.url));

describe("evaluating a deployed application over HTTP", { timeout: 60_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	let receiver: Receiver;
	let app: ChildProcess;
	let url = "";
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		receiver = await startReceiver({ store, httpPort: 0, grpcPort: null });
		app = spawn(
			process.execPath,
			["--conditions=source", "--import", "@faultline/instrumentation/register", APP],
			{
				cwd: fileURLToPath(new URL("../../..", import.meta.url)),
				env: {
					PATH: process.env["PATH"] ?? "",
					OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.httpPort}`,
					OTEL_BSP_SCHEDULE_DELAY: "300",
					OTEL_RESOURCE_ATTRIBUTES: "service.name=answers,service.version=7",
				},
				stdio: ["ignore", "pipe", "inherit"],
			},
		);
		assert.ok(app.stdout);
		const [line] = (await once(app.stdout, "data")) as [Buffer];
		url = `http://127.0.0.1:${Number(line.toString())}/`;
	});
	after(async () => {
		app.kill();
		await receiver.close();
		await discard();
	});

	it("sends the trace context, reads the trace back by its id, and tells busy from wrong", async () => {
		const target: HttpTarget = {
			url,
			output: ({ json }) => json,
		};
		const seen: unknown[] = [];
		const config: PipelineConfig = {
			http: target,
			grade: ({ output, run }) => {
				seen.push(output);
				return run?.spans.some(({ name }) => name === "search") === true ? "pass" : "fail";
			},
		};
		const fixtures = ["one", "busy", "bad"].map((id) => makeFixture({ id, input: { text: id } }));
		const { evaluation } = await runSystemEval({
			store,
			pipeline: "answer",
			config,
			runner: httpRunner(target, { store, now: Date.now, settleMs: 400, pollMs: 100 }),
			fixtures,
			scorers: builtInScorers,
			evalId: "over-http",
			backoffMs: 10,
			now: Date.now,
		});
		const shown = Object.fromEntries(
			evaluation.cases.map((one) => [one.fixtureId, [one.status, one.outcome]]),
		);
		assert.deepEqual(shown, {
			one: ["completed", "pass"],
			busy: ["completed", "pass"],
			bad: ["completed", "fail"],
		});
		assert.match(evaluation.cases[0]?.error ?? "", /HTTP 500: Error: cannot answer that/);
		assert.equal(evaluation.run.serviceVersion, "7");
		assert.ok(
			seen.some((output) => {
				const { fixture, baggage } = output as { fixture: string; baggage: string };
				return fixture === "one" && baggage === "faultline.fixture.id=one,faultline.eval.id=over-http";
			}),
			JSON.stringify(seen),
		);
		const runs = await readRuns(store, { traceIds: evaluation.cases.map(({ traceId }) => traceId) });
		assert.deepEqual(
			runs
				.map((run) => [
					run.taskId,
					run.serviceName,
					stepsOf(run)
						.map(({ name }) => name)
						.join(),
				])
				.sort(),
			[
				["bad", "answers", ""],
				["busy", "answers", "search,show"],
				["one", "answers", "search,show"],
			],
		);
	});

	it("errs where nothing listens, after its retries, and calls a trace that never comes none", async () => {
		const run = (target: HttpTarget, traceTimeoutMs: number) =>
			runSystemEval({
				store,
				pipeline: "answer",
				config: { http: target, grade: () => "pass" },
				runner: httpRunner(target, { store, now: Date.now, traceTimeoutMs, pollMs: 50 }),
				fixtures: [makeFixture({ id: "x", input: { text: "x" } })],
				scorers: builtInScorers,
				evalId: `over-http-${traceTimeoutMs}`,
				backoffMs: 5,
				now: Date.now,
			});
		const down = (await run({ url: "http://127.0.0.1:9/" }, 200)).evaluation.cases[0];
		assert.deepEqual([down?.status, down?.outcome, down?.traceId], ["errored", "unknown", ""]);
		assert.match(down?.error ?? "", /fetch failed: bad port/);
		// Its spans are not there yet when the evaluation stops waiting.
		const early = (await run({ url }, 1)).evaluation.cases[0];
		assert.deepEqual([early?.status, early?.outcome, early?.traceId], ["completed", "pass", ""]);
	});
});
