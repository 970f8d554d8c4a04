/**
 * What the dashboards and alert rules cost: the demonstration's database copied many times over seven days, and every query of every panel and
 * rule asked of it, with the data source's macros expanded. `npm run bench:dashboards -- --copies 60` (default) makes about 13,000 runs.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore, type Store } from "@faultline/collector";
import { alertGroups, dashboards } from "@faultline/dashboards";
import { expandBackend, expandFrontend, type QueryRange } from "../dashboards/src/testing/expand-macros.ts";

const { values } = parseArgs({ options: { copies: { type: "string", default: "60" } } });
const copies = Number(values.copies);
const DAYS = 7;
/** Memory that a panel may take; see deploy/clickhouse/users.xml. */
const LIMITS = "SETTINGS max_memory_usage = 1000000000, max_execution_time = 60";
const VARIABLES = {
	datasource: "x",
	page: "http://page",
	pipeline: "docs-answer",
	service_version: "$__all",
	step: "package_info",
	baseline: "1.4.0",
	candidate: "1.5.0",
	judge_service: "faultline-evaluator",
	price_in: "0.15",
	price_out: "0.60",
};

interface Timing {
	readonly name: string;
	readonly ms: number;
	readonly error: string | null;
}

const dataDir = await mkdtemp(join(tmpdir(), "faultline-bench-"));
try {
	await runDemo(dataDir);
	await using store = await openStore({ dataDir });
	for (const table of ["otel_traces", "scores", "verdicts", "step_verdicts"]) await copy(store, table);
	const [size] = await store.query<{ runs: string; spans: string; scores: string }>(
		"SELECT (SELECT count() FROM runs) AS runs, (SELECT count() FROM steps) AS spans, (SELECT count() FROM scores) AS scores",
	);
	console.log(`${size?.runs} runs, ${size?.spans} spans, ${size?.scores} scores over ${DAYS} days`);
	const now = Date.now();
	const week: QueryRange = { fromMs: now - DAYS * 86_400_000, toMs: now, intervalMs: 600_000 };
	const timings: Timing[] = [];
	for (const dashboard of dashboards()) {
		const list = (dashboard.panels ?? []) as unknown as readonly {
			title?: string;
			targets?: readonly { rawSql: string }[];
		}[];
		for (const { title, targets } of list) {
			const sql = targets?.[0]?.rawSql;
			if (sql !== undefined)
				timings.push(
					await time(
						store,
						`${dashboard.title}: ${title}`,
						expandBackend(expandFrontend(sql, VARIABLES), week),
					),
				);
		}
	}
	show("panels over seven days", timings);
	const rules: Timing[] = [];
	for (const rule of alertGroups().flatMap((group) => group.rules)) {
		for (const { refId, model, relativeTimeRange } of rule.data) {
			if (!("rawSql" in model)) continue;
			const range = {
				fromMs: now - relativeTimeRange.from * 1000,
				toMs: now - relativeTimeRange.to * 1000,
				intervalMs: 60_000,
			};
			rules.push(await time(store, `${rule.title}: ${refId}`, expandBackend(model.rawSql, range)));
		}
	}
	show("queries of alert rules", rules);
} finally {
	await rm(dataDir, { recursive: true, force: true });
}

async function runDemo(folder: string): Promise<void> {
	const cli = join(import.meta.dirname, "../evaluator/bin/faultline.js");
	const child = spawn(
		process.execPath,
		["--conditions=source", cli, "demo", "--repeats", "1", "--data-dir", folder],
		{ stdio: "ignore" },
	);
	const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
	if (code !== 0 && code !== 1) throw new Error(`faultline demo ended with ${code}`);
}

/** The same rows under other trace ids, spread evenly over the days before. */
async function copy(store: Store, table: string): Promise<void> {
	const trace = table === "otel_traces" ? "TraceId" : "trace_id";
	const at = table === "otel_traces" ? "Timestamp" : "run_start";
	const started = Date.now();
	const CHUNK = 4;
	for (let from = 1; from <= copies; from += CHUNK) {
		await store.command(
			`INSERT INTO ${table}
SELECT * REPLACE (concat(lower(hex(toUInt32(n))), substring(${trace}, length(lower(hex(toUInt32(n)))) + 1)) AS ${trace}, ${at} - toIntervalSecond(n * ${Math.floor((DAYS * 86_400) / (copies + 1))}) AS ${at})
FROM (SELECT * FROM ${table} WHERE ${at} > now() - INTERVAL 30 MINUTE) AS original
CROSS JOIN (SELECT ${from} + number AS n FROM numbers(${Math.min(CHUNK, copies - from + 1)})) AS copy`.replace(
				"SELECT * REPLACE",
				"SELECT * EXCEPT (n) REPLACE",
			),
		);
	}
	process.stderr.write(`copied ${table} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

async function time(store: Store, name: string, sql: string): Promise<Timing> {
	const started = performance.now();
	try {
		await store.query(`${sql}\n${LIMITS}`);
		return { name, ms: performance.now() - started, error: null };
	} catch (error) {
		return {
			name,
			ms: performance.now() - started,
			error: error instanceof Error ? error.message.slice(0, 160) : String(error),
		};
	}
}

function show(what: string, timings: readonly Timing[]): void {
	const sorted = timings.toSorted((a, b) => b.ms - a.ms);
	const at = (share: number): string =>
		`${(sorted[Math.floor((1 - share) * sorted.length)]?.ms ?? 0).toFixed(0)} ms`;
	console.log(
		`\n${timings.length} ${what}: half within ${at(0.5)}, nine in ten within ${at(0.9)}; the slowest:`,
	);
	for (const { name, ms } of sorted.slice(0, 8)) console.log(`  ${ms.toFixed(0).padStart(6)} ms  ${name}`);
	for (const { name, error } of timings.filter((one) => one.error !== null))
		console.log(`  FAILED ${name}: ${error}`);
}
