/**
 * How often Faultline finds where a fault began: in single runs and between two deploys, on simulated pipelines with planted faults
 * (bench/locate/README.md) and on real runs. One command:
 *
 *     npm run bench:locate
 *     npm run bench:locate -- --half dev --every 4 --output -
 *
 * @module
 */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { ScenarioResult } from "./locate/measure.ts";
import { measureRealRuns } from "./locate/real-runs.ts";
import type { DeployOptions, Half } from "./locate/scenario.ts";
import { scenarios } from "./locate/scenarios.ts";
import {
	deploysTable,
	healthyLine,
	locatedTable,
	reliabilityTable,
	rivalsTable,
	weakTable,
} from "./locate/tables.ts";

const { values } = parseArgs({
	options: {
		half: { type: "string", default: "held-out,dev" },
		tasks: { type: "string", default: "shared,separate" },
		runs: { type: "string", default: "300" },
		seed: { type: "string", default: "1" },
		/** Only every so manieth scenario. */
		every: { type: "string", default: "1" },
		/** With `--tasks separate`: every so manieth scenario of these. */
		thin: { type: "string", default: "3" },
		filter: { type: "string", default: "" },
		data: { type: "string" },
		output: { type: "string", default: new URL("results/locate.md", import.meta.url).pathname },
		calibration: { type: "string", default: new URL("../docs/calibration.md", import.meta.url).pathname },
	},
});

interface Job {
	readonly name: string;
	readonly options: DeployOptions;
}

/** Measures scenarios on as many threads as there are cores. */
async function measureAll(jobs: readonly Job[], label: string): Promise<ScenarioResult[]> {
	const open = [...jobs.entries()];
	const results: ScenarioResult[] = [];
	await Promise.all(
		Array.from({ length: availableParallelism() }, async () => {
			const worker = new Worker(new URL("locate/worker.ts", import.meta.url));
			for (let next = open.shift(); next !== undefined; next = open.shift()) {
				const [at, job] = next;
				worker.postMessage(job);
				const [result] = (await once(worker, "message")) as [ScenarioResult];
				results[at] = result;
				console.error(`${label}: ${results.filter(Boolean).length} of ${jobs.length} (${job.name})`);
			}
			await worker.terminate();
		}),
	);
	return results;
}

const chosen = (half: Half, tasks: DeployOptions["tasks"]): Job[] => {
	const every = Number(values.every) * (tasks === "separate" ? Number(values.thin) : 1);
	const options = { runs: Number(values.runs), trials: 3, seed: Number(values.seed), tasks };
	return scenarios
		.filter((scenario) => scenario.half === half && scenario.name.includes(values.filter))
		.filter((_, at) => at % every === 0)
		.map(({ name }) => ({ name, options }));
};

const started = performance.now();
const command = `npm run bench:locate -- ${process.argv
	.slice(2)
	.filter((argument, at, all) => !argument.startsWith("--data") && all[at - 1] !== "--data")
	.join(" ")}`.replace(/ -- $/, "");
const realRuns = await measureRealRuns(values.data);
const sections: string[] = [];
const calibrations: string[] = [];
for (const half of values.half.split(",") as Half[]) {
	for (const tasks of values.tasks.split(",") as DeployOptions["tasks"][]) {
		const results = await measureAll(chosen(half, tasks), `${half}, ${tasks} tasks`);
		const title = `${half === "dev" ? "The half that was tuned on" : "The held-out half"}, ${
			tasks === "shared"
				? "both deploys answering the same tasks three times each"
				: "traffic: every run another question"
		}`;
		sections.push(
			`## ${title}`,
			`${results.length} scenarios, ${values.runs} runs a side each.`,
			"### Where failing runs broke",
			locatedTable(results),
			healthyLine(results),
			"### Trivial rules, and the method without its parts",
			rivalsTable(results),
			"### Between two deploys",
			deploysTable(results),
			"### What it is bad at",
			weakTable(results),
		);
		calibrations.push(`## ${title}`, reliabilityTable(results));
		await writeReports();
	}
}

console.error(`${((performance.now() - started) / 60_000).toFixed(1)} min`);

/** Written after each section: what is measured by then is not lost. */
async function writeReports(): Promise<void> {
	const report = [
		"# Where a fault began: how often Faultline is right",
		`\`${command}\`. Simulated pipelines with planted faults, harmless changes and natural mishaps, in which the origin of every failed run is known: see [bench/locate/README.md](../locate/README.md). No labels, no judge. Intervals (95 %) are over scenarios for shares of runs, Wilson's for counts of deploys. "Without" means judged without that part; it was learned with it. A plain question to a judge model is no row here, because no model is part of this benchmark.`,
		...sections,
		"## Real runs",
		"A pipeline that writes API calls (retriever, prompt, model; 186 tasks), in six deploys of two models and three retrievers. Outcomes only: which documents are right is not told.",
		realRuns,
		"",
	].join("\n\n");
	const calibration = [
		"# How far the shown probabilities can be trusted",
		`Generated by \`${command}\`. Every candidate that \`locate\` shows has a probability of being where the fault began. Below, all candidates of all failing runs of the benchmark are sorted by what was stated, and how often it came true stands beside it, with the interval that a share of so many would have if they were independent. Where several places are right answers (both sides of a hand-off, several causes), the best of them counts and the others are left out. These are planted faults and simulated mishaps; on your own runs, people's labels tell.`,
		...calibrations,
		"",
	].join("\n\n");
	if (values.output === "-") {
		console.log(report, calibration);
		return;
	}
	await writeFile(values.output, report);
	await writeFile(values.calibration, calibration);
}
