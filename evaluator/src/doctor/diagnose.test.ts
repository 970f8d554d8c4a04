import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diagnose } from "./diagnose.ts";
import type { Arrived, Facts, ServiceFacts } from "./facts.ts";
import { planStorage, size } from "./storage-findings.ts";

const NOW = Date.parse("2026-05-01T12:00:00Z");
const DAY_MS = 86_400_000;

const SERVICE: ServiceFacts = {
	service: "shop",
	spans: 10_000,
	steps: 6_000,
	withoutVersion: 0,
	withoutContent: 0,
	cut: 0,
	withoutServiceVersion: 0,
	withoutEnvironment: 0,
};
const ARRIVED: Arrived = {
	spans: 10_000,
	traces: 1_000,
	tracesWithRoot: 1_000,
	newestMs: NOW - 10_000,
	lagP95S: 4,
	ahead: 0,
	backwards: 0,
	sampled: 0,
	services: [SERVICE],
	unmapped: [],
	runs: { runs: 1_000, stated: 1_000, settled: 990, waiting: 0, waitingSinceMs: null },
	storage: [
		{ table: "otel_traces", rows: 20_000, bytes: 20_000_000, parts: 4, ttlDays: 30 },
		{ table: "steps", rows: 20_000, bytes: 10_000_000, parts: 4, ttlDays: 30 },
		{ table: "scores", rows: 90_000, bytes: 4_000_000, parts: 2, ttlDays: 180 },
	],
};
const HEALTHY: Facts = {
	nodeVersion: "24.21.0",
	server: { version: "26.8.20.9", clockAheadMs: 12, roundTripMs: 3, freeBytes: 80e9, freeShare: 0.4 },
	schema: { missing: [], unknown: [], noTables: false },
	otlp: { url: "http://127.0.0.1:4318", error: null },
	range: { sinceMs: NOW - DAY_MS, untilMs: NOW },
	arrived: ARRIVED,
	samplerVariable: null,
};
const OPTIONS = { nowMs: NOW, pricePerGbMonth: 0.1 };
const withArrived = (change: Partial<Arrived>): Facts => ({ ...HEALTHY, arrived: { ...ARRIVED, ...change } });
const withService = (change: Partial<ServiceFacts>): Facts =>
	withArrived({ services: [{ ...SERVICE, ...change }] });

it("has nothing to say against a healthy set-up", () => {
	const findings = diagnose(HEALTHY, OPTIONS);
	assert.deepEqual(
		findings.filter(({ level }) => level !== "ok"),
		[],
	);
	assert.ok(findings.length >= 15);
});

