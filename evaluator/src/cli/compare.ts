import { comparePopulations } from "../core/compare-populations.ts";
import type { Run } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readLabels } from "../store/read-labels.ts";
import { readRuns } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseSelector } from "./parse-selector.ts";
import { renderComparison } from "./render-comparison.ts";

const options = {
	baseline: {
		type: "string",
		help: "runs from before: service.version=41 or a time range FROM..TO",
		value: "RUNS",
	},
	candidate: { type: "string", help: "runs from after, in the same form", value: "RUNS" },
	...selectOptions,
	seed: { type: "string", help: "seed of resampling (default 1)", value: "N" },
	...storeOptions,
	...jsonOption,
} as const;

export const compare: Command = {
	name: "compare",
	summary: "say which component changed the failure rate between two sets of runs",
	positionals: "--baseline RUNS --candidate RUNS",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`compare takes no arguments, got "${positionals[0]}"`);
		if (values.baseline === undefined || values.candidate === undefined) {
			throw new UsageError(
				"compare needs --baseline and --candidate, e.g. --baseline service.version=41 --candidate service.version=42",
			);
		}
		const seed = Number(values.seed ?? "1");
		if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is "${values.seed}"; give an integer`);
		const range = selectorOf(values, io);
		await using store = await openDatabase(values, io);
		const side = async (name: "baseline" | "candidate", text: string): Promise<Run[]> => {
			const runs = await readRuns(
				store,
				{ ...range, ...parseSelector(text, io.now()) },
				{ onRead: progressOf(io, `read ${name}`) },
			);
			if (runs.length === 0) throw new UsageError(`--${name} ${text} fits no stored run`);
			return runs;
		};
		const baseline = await side("baseline", values.baseline);
		const candidate = await side("candidate", values.candidate);
		const pipeline = onePipeline(baseline, candidate);
		const of = (runs: readonly Run[]): Run[] => runs.filter((run) => run.pipeline === pipeline);
		const { presented } = comparePopulations(pipeline, of(baseline), of(candidate), {
			scorers: builtInScorers,
			labels: await readLabels(
				store,
				[...baseline, ...candidate].map(({ traceId }) => traceId),
			),
			seed,
			onRead: (done) => progressOf(io, "scored runs")(done, baseline.length + candidate.length),
			onStage: (stage) => io.err(stage),
		});
		if (values.json) io.out(JSON.stringify(presented));
		else io.out(renderComparison(presented, { baseline: values.baseline, candidate: values.candidate }));
		return presented.verdict.kind === "inconclusive" ? EXIT.couldNotTell : EXIT.done;
	},
};

function onePipeline(baseline: readonly Run[], candidate: readonly Run[]): string {
	const before = new Set(baseline.map((run) => run.pipeline));
	const shared = [...new Set(candidate.map((run) => run.pipeline))].filter((pipeline) =>
		before.has(pipeline),
	);
	const [only] = shared;
	if (only === undefined)
		throw new UsageError("the two sides have no pipeline in common; nothing can be compared");
	if (shared.length > 1)
		throw new UsageError(
			`the runs are of several pipelines (${shared.join(", ")}); choose one with --pipeline`,
		);
	return only;
}
