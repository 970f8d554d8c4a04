/**
 * How long it takes to evaluate a million stored spans, and how much memory. One command:
 *
 *     npm run bench:evaluate
 *     npm run bench:evaluate -- --spans 200000
 *
 * Runs of a simulated pipeline (bench/locate) are stored in the embedded database and multiplied there, each copy with tasks of its
 * own. Named alternative: judging every run in one thread, as it was done before, over as many spans as `--alternative` says.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Store } from "@faultline/collector";
import { ATTR } from "@faultline/instrumentation/attributes";
import { openTemporaryStore } from "../collector/src/testing/open-temporary-store.ts";
import type { Run } from "../evaluator/src/core/trace.ts";
import { builtInScorers } from "../evaluator/src/scorers/built-in.ts";
import { evaluateStored } from "../evaluator/src/store/evaluate-stored.ts";
import { judgePipelines } from "../evaluator/src/store/judge-pipelines.ts";
import { readRuns } from "../evaluator/src/store/read-runs.ts";
import { judgementRows } from "../evaluator/src/store/result-rows.ts";
import { writeResults } from "../evaluator/src/store/write-results.ts";
import { generateDeploy } from "./locate/generate-deploy.ts";
import { scenarios } from "./locate/scenarios.ts";

const { values } = parseArgs({
	options: {
		spans: { type: "string", default: "1000000" },
		pipelines: { type: "string", default: "1" },
		alternative: { type: "string", default: "20000" },
		output: { type: "string", default: new URL("results/evaluate.md", import.meta.url).pathname },
	},
});
const RUNS = 450;

/** A faulty and a healthy deploy of some pipelines. */
function drawRuns(): Run[] {
	const faulty = [
		...Map.groupBy(
			scenarios.filter(({ half, fault }) => half === "dev" && (fault?.share ?? 1) < 1),
			({ pipeline }) => pipeline,
		).values(),
	]
		.slice(0, Number(values.pipelines))
		.flatMap((group) => group.slice(0, 1));
	const options = { runs: RUNS, tasks: "shared", trials: 3, seed: 1 } as const;
	return faulty.flatMap((scenario) =>
		(["A", "B"] as const).flatMap((deploy) =>
			generateDeploy(scenario, deploy, options).map(({ run }) => run),
		),
	);
}

/** A run as the Collector would store it. */
function rowsOf(run: Run, at: number): object[] {
	const shift = Date.UTC(2026, 5, 1) * 1000 + at * 50_000 - run.startUs;
	const common = {
		TraceId: run.traceId,
		ServiceName: run.serviceName,
		ResourceAttributes: { "service.name": run.serviceName, "service.version": run.serviceVersion },
	};
	const time = (us: number): string => ((us + shift) / 1e6).toFixed(6);
	const root = {
		...common,
		Timestamp: time(run.startUs),
		SpanId: run.rootSpanId,
		SpanName: run.pipeline,
		Duration: run.durationUs * 1000,
		StatusCode: "Unset",
		SpanAttributes: {
			[ATTR.pipeline]: run.pipeline,
			[ATTR.stepInput]: run.input,
			[ATTR.stepOutput]: run.output,
			[ATTR.outcome]: run.outcome,
			[ATTR.taskId]: run.taskId ?? "",
		},
	};
	const spans = run.spans.map((step) => ({
		...common,
		Timestamp: time(step.startUs),
		SpanId: step.spanId,
		ParentSpanId: step.parentSpanId,
		SpanName: step.name,
		Duration: step.durationUs * 1000,
		StatusCode: step.failed ? "Error" : "Unset",
		StatusMessage: step.statusMessage,
		SpanAttributes: {
			...step.attributes,
			[ATTR.stepKind]: step.kind,
			[ATTR.stepName]: step.name,
			[ATTR.stepInput]: step.input,
			[ATTR.stepOutput]: step.output,
			[ATTR.componentVersion]: step.version,
		},
		"Links.TraceId": step.links.map(() => run.traceId),
		"Links.SpanId": step.links,
		"Links.TraceState": step.links.map(() => ""),
		"Links.Attributes": step.links.map(() => ({})),
	}));
	return [root, ...spans];
}

