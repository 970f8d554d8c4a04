import { chooseReference } from "../core/choose-reference.ts";
import { type Judgement, judgeRuns } from "../core/judge-runs.ts";
import type { Scorer } from "../core/score.ts";
import type { Run } from "../core/trace.ts";

/** What was found in the runs of one pipeline. */
export interface PipelineEvaluation {
	readonly pipeline: string;
	readonly runs: readonly Run[];
	readonly judgement: Judgement;
}

export interface JudgePipelinesOptions {
	readonly scorers: readonly Scorer[];
	/** Service versions whose runs are the reference; proposed by the evaluator by default. */
	readonly referenceVersions?: readonly string[];
	/** Trace id → step that people blame; see `readLabels`. */
	readonly labels?: ReadonlyMap<string, string>;
	readonly onRead?: (done: number, total: number) => void;
}

/** Judges runs, each pipeline by itself, all of them in memory; `evaluateStored` is for any number. */
export function judgePipelines(
	runs: readonly Run[],
	{ scorers, referenceVersions, labels = new Map(), onRead = () => {} }: JudgePipelinesOptions,
): PipelineEvaluation[] {
	let before = 0;
	return [...Map.groupBy(runs, (run) => run.pipeline)].map(([pipeline, group]) => {
		const judgement = judgeRuns(group, {
			scorers,
			labels,
			reference: chooseReference(group, referenceVersions),
			onRead: (done) => onRead(before + done, runs.length),
		});
		before += group.length;
		return { pipeline, runs: group, judgement };
	});
}
