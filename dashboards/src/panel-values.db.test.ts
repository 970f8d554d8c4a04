import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { insertTraces, openStore, type Store, type TraceRow } from "@faultline/collector";
import { provisioningFiles } from "./provisioning.ts";
import { expandBackend, expandFrontend, type QueryRange, type Variables } from "./testing/expand-macros.ts";
import { type DashboardFile, queryPanels } from "./testing/grafana-files.ts";
import { PIPELINE, seedStore } from "./testing/seed-store.ts";

const lastMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const range: QueryRange = { fromMs: lastMs - 2 * 3_600_000, toMs: lastMs + 60_000, intervalMs: 60_000 };
const all: Variables = {
	datasource: "x",
	page: "http://page",
	pipeline: PIPELINE,
	service_version: "$__all",
	step: "build_prompt",
	baseline: "1",
	candidate: "2",
	judge_service: "faultline-evaluator",
	price_in: "2",
	price_out: "8",
};

/** 30 runs of version 1, none of which fails, then 30 of version 2, of which 15 break at `build_prompt`. */
let store: Store;
let dataDir: string;
before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-values-"));
	store = await openStore({ dataDir });
	await seedStore(store, { healthy: 30, broken: 30, lastMs });
	await addJudge(store);
});
after(async () => {
	await store.close();
	await rm(dataDir, { recursive: true, force: true });
});

type Row = Record<string, unknown>;
async function rowsOf(
	uid: string,
	title: string,
	{ at = range, with: more = {} }: { at?: QueryRange; with?: Variables } = {},
): Promise<Row[]> {
	const file = JSON.parse(provisioningFiles().get(`dashboards/${uid}.json`) ?? "") as DashboardFile;
	const panel = queryPanels(file).find((one) => one.title === title);
	assert.ok(panel !== undefined, title);
	const sql = panel.targets?.[0]?.rawSql ?? "";
	return await store.query<Row>(expandBackend(expandFrontend(sql, { ...all, ...more }), at));
}
const near = (actual: unknown, expected: number, within = 1e-6): void =>
	assert.ok(Math.abs(Number(actual) - expected) <= within, `${actual} is not ${expected}`);

describe("deploy comparison", () => {
	const uid = "faultline-deploy-comparison";

	it("shows both rates, and Newcombe's interval of their difference", async () => {
		near((await rowsOf(uid, "Baseline fails"))[0]?.["failure_rate"], 0);
		near((await rowsOf(uid, "Candidate fails"))[0]?.["failure_rate"], 0.5);
		// Newcombe's method 10 by hand from Wilson's intervals [0, 0.11351] of 0 in 30 and [0.33154, 0.66846] of 15 in 30.
		near((await rowsOf(uid, "At least"))[0]?.["difference"], 0.5 - Math.hypot(0.5 - 0.33154, 0.11351), 1e-4);
		near((await rowsOf(uid, "At most"))[0]?.["difference"], 0.5 + Math.hypot(0.66846 - 0.5, 0), 1e-4);
	});

	it("gives the whole change to the step that broke", async () => {
		const rows = await rowsOf(uid, "Hazard by step, before and after");
		assert.equal(rows[0]?.["step"], "build_prompt");
		near(rows[0]?.["difference"], 0.5);
		near(rows[0]?.["share_of_change"], 1);
		assert.ok(Number(rows[0]?.["low"]) > 0.25);
		for (const row of rows.slice(1)) near(row["share_of_change"], 0);
		assert.deepEqual(
			[rows[0]?.["baseline_versions"], rows[0]?.["candidate_versions"], rows[0]?.["version"]],
			["1", "2", "changed"],
		);
	});

	it("finds the check that fell", async () => {
		const rows = await rowsOf(uid, "Checks that fell");
		const fallen = rows.find(({ check }) => check === "content-kept");
		assert.equal(fallen?.["step"], "build_prompt");
		near(fallen?.["fell_by"], 0.45);
	});
});

