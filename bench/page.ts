/**
 * How long the page takes over many stored spans, every query within 2 GB: `npm run bench:page -- --spans 10000000`.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { migrate, openStore, type Store } from "@faultline/collector";
import { EVALUATOR } from "../evaluator/src/store/result-rows.ts";
import { pageApp } from "../evaluator/src/web/page-app.ts";
import { fillDatabase, SPANS_PER_RUN } from "./query/fill-database.ts";

const { values } = parseArgs({
	options: {
		spans: { type: "string", default: "10000000" },
		days: { type: "string", default: "7" },
		repeats: { type: "string", default: "5" },
		"data-dir": { type: "string" },
		output: { type: "string", default: new URL("results/page.md", import.meta.url).pathname },
	},
});
const spans = Number(values.spans);
const days = Number(values.days);
const repeats = Number(values.repeats);
const dataDir = values["data-dir"] ?? path.join(tmpdir(), `faultline-bench-query-${spans}`);
/** As in bench/query.ts: the memory of a query, and no memory of what a condition found nothing in. */
const SETTINGS = "max_memory_usage = 2000000000, use_query_condition_cache = 0";

await using opened = await openStore({ dataDir });
await migrate(opened);
const [{ n: stored } = { n: "0" }] = await opened.query<{ n: string }>(
	"SELECT count() AS n FROM otel_traces",
);
if (stored === "0")
	await fillDatabase(opened, { spans, days, evaluator: EVALUATOR }, (done) =>
		process.stderr.write(`\r${done} of ${spans} spans`),
	);
else if (Number(stored) !== spans)
	throw new Error(`${dataDir} holds ${stored} spans; empty it, or name another --data-dir`);

const store: Store = {
	...opened,
	query: (sql, parameters) => opened.query(`${sql}\nSETTINGS ${SETTINGS}`, parameters),
};
const [newest] = await opened.query<{ ms: string }>(
	"SELECT toUnixTimestamp64Milli(max(start_time)) AS ms FROM runs",
);
const now = Number(newest?.ms) + 60_000;
const [middle] = await opened.query<{ trace_id: string; ns: string }>(
	"SELECT trace_id, toString(toUnixTimestamp64Nano(run_start)) AS ns FROM verdicts WHERE outcome = 'fail' AND run_start >= fromUnixTimestamp64Milli({ms: Int64}) ORDER BY run_start LIMIT 1",
	{ ms: now - (days / 2) * 86_400_000 },
);
const [id, ns] = [middle?.trace_id ?? "", middle?.ns ?? "0"];

const PAGES: readonly (readonly [name: string, path: string])[] = [
	["overview, every pipeline", "/"],
	["overview of one pipeline", "/?pipeline=docs-answer"],
	["the same, 24 h", "/?pipeline=docs-answer&since=24h"],
	["runs, the newest 50", "/runs"],
	["runs, from the middle on", `/runs?after=${ns}-${id}`],
	["runs that began in a step", "/runs?pipeline=docs-answer&step=search_docs&outcome=fail"],
	["runs of a deploy that failed", "/runs?pipeline=docs-answer&version=42&outcome=fail"],
	["a word that few runs have, 24 h", "/runs?q=nobody+asked+this&since=24h"],
	["a word that few runs have, everywhere", "/runs?q=nobody+asked+this"],
	["one run", `/runs/${id}`],
	["whether runs have arrived", `/runs/arrived?pipeline=docs-answer&after=${now - 60_000}`],
	["evaluations", "/evals"],
	["gate decisions", "/gates"],
];

const page = pageApp({ store, now: () => now });
/** Above 0 others had the cores too, and every time is longer. */
const load = loadavg()[0] ?? 0;
const rows: string[] = [];
for (const [name, at] of PAGES) {
	const taken: number[] = [];
	let size = 0;
	for (let repeat = 0; repeat < repeats; repeat++) {
		const started = performance.now();
		const response = await page.request(at);
		const text = await response.text();
		taken.push(performance.now() - started);
		if (response.status !== 200) throw new Error(`${at} answered ${response.status}: ${text.slice(0, 500)}`);
		size = text.length;
	}
	taken.sort((a, b) => a - b);
	const row = `| ${name} | ${Math.round(taken[0] ?? 0)} | ${Math.round(taken[Math.floor(repeats / 2)] ?? 0)} | ${Math.round(taken.at(-1) ?? 0)} | ${Math.round(size / 1000)} |`;
	process.stderr.write(`${row}\n`);
	rows.push(row);
}
await writeFile(
	values.output,
	`# The page over many spans

\`npm run bench:page -- --spans ${spans}\`: ${spans.toLocaleString("en")} spans, ${(spans / SPANS_PER_RUN).toLocaleString("en")} judged runs of ${days} days, in the embedded engine (chDB), in this process; no query takes more than 2 GB. Times are of a whole page, in milliseconds, over ${repeats} repeats, on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}); the load average was ${load.toFixed(1)} before. Overview and lists look at everything (30 days by default).

| page | fastest | median | slowest | kB |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}
`,
);
process.stderr.write(`written to ${values.output}\n`);
