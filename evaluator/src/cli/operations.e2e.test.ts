import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { migrate, openStore } from "@faultline/collector";
import { insertRuns } from "../testing/insert-runs.ts";
import { type CommandResult, runFaultline } from "../testing/run-faultline.ts";

let folder: string;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-operations-"));
	const store = await openStore({ dataDir: join(folder, "data") });
	await migrate(store);
	await insertRuns(store, { prefix: "aa", count: 300, startMs: Date.now() - 600_000 });
	// One service that says next to nothing about itself, and a model call that no rule knows.
	await store.insert("otel_traces", [
		{
			Timestamp: String(Date.now() / 1000 - 300),
			TraceId: "f".repeat(32),
			SpanId: "1".repeat(16),
			ParentSpanId: "2".repeat(16),
			SpanName: "ask",
			ServiceName: "legacy",
			SpanAttributes: { "llm.vendor": "acme" },
			Duration: "5",
		},
	]);
	await store.close();
});
after(async () => await rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<CommandResult> => runFaultline(args, folder);

it("doctor reads a real database: what is there, what is missing, what it costs; --json is one document; 1 says that something is to be mended", async () => {
	const { code, out } = await run(
		"doctor",
		"--data-dir",
		"data",
		"--json",
		"--otlp",
		"http://127.0.0.1:59998",
	);
	const { findings } = JSON.parse(out) as {
		findings: { name: string; level: string; text: string; mend: string | null }[];
	};
	const of = (name: string): { level: string; text: string } | undefined =>
		findings.find((one) => one.name === name);
	assert.equal(code, 1);
	assert.equal(of("schema")?.level, "ok");
	assert.equal(of("clock")?.level, "ok");
	assert.match(of("spans")?.text ?? "", /^1,201 spans of 301 traces/);
	assert.match(of("steps")?.text ?? "", /^900 steps in 300 runs, 3\.0 a run/);
	assert.equal(of("otlp")?.level, "warn");
	assert.match(of("unmapped spans")?.text ?? "", /legacy: ask \(1\)/);
	assert.match(of("service version")?.text ?? "", /legacy 100 %/);
	assert.equal(of("evaluator")?.level, "bad");
	assert.match(of("storage")?.text ?? "", /^\d+ bytes a span.*30 days of spans/);
	for (const { name, level, mend } of findings)
		if (level === "bad" || level === "warn") assert.ok(mend, name);
});

it("doctor for people ends with a verdict; wrong use is told", async () => {
	const { out } = await run("doctor", "--data-dir", "data");
	assert.match(out, /✗ service version +0 % of the spans say no service\.version/);
	assert.match(out, /\n\d+ to mend, \d+ to better\n$/);
	const wrong = await run("doctor", "--disk-price", "cheap");
	assert.deepEqual(
		[wrong.code, wrong.err],
		[64, 'faultline: --disk-price is "cheap"; give a price such as 0.1\n'],
	);
});

it("dashboards build writes what the configuration asks for, and --check says where a folder differs", async () => {
	const config = (success: number): string =>
		`export default { pipelines: { shop: { run: () => 1 } }, alerts: { objectives: { shop: { success: ${success} } }, pageUrl: "https://faultline.example" } };\n`;
	await writeFile(join(folder, "faultline.config.mjs"), config(0.98));
	const built = await run("dashboards", "build", "--out", "grafana", "--json");
	assert.equal(built.code, 0, built.err);
	const { files } = JSON.parse(built.out) as { files: string[] };
	assert.equal(files.filter((path) => path.startsWith("dashboards/")).length, 6);
	const rules = await readFile(join(folder, "grafana/provisioning/alerting/faultline.yaml"), "utf8");
	assert.match(rules, /transform\(pipeline, \['shop'\], \[0\.02\]/);
	assert.match(rules, /runbook_url: https:\/\/faultline\.example\//);

	assert.equal((await run("dashboards", "build", "--out", "grafana", "--check")).code, 0);
	await writeFile(join(folder, "faultline.config.mjs"), config(0.9));
	const stale = await run("dashboards", "build", "--out", "grafana", "--check");
	assert.equal(stale.code, 1);
	assert.match(stale.out, /differs: grafana\/provisioning\/alerting\/faultline\.yaml/);

	await writeFile(join(folder, "faultline.config.mjs"), config(98));
	const wrong = await run("dashboards", "build");
	assert.equal(wrong.code, 64);
	assert.match(wrong.err, /alerts: objectives\["shop"\]\.success is 98; give a share between 0 and 1/);
	await rm(join(folder, "faultline.config.mjs"));
});

it("dashboards push needs an address and a token", async () => {
	const none = await run("dashboards", "push");
	assert.deepEqual([none.code, /--grafana URL/.test(none.err)], [64, true]);
	const token = await run("dashboards", "push", "--grafana", "http://127.0.0.1:3000");
	assert.deepEqual([token.code, /GRAFANA_TOKEN/.test(token.err)], [64, true]);
});

it("evaluate --watch refuses shares that cannot be", async () => {
	for (const [args, message] of [
		[["--copies", "2", "--copy", "2"], /--copy is "2"; with 2 copies give a number from 0 to 1/],
		[["--listen", "9464"], /--listen is "9464"; give HOST:PORT/],
		[["--lookback", "2026-01-01"], /--lookback is "2026-01-01"; give an age/],
	] as const) {
		const { code, err } = await run("evaluate", "--watch", "--data-dir", "data", ...args);
		assert.equal(code, 64);
		assert.match(err, message);
	}
});