describe("step detail", () => {
	const uid = "faultline-step-detail";

	it("shows the hazard of the chosen step alone", async () => {
		near((await rowsOf(uid, "Hazard"))[0]?.["hazard"], 0.25);
		near((await rowsOf(uid, "Hazard", { with: { step: "model" } }))[0]?.["hazard"], 0);
		near((await rowsOf(uid, "Runs that arrived intact"))[0]?.["arrived_runs"], 60);
		near(
			(await rowsOf(uid, "Runs that arrived intact", { with: { step: "model" } }))[0]?.["arrived_runs"],
			45,
		);
		assert.equal((await rowsOf(uid, "Newest runs that broke here")).length, 15);
	});

	it("takes out of a step's time what spans inside it cover: side by side once, and not past its end", async () => {
		// An agent of 100 ms; inside it two steps from 10 to 40 and from 30 to 60, and one from 90 to 150 that outlives it: 40 ms are its own.
		await insertTraces(store, nestedRun(lastMs - 7_000_000));
		const at = { ...range, fromMs: lastMs - 7_010_000, toMs: lastMs - 6_990_000 };
		const [row] = await rowsOf(uid, "Self time and time inside", { at, with: { step: "planner" } });
		near(row?.["self"], 40, 1e-3);
		near(row?.["inside"], 60, 1e-3);
		near((await rowsOf(uid, "Self time", { at, with: { step: "planner" } }))[0]?.["self_share"], 0.4, 1e-5);
	});
});

describe("judge", () => {
	const uid = "faultline-judge";

	it("compares the judge with people: sensitivity, specificity, κ", async () => {
		// Of 40 rated runs people pass 30, of which the judge passes 27; it fails 8 of the 10 others. κ = (0.875 − 0.5938) / (1 − 0.5938).
		const [row] = await rowsOf(uid, "Judges against people");
		assert.deepEqual([row?.["passed_runs"], row?.["failed_runs"]], ["30", "10"]);
		near(row?.["sensitivity"], 0.9);
		near(row?.["specificity"], 0.8);
		const agreed = 35 / 40;
		const chance = (30 / 40) * (29 / 40) + (10 / 40) * (11 / 40);
		near(row?.["kappa"], (agreed - chance) / (1 - chance));
		near((await rowsOf(uid, "Agrees with people"))[0]?.["agreement"], agreed);
	});

	it("counts scores without an answer, and takes them out of the mean", async () => {
		near((await rowsOf(uid, "Without an answer"))[0]?.["null_share"], 20 / 60);
		const [row] = await rowsOf(uid, "Judges");
		assert.equal(row?.["scores"], "60");
		near(row?.["mean"], (29 * 0.9 + 11 * 0.1) / 40);
	});

	it("prices the tokens of the judge's own calls", async () => {
		near((await rowsOf(uid, "Cost"))[0]?.["dollars"], (10 * (1000 * 2 + 100 * 8)) / 1e6);
	});
});

describe("behaviour", () => {
	it("measures how far inputs of the range lie from those before it", async () => {
		await store.command("TRUNCATE TABLE runs");
		const from = lastMs - 3_600_000;
		const insert = (startMs: number, length: number, count: number): Promise<void> =>
			store.insert(
				"runs",
				Array.from({ length: count }, (_, index) => ({
					trace_id: `${startMs}-${index}`,
					pipeline: PIPELINE,
					start_time: ((startMs + index) / 1000).toFixed(3),
					duration_ns: "1000000",
					input: "x".repeat(length + (index % 10)),
				})),
			);
		await insert(from - 1_800_000, 10, 100);
		await insert(from + 1_800_000, 10, 50);
		await insert(from + 1_900_000, 100, 50);
		const at = { ...range, fromMs: from, toMs: lastMs };
		const rows = await rowsOf("faultline-behaviour", "What is asked and answered, now and before", { at });
		const length = rows.find(({ quantity }) => quantity === "input: characters");
		near(length?.["distance"], 0.5);
		assert.ok(Number(length?.["p"]) < 1e-6);
		const duration = rows.find(({ quantity }) => quantity === "duration: ms");
		near(duration?.["distance"], 0);
		// Without a past, or without a present, there is nothing to compare, and no error.
		for (const [fromMs, toMs] of [
			[from - 3_600_000, lastMs],
			[lastMs - 60_000, lastMs + 3_000_000],
		] as const) {
			const none = await rowsOf("faultline-behaviour", "What is asked and answered, now and before", {
				at: { ...range, fromMs, toMs },
			});
			assert.deepEqual(none, []);
		}
	});
});