/** Copies what is stored so many times, every copy an hour later and with tasks of its own. */
async function multiply(store: Store, copies: number): Promise<void> {
	for (let copy = 1; copy < copies; copy++)
		await store.command(
			`INSERT INTO otel_traces SELECT * REPLACE (
				Timestamp + toIntervalHour({copy: UInt32}) AS Timestamp,
				lower(hex(sipHash128(TraceId, {copy: UInt32}))) AS TraceId,
				mapApply((k, v) -> (k, if(k = {task: String}, concat(v, '/', toString({copy: UInt32})), v)), SpanAttributes) AS SpanAttributes
			) FROM (SELECT * FROM otel_traces WHERE Timestamp < toDateTime64({until: String}, 9))`,
			{ copy, task: ATTR.taskId, until: "2026-06-01 01:00:00" },
		);
}

/** Seconds on the clock, and of processor time of all threads, the engine's included. */
async function measure<Result>(
	what: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly seconds: number; readonly cpu: number }> {
	const [started, before] = [performance.now(), process.cpuUsage()];
	const result = await what();
	const { user, system } = process.cpuUsage(before);
	return { result, seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
}

const { store, discard } = await openTemporaryStore();
try {
	const runs = drawRuns();
	for (let at = 0; at < runs.length; at += 200)
		await store.insert(
			"otel_traces",
			runs.slice(at, at + 200).flatMap((run, index) => rowsOf(run, at + index)),
		);
	const spans = runs.reduce((sum, run) => sum + run.spans.length + 1, 0);
	await multiply(store, Math.max(1, Math.round(Number(values.spans) / spans)));
	const [stored] = await store.query<{ spans: string; runs: string; failed: string; bytes: string }>(
		"SELECT (SELECT count() FROM steps) AS spans, count() AS runs, countIf(outcome = 'fail') AS failed, (SELECT sum(length(input) + length(output)) FROM steps) AS bytes FROM runs",
	);
	const all = Number(stored?.spans ?? 0);
	console.error(`stored ${all.toLocaleString("en")} spans of ${stored?.runs} runs, ${stored?.failed} failed`);

	const few = await readRuns(
		store,
		{},
		{ limit: Math.round((Number(values.alternative) / all) * Number(stored?.runs)) },
	);
	const fewSpans = few.reduce((sum, run) => sum + run.spans.length + 1, 0);
	const slow = await measure(async () => {
		for (const { judgement } of judgePipelines(few, { scorers: builtInScorers }))
			await writeResults(store, judgementRows(judgement, builtInScorers));
	});
	await store.command("TRUNCATE TABLE verdicts");
	await store.command("TRUNCATE TABLE step_verdicts");
	await store.command("TRUNCATE TABLE scores");

	let peak = 0;
	const watch = setInterval(() => {
		peak = Math.max(peak, process.memoryUsage.rss());
	}, 100);
	const fast = await measure(() =>
		evaluateStored(
			store,
			{},
			{ onProgress: (done, total) => console.error(`evaluated ${done} of ${total} runs`) },
		),
	);
	clearInterval(watch);
	const scored = fast.result.reduce((sum, one) => sum + one.scored, 0);
	const row = (label: string, n: number, { seconds, cpu }: { seconds: number; cpu: number }): string =>
		`| ${label} | ${n.toLocaleString("en")} | ${seconds.toFixed(1)} | ${cpu.toFixed(1)} | ${Math.round(n / cpu).toLocaleString("en")} | ${(n / cpu / (fewSpans / slow.cpu)).toFixed(1)} |`;
	const report = [
		"# Evaluating what is stored",
		"",
		`\`npm run bench:evaluate -- --spans ${values.spans} --alternative ${values.alternative} --pipelines ${values.pipelines}\`, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB. Simulated pipelines, a healthy and a faulty deploy of each, ${Math.round(Number(stored?.bytes) / all)} bytes of content a span; reading, judging and writing included, and the engine in the same process.`,
		"",
		"| | spans | seconds | seconds of CPU | spans per second of CPU | ratio |",
		"|---|---|---|---|---|---|",
		row("every run read and judged in one thread", fewSpans, slow),
		row("a judge that learned from some judges all that may have failed", all, fast),
		"",
		`Of ${Number(stored?.runs).toLocaleString("en")} runs ${Number(stored?.failed).toLocaleString("en")} failed; ${scored.toLocaleString("en")} were read and scored step by step. Largest resident memory of the process, engine and threads included: ${(peak / 2 ** 30).toFixed(2)} GB.`,
		"",
	].join("\n");
	await writeFile(values.output, report);
	console.log(report);
} finally {
	await discard();
}
