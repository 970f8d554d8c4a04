/**
 * Plants every fault of the demonstration over several seeds and counts how often the right component is named; and `none`, in which
 * nothing may be named. One command:
 *
 *     npm run bench:demo -- --seeds 5 --null-seeds 20
 *
 * @module
 */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { DemoReport } from "../evaluator/src/cli/render-demo.ts";
import { wilson } from "../evaluator/src/core/interval.ts";

const FAULTS = [
	"stale-index",
	"wrong-documents",
	"prompt-truncated",
	"tool-shape-changed",
	"answer-mangled",
	"render-broken",
	"model-degraded",
] as const;

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "5" },
		"null-seeds": { type: "string", default: "20" },
		output: { type: "string", default: new URL("results/demo.md", import.meta.url).pathname },
	},
});
const cli = new URL("../evaluator/bin/faultline.js", import.meta.url).pathname;

async function demo(fault: string, seed: number): Promise<DemoReport> {
	const dataDir = join(tmpdir(), `faultline-bench-${process.pid}`);
	const args = [
		"--conditions=source",
		cli,
		"demo",
		"--json",
		"--fault",
		fault,
		"--seed",
		String(seed),
		"--data-dir",
		dataDir,
	];
	try {
		const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64e6 }).catch(
			(error: { stdout?: string; code?: number }) => {
				// Exit code 1 is an answer too: a wrong one.
				if (error.code === 1 && error.stdout) return { stdout: error.stdout };
				throw error;
			},
		);
		return JSON.parse(stdout) as DemoReport;
	} finally {
		await rm(dataDir, { recursive: true, force: true });
	}
}

const percent = (rate: number | null): string => (rate === null ? "–" : `${(100 * rate).toFixed(1)} %`);
const rows: string[] = [];
let [right, planted, alarms, healthy] = [0, 0, 0, 0];
for (const fault of [...FAULTS, "none"]) {
	const seeds = Number(fault === "none" ? values["null-seeds"] : values.seeds);
	const reports: DemoReport[] = [];
	for (let seed = 1; seed <= seeds; seed++) {
		const report = await demo(fault, seed);
		reports.push(report);
		console.error(
			`${fault} seed ${seed}: ${report.correct ? "right" : `WRONG (${report.named.join(", ") || report.comparison.verdict.kind})`}`,
		);
	}
	const correct = reports.filter((report) => report.correct).length;
	const named = reports.filter((report) => report.named.length > 0).length;
	if (fault === "none") [alarms, healthy] = [named, seeds];
	else [right, planted] = [right + correct, planted + seeds];
	const mean = (side: "baseline" | "candidate"): number =>
		reports.reduce((sum, report) => sum + (report.comparison.end_to_end[side].rate ?? 0), 0) / reports.length;
	rows.push(
		`| ${fault} | ${reports[0]?.broken ?? "nothing"} | ${percent(mean("baseline"))} | ${percent(mean("candidate"))} | ${fault === "none" ? `${seeds - named} of ${seeds} name nothing, ${correct} say "no change"` : `${correct} of ${seeds}`} |`,
	);
}
const interval = wilson(right, planted);
const alarmInterval = wilson(alarms, healthy);
const table = [
	"# The demonstration over seeds",
	"",
	`\`npm run bench:demo -- --seeds ${values.seeds} --null-seeds ${values["null-seeds"]}\`. Each run is the whole path: the example application in a process of its own, OTLP over a socket, the embedded ClickHouse, the evaluator. 106 questions asked four times of each deploy. A fault counts as named when its component, and no other, is named.`,
	"",
	"| fault in deploy B | broken component | failed runs A | failed runs B | named |",
	"|---|---|---|---|---|",
	...rows,
	"",
	`Right: ${right} of ${planted} planted faults (95 % interval ${percent(interval?.low ?? null)} to ${percent(interval?.high ?? null)}). False alarms: ${alarms} of ${healthy} healthy deploys (up to ${percent(alarmInterval?.high ?? null)}). For comparison, a component named at random is right in 1 of 6.`,
	"",
	"These are planted faults, which are plainer than natural ones.",
	"",
].join("\n");
await writeFile(values.output, table);
console.log(table);
process.exitCode = right === planted && alarms === 0 ? 0 : 1;