describe("health", () => {
	it("counts runs that wait for a verdict", async () => {
		const [row] = await rowsOf("faultline-health", "Runs without a verdict", {
			at: { ...range, toMs: lastMs + 600_000 },
		});
		// The runs of the test before this one: nobody judged them.
		assert.equal(row?.["waiting"], "200");
	});
});

/** A judge's scores of all 60 runs, a person's rating of 40, and ten calls of the judge's own. */
async function addJudge(into: Store): Promise<void> {
	const ids = Array.from({ length: 60 }, (_, index) => (index + 1).toString(16).padStart(32, "0"));
	// 30 that people pass, of which 27 get 0.9; ten that people fail, of which 8 get 0.1; twenty without an answer.
	const value = (index: number): number | null => {
		if (index >= 40) return null;
		return index < 27 || index >= 38 ? 0.9 : 0.1;
	};
	const start = (index: number): string => ((lastMs - (59 - index) * 20_000) / 1000).toFixed(3);
	await into.insert(
		"scores",
		ids.map((trace_id, index) => ({
			trace_id,
			scorer: "answer-correct",
			scorer_version: "1",
			sort: "inherited",
			source: "judge",
			value: value(index),
			run_start: start(index),
		})),
	);
	await into.insert(
		"ratings",
		ids
			.slice(0, 40)
			.map((trace_id, index) => ({ trace_id, rater: "ann", rating: index < 30 ? "pass" : "fail" })),
	);
	await insertTraces(
		into,
		Array.from({ length: 10 }, (_, index) =>
			spanOf({
				traceId: `aa${index}`.padEnd(32, "0"),
				spanId: "1",
				startMs: lastMs - index * 1000,
				service: "faultline-evaluator",
				attributes: {
					"gen_ai.operation.name": "chat",
					"gen_ai.usage.input_tokens": "1000",
					"gen_ai.usage.output_tokens": "100",
					"faultline.eval.id": "faultline-evaluator",
				},
			}),
		),
	);
}

function nestedRun(startMs: number): TraceRow[] {
	const traceId = "bb".padEnd(32, "0");
	const step = (
		spanId: string,
		parent: string,
		from: number,
		to: number,
		name: string,
		kind: string,
	): TraceRow =>
		spanOf({
			traceId,
			spanId,
			parent,
			startMs: startMs + from,
			durationMs: to - from,
			service: "docs",
			attributes: { "faultline.step.name": name, "faultline.step.kind": kind },
		});
	return [
		spanOf({
			traceId,
			spanId: "1",
			startMs,
			durationMs: 200,
			service: "docs",
			attributes: { "faultline.pipeline": PIPELINE },
		}),
		step("2", "1", 0, 100, "planner", "agent"),
		step("3", "2", 10, 40, "tool_a", "tool_call"),
		step("4", "2", 30, 60, "tool_b", "tool_call"),
		step("5", "2", 90, 150, "tool_c", "tool_call"),
	];
}

function spanOf(span: {
	readonly traceId: string;
	readonly spanId: string;
	readonly parent?: string;
	readonly startMs: number;
	readonly durationMs?: number;
	readonly service: string;
	readonly attributes: Record<string, string>;
}): TraceRow {
	return {
		Timestamp: (span.startMs / 1000).toFixed(9),
		TraceId: span.traceId,
		SpanId: span.spanId.padStart(16, "0"),
		ParentSpanId: span.parent === undefined ? "" : span.parent.padStart(16, "0"),
		TraceState: "",
		SpanName: "span",
		SpanKind: "Internal",
		ServiceName: span.service,
		ResourceAttributes: {},
		ScopeName: "test",
		ScopeVersion: "1",
		SpanAttributes: span.attributes,
		Duration: String((span.durationMs ?? 1) * 1e6),
		StatusCode: "Unset",
		StatusMessage: "",
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
	};
}
