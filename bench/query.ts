/**
 * How long every query of the dashboards, the alert rules and the page takes on many spans, in 2 GB of memory; and what the schema's
 * decisions are worth, as ratios within the same run. One command:
 *
 *     npm run bench:query -- --spans 10000000
 *
 * The database is filled once and kept in `--data-dir`.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { migrate, openStore, type Store } from "@faultline/collector";
import { EVALUATOR } from "../evaluator/src/store/result-rows.ts";
import { unjudgedTraces } from "../evaluator/src/store/unjudged-traces.ts";
import { pageApp } from "../evaluator/src/web/page-app.ts";
import { type Alternative, alternatives } from "./query/alternatives.ts";
import { alertQueries, dashboardQueries } from "./query/collect-queries.ts";
import { fillDatabase, SPANS_PER_RUN } from "./query/fill-database.ts";

const { values } = parseArgs({
	options: {
		spans: { type: "string", default: "10000000" },
		days: { type: "string", default: "7" },
		repeats: { type: "string", default: "5" },
		"data-dir": { type: "string" },
		output: { type: "string", default: new URL("results/query.md", import.meta.url).pathname },
	},
});
const spans = Number(values.spans);
const days = Number(values.days);
const repeats = Number(values.repeats);
const dataDir = values["data-dir"] ?? path.join(tmpdir(), `faultline-bench-query-${spans}`);

/** Every query's memory; more is an error. */
const MEMORY_CAP = 2_000_000_000;
const LIMIT_MS = 200;

/** Within the memory, and without the cache that remembers which granules a condition found nothing in: every repeat is a first time. */
const SETTINGS = `max_memory_usage = ${MEMORY_CAP}, use_query_condition_cache = 0`;

interface Timing {
	readonly from: string;
	readonly name: string;
	/** Of the repeats. */
	readonly medianMs: number;
	readonly bestMs: number;
	readonly error: string | null;
}

await using opened = await openStore({ dataDir });
const store = capped(opened);
await migrate(store);
const [{ n: stored } = { n: "0" }] = await store.query<{ n: string }>("SELECT count() AS n FROM otel_traces");
if (Number(stored) === 0)
	await fillDatabase(opened, { spans, days, evaluator: EVALUATOR }, (done) =>
		process.stderr.write(`\r${done} of ${spans} spans`),
	);
else if (Number(stored) !== spans)
	throw new Error(
		`${dataDir} holds ${stored} spans, not ${spans}; empty it or name another folder with --data-dir`,
	);

const [newest] = await store.query<{ ms: string }>(
	"SELECT toUnixTimestamp64Milli(max(start_time)) AS ms FROM runs",
);
const now = Number(newest?.ms) + 60_000;
const [middle] = await store.query<{ trace_id: string }>(
	"SELECT trace_id FROM verdicts WHERE outcome = 'fail' AND run_start >= fromUnixTimestamp64Milli({ms: Int64}) ORDER BY run_start LIMIT 1",
	{ ms: now - (days / 2) * 86_400_000 },
);
const traceId = middle?.trace_id ?? "";

const timings: Timing[] = [];
for (const hours of [24, days * 24]) {
	const range = { fromMs: now - hours * 3_600_000, toMs: now, intervalMs: hours * 3_000 };
	for (const query of await dashboardQueries(range, knownVariables(traceId)))
		timings.push(await time(`${query.from}, ${hours} h`, query.name, () => store.query(query.sql)));
}
for (const query of await alertQueries(now))
	timings.push(await time(query.from, query.name, () => store.query(query.sql)));
const page = pageApp({ store, now: () => now });
for (const at of [
	"/",
	"/runs",
	"/runs?pipeline=docs-answer&step=search_docs&outcome=fail",
	`/runs/${traceId}`,
])
	timings.push(
		await time("page", at.replace(traceId, "ID"), async () => {
			const response = await page.request(at);
			if (response.status !== 200) throw new Error(`answered ${response.status}`);
			await response.text();
		}),
	);
