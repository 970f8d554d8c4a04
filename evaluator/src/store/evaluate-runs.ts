import type { Store } from "@faultline/collector";
import { chooseReference } from "../core/choose-reference.ts";
import { type Judgement, judgeRuns } from "../core/judge-runs.ts";
import type { Scorer } from "../core/score.ts";
import type { Run } from "../core/trace.ts";
import { judgementRows } from "./result-rows.ts";
import { writeResults } from "./write-results.ts";

/** What an evaluation did, pipeline by pipeline. */
export interface PipelineEvaluation {
	readonly pipeline: string;
	readonly runs: readonly Run[];
	readonly judgement: Judgement;
}

export interface EvaluateOptions {
	readonly scorers: readonly Scorer[];
	/** Service versions whose runs are the reference; proposed by the evaluator by default. */
	readonly referenceVersions?: readonly string[];
	readonly onRead?: (done: number, total: number) => void;
}

/** Judges runs, each pipeline by itself, and writes the results. */
export async function evaluateRuns(
	store: Store,
	runs: readonly Run[],
	options: EvaluateOptions,
	wanted: (traceId: string) => boolean = () => true,
): Promise<PipelineEvaluation[]> {
	const evaluations = judgePipelines(runs, options);
	for (const { judgement } of evaluations)
		await writeResults(store, judgementRows(judgement, options.scorers, wanted));
	return evaluations;
}

/** Judges runs, each pipeline by itself. */
export function judgePipelines(
	runs: readonly Run[],
	{ scorers, referenceVersions, onRead = () => {} }: EvaluateOptions,
): PipelineEvaluation[] {
	let before = 0;
	return [...Map.groupBy(runs, (run) => run.pipeline)].map(([pipeline, group]) => {
		const judgement = judgeRuns(group, {
			scorers,
			reference: chooseReference(group, referenceVersions),
			onRead: (done) => onRead(before + done, runs.length),
		});
		before += group.length;
		return { pipeline, runs: group, judgement };
	});
}