const cases: readonly (readonly [string, Facts, string, "bad" | "warn" | "unknown", RegExp])[] = [
	["an old Node", { ...HEALTHY, nodeVersion: "20.1.0" }, "node", "bad", /20\.1\.0 is too old/],
	[
		"an old ClickHouse",
		{ ...HEALTHY, server: { ...HEALTHY.server, version: "25.8.1" } },
		"clickhouse",
		"bad",
		/older than 26\.2/,
	],
	[
		"a wrong clock",
		{ ...HEALTHY, server: { ...HEALTHY.server, clockAheadMs: -90_000 } },
		"clock",
		"bad",
		/90 s behind/,
	],
	[
		"a slow way",
		{ ...HEALTHY, server: { ...HEALTHY.server, roundTripMs: 900 } },
		"connection",
		"warn",
		/900 ms/,
	],
	[
		"no tables",
		{ ...HEALTHY, schema: { missing: [], unknown: [], noTables: true } },
		"schema",
		"bad",
		/not there/,
	],
	[
		"an old schema",
		{ ...HEALTHY, schema: { missing: ["0009-x.sql"], unknown: [], noTables: false } },
		"schema",
		"bad",
		/0009-x\.sql not applied/,
	],
	[
		"a newer schema",
		{ ...HEALTHY, schema: { missing: [], unknown: ["0099-y.sql"], noTables: false } },
		"schema",
		"bad",
		/newer Faultline/,
	],
	[
		"no receiver",
		{ ...HEALTHY, otlp: { url: "http://x", error: "refused" } },
		"otlp",
		"warn",
		/does not take spans: refused/,
	],
	["no span", withArrived({ spans: 0 }), "spans", "bad", /no span arrived/],
	["silence", withArrived({ newestMs: NOW - 3 * 3_600_000 }), "spans", "warn", /180 minutes old/],
	["late spans", withArrived({ lagP95S: 300 }), "ingest lag", "warn", /within 300\.0 s/],
	["spans from the future", withArrived({ ahead: 7 }), "span times", "warn", /7 of 10,000 spans/],
	["sampled spans", withArrived({ sampled: 10_000 }), "sampling", "warn", /100 % of the spans/],
	[
		"rootless traces",
		withArrived({ tracesWithRoot: 900 }),
		"sampling",
		"warn",
		/100 of 1,000 traces have no root/,
	],
	[
		"a sampler",
		{ ...HEALTHY, samplerVariable: "traceidratio" },
		"sampling",
		"warn",
		/OTEL_TRACES_SAMPLER is traceidratio/,
	],
	[
		"unmapped spans",
		withArrived({ unmapped: [{ service: "shop", span: "llm.call", spans: 50, names: ["llm.model_name"] }] }),
		"unmapped spans",
		"warn",
		/shop: llm\.call \(50\)/,
	],
	["no steps", withService({ steps: 0 }), "steps", "bad", /no span is a step/],
	["one step a run", withService({ steps: 1_000 }), "steps", "warn", /1\.0 a run/],
	[
		"missing versions",
		withService({ withoutVersion: 3_000 }),
		"component versions",
		"warn",
		/50 % .*shop 50 %/,
	],
	[
		"no service.version",
		withService({ withoutServiceVersion: 10_000 }),
		"service version",
		"bad",
		/100 % of the spans/,
	],
	[
		"no environment",
		withService({ withoutEnvironment: 10_000 }),
		"service version",
		"warn",
		/deployment\.environment\.name/,
	],
	["no content", withService({ withoutContent: 6_000 }), "content", "warn", /neither input nor output/],
	["cut content", withService({ cut: 600 }), "cut content", "warn", /10 % of the steps are cut/],
	[
		"no outcomes",
		withArrived({ runs: { ...ARRIVED.runs, stated: 10 } }),
		"outcomes",
		"warn",
		/1 % of 1,000 runs/,
	],
	[
		"a late evaluator",
		withArrived({ runs: { ...ARRIVED.runs, waiting: 90, waitingSinceMs: NOW - 900_000 } }),
		"evaluator",
		"warn",
		/90 of 990 .*15 minutes old/,
	],
	[
		"no evaluator",
		withArrived({ runs: { ...ARRIVED.runs, waiting: 900, waitingSinceMs: NOW - 900_000 } }),
		"evaluator",
		"bad",
		/900 of 990/,
	],
	[
		"nothing settled",
		withArrived({ runs: { ...ARRIVED.runs, settled: 0 } }),
		"evaluator",
		"unknown",
		/long enough ago/,
	],
	["a full disk", { ...HEALTHY, server: { ...HEALTHY.server, freeShare: 0.04 } }, "disk", "bad", /4 %/],
	[
		"a disk that will be full",
		{ ...HEALTHY, server: { ...HEALTHY.server, freeBytes: 1e8 } },
		"disk",
		"warn",
		/more will be needed/,
	],
	[
		"unknown disks",
		{ ...HEALTHY, server: { ...HEALTHY.server, freeBytes: null, freeShare: null } },
		"disk",
		"unknown",
		/does not say/,
	],
	[
		"many parts",
		withArrived({ storage: [{ table: "steps", rows: 5, bytes: 5, parts: 900, ttlDays: 30 }] }),
		"parts",
		"warn",
		/steps is in 900 parts/,
	],
];
describe("diagnose", () => {
	for (const [what, facts, name, level, text] of cases) {
		it(`tells ${what}, and what to do`, () => {
			const finding = diagnose(facts, OPTIONS).find((one) => one.name === name);
			assert.equal(finding?.level, level);
			assert.match(finding?.text ?? "", text);
			if (level !== "unknown") assert.ok((finding?.mend ?? "").length > 10, "no mend");
		});
	}
});

it("plans the storage from what is on disk", () => {
	const plan = planStorage(HEALTHY, ARRIVED, 0.1);
	// 1000 + 500 + 200 bytes a span; 10,000 spans a day; 30, 30 and 180 days.
	assert.equal(plan?.bytesPerSpan, 1_700);
	assert.equal(plan?.bytesPerDay, 17_000_000);
	assert.equal(plan?.bytesInTheEnd, 10_000 * (1_000 * 30 + 500 * 30 + 200 * 180));
	assert.ok(Math.abs((plan?.pricePerMonth ?? 0) - 0.081) < 1e-9);
	assert.equal(planStorage(HEALTHY, { ...ARRIVED, storage: [] }, 0.1), null);
	assert.deepEqual([0, 999, 1_500, 2.5e6, 3e9, 4e13].map(size), [
		"0 B",
		"999 B",
		"1.5 kB",
		"2.5 MB",
		"3.0 GB",
		"40.0 TB",
	]);
});