timings.push(
	await time("evaluator", "runs that wait for a verdict, 24 h", () =>
		unjudgedTraces(store, Date.now() - 86_400_000, Date.now()),
	),
);
const ratios: { alternative: Alternative; withMs: number; withoutMs: number }[] = [];
for (const alternative of alternatives(traceId, now))
	ratios.push({
		alternative,
		withMs: (await time("", "", () => store.query(alternative.with))).bestMs,
		withoutMs: (await time("", "", () => store.query(alternative.without))).bestMs,
	});
await writeFile(values.output, await report());
process.stderr.write(`\nwritten to ${values.output}\n`);

/** Dashboards' variables that must be something; all others are All. */
function knownVariables(run: string): Record<string, string> {
	return {
		datasource: "x",
		page: "http://page",
		pipeline: "docs-answer",
		step: "search_docs",
		trace: run,
		run,
		baseline: "41",
		candidate: "42",
	};
}

function capped(inner: Store): Store {
	return {
		...inner,
		query: (sql, parameters) =>
			inner.query(
				/\bSETTINGS\b(?!.*\))/.test(sql) ? `${sql}, ${SETTINGS}` : `${sql}\nSETTINGS ${SETTINGS}`,
				parameters,
			),
	};
}

async function time(from: string, name: string, run: () => Promise<unknown>): Promise<Timing> {
	const taken: number[] = [];
	try {
		for (let repeat = 0; repeat <= repeats; repeat++) {
			const started = performance.now();
			await run();
			// The first one fills the caches.
			if (repeat > 0) taken.push(performance.now() - started);
		}
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { from, name, medianMs: Number.NaN, bestMs: Number.NaN, error: message.split("\n")[0] ?? message };
	}
	taken.sort((a, b) => a - b);
	const timing = { from, name, medianMs: taken[taken.length >> 1] ?? 0, bestMs: taken[0] ?? 0, error: null };
	if (from !== "") process.stderr.write(`\r${timing.medianMs.toFixed(0)} ms  ${from}: ${name}\n`);
	return timing;
}

async function report(): Promise<string> {
	const sizes = await store.query<{ table: string; rows: string; size: string }>(
		"SELECT table, toString(sum(p.rows)) AS rows, formatReadableSize(sum(bytes_on_disk)) AS size FROM system.parts AS p WHERE active AND database = currentDatabase() GROUP BY table HAVING sum(p.rows) > 1000 ORDER BY sum(bytes_on_disk) DESC",
	);
	const slow = timings.filter((timing) => !(timing.medianMs <= LIMIT_MS));
	const ms = (value: number): string => (Number.isNaN(value) ? "failed" : value.toFixed(0));
	return `# Queries on ${(spans / 1e6).toFixed(0)} million spans

\`npm run bench:query -- --spans ${spans}\`, on the embedded engine, 2 cores, every query within ${MEMORY_CAP / 1e9} GB. ${spans / SPANS_PER_RUN} runs of ${SPANS_PER_RUN} spans over ${days} days, with verdicts and scores: see [spans.sql](../query/spans.sql). Wall time after one run that fills the caches: median and best of ${repeats}.

**${timings.length - slow.length} of ${timings.length} queries within ${LIMIT_MS} ms.**${slow.length === 0 ? "" : ` Above: ${slow.map((timing) => `${timing.from}: ${timing.name}${timing.error === null ? ` (${ms(timing.medianMs)} ms)` : ` (${timing.error})`}`).join("; ")}.`}

| of | query | median ms | best ms |
|---|---|---:|---:|
${timings.map((timing) => `| ${timing.from} | ${timing.name} | ${ms(timing.medianMs)} | ${ms(timing.bestMs)} |`).join("\n")}

## What the schema's decisions are worth

The same answer with and without, best of ${repeats} in this run.

| decision | with, ms | without, ms | times as fast |
|---|---:|---:|---:|
${ratios.map(({ alternative, withMs, withoutMs }) => `| ${alternative.decision} | ${withMs.toFixed(1)} | ${withoutMs.toFixed(1)} | ${(withoutMs / withMs).toFixed(1)} |`).join("\n")}

## Tables

| table | rows | on disk |
|---|---:|---:|
${sizes.map(({ table, rows, size }) => `| ${table} | ${rows} | ${size} |`).join("\n")}
`;
}
