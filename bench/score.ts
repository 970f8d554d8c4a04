/**
 * Steps that the built-in scorers score a second of processor time, in one thread, and whether it stays so for many. One command:
 *
 *     npm run bench:score
 *     npm run bench:score -- --spans 1000000
 *
 * Runs of a simulated pipeline (bench/locate), each step scored by every built-in scorer against what healthy runs taught. Named alternative:
 * two scorers of `autoevals` that need no model, on the same steps' inputs and outputs.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { ExactMatch, Levenshtein } from "autoevals";
import { fitJudge } from "../evaluator/src/core/judge.ts";
import { type ReadRun, readRun, recordTasks } from "../evaluator/src/core/read-run.ts";
import { type Run, stepsOf } from "../evaluator/src/core/trace.ts";
import { builtInScorers } from "../evaluator/src/scorers/built-in.ts";
import { generateDeploy } from "./locate/generate-deploy.ts";
import { scenarios } from "./locate/scenarios.ts";

const { values } = parseArgs({
	options: {
		pipeline: { type: "string", default: "policy-search" },
		spans: { type: "string", default: "100000" },
		alternative: { type: "string", default: "400" },
		output: { type: "string", default: new URL("results/score.md", import.meta.url).pathname },
	},
});

function drawRuns(): readonly Run[] {
	const scenario = scenarios.find(
		({ half, pipeline, fault }) => half === "dev" && pipeline === values.pipeline && fault !== null,
	);
	if (scenario === undefined)
		throw new Error(`there is no pipeline "${values.pipeline}" in bench/locate/scenarios.ts`);
	const options = { runs: 450, tasks: "shared", trials: 3, seed: 1 } as const;
	return (["A", "B"] as const).flatMap((deploy) =>
		generateDeploy(scenario, deploy, options).map(({ run }) => run),
	);
}

/** Seconds of processor time. */
async function cpuSeconds(what: () => unknown): Promise<number> {
	const before = process.cpuUsage();
	await what();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1e6;
}

const runs = drawRuns();
const { judge } = fitJudge(runs, { scorers: builtInScorers });
const record = recordTasks(runs);
const spansOf = (run: Run): number => run.spans.length + 1;

/** Scores runs again and again, up to so many spans; every run is a new one to the scorers. */
function scoreSpans(wanted: number): {
	readonly spans: number;
	readonly steps: number;
	readonly readings: number;
} {
	const sums = { spans: 0, steps: 0, readings: 0 };
	for (let at = 0; sums.spans < wanted; at++) {
		const run = runs[at % runs.length] as Run;
		const read: ReadRun = readRun({ ...run, traceId: `${at}` }, builtInScorers, judge.reference, record);
		sums.spans += spansOf(run);
		sums.steps += stepsOf(run).length;
		sums.readings += read.readings.reduce((sum, one) => sum + one.length, 0);
	}
	return sums;
}

const rows: string[] = [];
const wanted = Number(values.spans);
scoreSpans(2_000);
let rate = 0;
for (const spans of [wanted / 100, wanted / 10, wanted]) {
	let found = { spans: 0, steps: 0, readings: 0 };
	const seconds = await cpuSeconds(() => {
		found = scoreSpans(spans);
	});
	rate = found.steps / seconds;
	const heap = process.memoryUsage().rss / 2 ** 20;
	rows.push(
		`| ${builtInScorers.length} built-in scorers | ${found.spans.toLocaleString("en")} | ${found.steps.toLocaleString("en")} | ${found.readings.toLocaleString("en")} | ${Math.round(rate).toLocaleString("en")} | ${Math.round(heap)} |`,
	);
	console.error(rows.at(-1));
}

const few = runs.flatMap((run) => stepsOf(run)).slice(0, Number(values.alternative));
const slow = await cpuSeconds(async () => {
	for (const { input, output } of few) {
		await Levenshtein({ output, expected: input });
		await ExactMatch({ output, expected: input });
	}
});
const other = few.length / slow;
rows.push(
	`| \`autoevals\` Levenshtein and ExactMatch, input against output | | ${few.length} | ${2 * few.length} | ${Math.round(other).toLocaleString("en")} | |`,
);

const bytes = runs
	.flatMap((run) => stepsOf(run))
	.reduce((sum, step) => sum + step.input.length + step.output.length, 0);
const steps = runs.reduce((sum, run) => sum + stepsOf(run).length, 0);
const report = [
	"# Scoring steps",
	"",
	`\`npm run bench:score -- --spans ${values.spans}\`, one thread of ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB. Steps of the simulated pipeline ${values.pipeline}, ${Math.round(bytes / steps)} characters each; parsing their contents, finding the data flow and scoring the hand-offs before them included.`,
	"",
	"| | spans | steps | readings | steps a second of CPU | memory, MB |",
	"|---|---|---|---|---|---|",
	...rows,
	"",
	`A step with all built-in scorers takes ${(other / rate).toFixed(2)} of the time of the two that it is compared with.`,
	"",
].join("\n");
await writeFile(values.output, report);
console.log(report);
