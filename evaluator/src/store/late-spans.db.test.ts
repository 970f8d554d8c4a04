import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { insertTraces, migrate, openStore, type Store, type TraceRow } from "@faultline/collector";
import { countStepHours } from "./count-step-hours.ts";
import { readRuns } from "./read-runs.ts";
import { readHazards } from "./read-verdicts.ts";
import { EVALUATOR } from "./result-rows.ts";
import { unjudgedTraces } from "./unjudged-traces.ts";

let store: Store;
let dataDir: string;
before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-late-"));
	store = await openStore({ dataDir });
	await migrate(store);
});
after(async () => {
	await store.close();
	await rm(dataDir, { recursive: true, force: true });
});

const startMs = Date.now() - 60_000;

function span(traceId: string, index: number, fields: Partial<TraceRow> = {}): TraceRow {
	return {
		Timestamp: ((startMs + index) / 1000).toFixed(9),
		TraceId: traceId.padStart(32, "0"),
		SpanId: (index + 1).toString(16).padStart(16, "0"),
		ParentSpanId: index === 0 ? "" : "1".padStart(16, "0"),
		TraceState: "",
		SpanName: index === 0 ? "answer" : `step ${index % 7}`,
		SpanKind: "Internal",
		ServiceName: "docs",
		ResourceAttributes: {},
		ScopeName: "",
		ScopeVersion: "",
		SpanAttributes: index === 0 ? { "faultline.pipeline": "answer" } : { "faultline.step.kind": "custom" },
		Duration: "20000000000",
		StatusCode: "Unset",
		StatusMessage: "",
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
		...fields,
	};
}

const stepVerdict = (run: string, step: string, version: string, broke: number): object => ({
	trace_id: run,
	evaluator: EVALUATOR,
	pipeline: "answer",
	service_version: "1",
	run_start: (startMs / 1000).toFixed(9),
	step,
	kind: "custom",
	component_version: version,
	reached: 1,
	broke,
});

test("a run is judged when it has settled, and once more when spans come late", async () => {
	const traceId = "a".padStart(32, "0");
	const settled = async (afterMs: number): Promise<string[]> =>
		await unjudgedTraces(store, startMs - 3_600_000, Date.now() + afterMs);
	const judge = (): Promise<void> =>
		store.insert("verdicts", [
			{ trace_id: traceId, evaluator: EVALUATOR, run_start: (startMs / 1000).toFixed(9) },
		]);
	await insertTraces(store, [span("a", 1), span("a", 2)]);
	assert.deepEqual(await settled(60_000), [], "its root has not come yet");
	await insertTraces(store, [span("a", 0)]);
	assert.deepEqual(await settled(-5_000), [], "spans came a moment ago");
	assert.deepEqual(await settled(5_000), [traceId]);
	// An evaluator waits until a run has settled, so its verdict is seconds younger than the spans.
	await new Promise((resolve) => setTimeout(resolve, 1_100));
	await judge();
	assert.deepEqual(await settled(5_000), []);
	await insertTraces(store, [span("a", 3)]);
	assert.deepEqual(await settled(-5_000), [], "more may follow");
	assert.deepEqual(await settled(5_000), [traceId]);
	const [run] = await readRuns(store, { traceIds: [traceId] });
	assert.equal(run?.spans.length, 3);
	await new Promise((resolve) => setTimeout(resolve, 1_100));
	await judge();
	assert.deepEqual(await settled(5_000), []);
});

test("a run of 10,000 spans that came in any order, some of them twice, is read whole and in order", async () => {
	const rows = Array.from({ length: 10_001 }, (_, index) => span("b", index));
	const mixed = rows
		.map((row, index) => ({ row, at: (index * 7_919) % 10_001 }))
		.sort((a, b) => a.at - b.at)
		.map(({ row }) => row);
	for (let at = 0; at < mixed.length; at += 2_000)
		await insertTraces(store, [...mixed.slice(at, at + 2_000), ...mixed.slice(0, 100)]);
	const [run] = await readRuns(store, { traceIds: ["b".padStart(32, "0")] });
	assert.equal(run?.pipeline, "answer");
	assert.deepEqual(
		run?.spans.map((each) => each.spanId),
		rows.slice(1).map((row) => row.SpanId),
	);
});

test("hours are counted anew: judging again replaces, what is no more becomes nothing, other evaluators do not count", async () => {
	const range = { sinceMs: startMs - 1, untilMs: startMs + 1 };
	const count = (): Promise<void> => countStepHours(store, [startMs * 1000], EVALUATOR);
	const read = async (): Promise<unknown> =>
		(await readHazards(store, range)).map(({ step, executions, reached, broke, versions }) => [
			step,
			executions,
			reached,
			broke,
			versions,
		]);
	await store.insert("step_verdicts", [
		stepVerdict("c", "search", "1", 0.25),
		stepVerdict("d", "search", "1", 0.5),
		stepVerdict("d", "render", "7", 0),
		{ ...stepVerdict("e", "search", "1", 1), evaluator: "other" },
		{ ...stepVerdict("f", "search", "1", 1), eval_id: "e1" },
	]);
	await count();
	await count();
	assert.deepEqual(await read(), [
		["search", 2, 2, 0.75, ["1"]],
		["render", 1, 1, 0, ["7"]],
	]);
	await store.insert("step_verdicts", [
		stepVerdict("d", "search", "2", 0),
		stepVerdict("d", "render", "8", 1),
	]);
	await count();
	assert.deepEqual(await read(), [
		["render", 1, 1, 1, ["8"]],
		["search", 2, 2, 0.25, ["1", "2"]],
	]);
});
