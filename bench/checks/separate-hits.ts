import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "../../evaluator/src/core/random.ts";
import { measureAuroc } from "../../evaluator/src/core/rank-metrics.ts";
import { readRun } from "../../evaluator/src/core/read-run.ts";
import { learnReference } from "../../evaluator/src/core/reference.ts";
import type { Reading } from "../../evaluator/src/core/score.ts";
import type { Run } from "../../evaluator/src/core/trace.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";
import { readRealRuns } from "./read-real-runs.ts";

/** Readings of retrieval, prompt and answer that are compared: higher is healthier, as each check says itself. */
const CHECKS: readonly string[] = [
	"retrieval-relevance",
	"content-kept",
	"focus-kept",
	"answer-focus",
	"answer-relevance",
	"answer-explained",
	"answer-grounded",
	"answer-figures",
	"document-share",
	"output-length",
];

const ALSO_READ = ["top-score", "document-count"];
const compared = builtInScorers.filter(({ name }) => [...CHECKS, ...ALSO_READ].includes(name));

interface Truth {
	readonly hit: boolean;
}

/**
 * How well each check tells runs in which the right document was retrieved from those in which it was not, with no gold given: AUROC within
 * each deploy, and over all of them, beside trivial rules. The reference is half of the tasks of each deploy, whatever became of them: only outcomes
 * would tell which went well, and they are left out. Text for the result file.
 */
export async function separateHits(directory: string | undefined): Promise<string> {
	const read = await readRealRuns(directory, "api-writer");
	if (directory === undefined || read === null)
		return "Skipped: no real runs here (`--data DIR` names the folder that holds `api-writer.otlp.jsonl.gz` and its truth).";
	const truths = JSON.parse(await readFile(join(directory, "api-writer.truth.json"), "utf8")) as Record<
		string,
		Truth
	>;
	// Nothing is told of how the runs ended, nor that they repeat the same tasks.
	const runs = read.map((run): Run => ({ ...run, outcome: "unknown", taskId: null }));
	const searching = [...Map.groupBy(runs, (run) => run.serviceVersion)].filter(
		([version]) => !version.endsWith("oracle"),
	);
	const header = searching.map(([version]) => version);
	const columns = searching.map(([, group]) => columnOf(group, truths));
	const rows = [...(columns[0]?.keys() ?? [])].map((name) => {
		const cells = columns.map((column) => column.get(name) ?? "–");
		return `| ${name} | ${cells.join(" | ")} |`;
	});
	return [
		`| higher in hits | ${header.join(" | ")} |`,
		`|---|${header.map(() => "---").join("|")}|`,
		...rows,
	].join("\n");
}

/** Rule or check → its AUROC in one deploy. */
function columnOf(
	runs: readonly Run[],
	truths: Readonly<Record<string, Truth>>,
): ReadonlyMap<string, string> {
	const reference = learnReference(runs, []);
	const values = new Map<string, { hit: number[]; miss: number[] }>();
	const add = (name: string, isHit: boolean, value: number | null): void => {
		if (value === null) return;
		const sides = values.get(name) ?? { hit: [], miss: [] };
		values.set(name, sides);
		(isHit ? sides.hit : sides.miss).push(value);
	};
	const random = seededRandom(1);
	for (const run of runs) {
		const truth = truths[run.traceId];
		if (truth === undefined) continue;
		const read = readRun(run, compared, reference);
		const readings = read.readings.flat();
		for (const name of CHECKS)
			add(name, truth.hit, healthOf(readings.filter(({ scorer }) => scorer === name)));
		for (const [name, value] of Object.entries(trivialOf(run, readings, random))) add(name, truth.hit, value);
	}
	return new Map(
		[...values].map(([name, { hit, miss }]) => {
			const found = measureAuroc(hit, miss);
			if (found === null) return [name, "–"];
			return [name, `${found.auroc.toFixed(2)} (${found.low.toFixed(2)}–${found.high.toFixed(2)})`];
		}),
	);
}

/** The worst of a check's readings in a run. */
function healthOf(readings: readonly Reading[]): number | null {
	const values = readings.flatMap(({ value, strange }) =>
		value === null ? [] : [strange === "high" ? -value : value],
	);
	return values.length === 0 ? null : Math.min(...values);
}

/** Rules that anybody would try first. */
function trivialOf(
	run: Run,
	readings: readonly Reading[],
	random: () => number,
): Readonly<Record<string, number | null>> {
	const of = (scorer: string): number | null =>
		readings.find((reading) => reading.scorer === scorer)?.value ?? null;
	const lengthOf = (kind: string): number | null =>
		run.spans.find((span) => span.kind === kind)?.output.length ?? null;
	return {
		"*trivial: length of the documents*": lengthOf("retrieval"),
		"*trivial: length of the answer*": lengthOf("model"),
		"*trivial: top score*": of("top-score"),
		"*trivial: number of documents*": of("document-count"),
		"*trivial: random*": random(),
	};
}
