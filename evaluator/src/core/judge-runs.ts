import type { ReferenceChoice } from "./choose-reference.ts";
import { fitJudge, type Judge, type JudgeOptions, judgeRead } from "./judge.ts";
import type { Verdict } from "./locate-run.ts";
import type { RunLikelihood } from "./origin-mixture.ts";
import type { Run } from "./trace.ts";
import type { EvidenceRun } from "./weigh-evidence.ts";

/** Runs of one pipeline with their evidence and verdicts, in the order given. */
export interface Judgement {
	readonly reference: ReferenceChoice;
	readonly judge: Judge;
	readonly evidence: readonly EvidenceRun[];
	readonly likelihoods: readonly RunLikelihood[];
	readonly verdicts: readonly Verdict[];
}

/**
 * Scores every step of every run and says where each run's fault began. All runs must be of one pipeline.
 */
export function judgeRuns(runs: readonly Run[], options: JudgeOptions): Judgement {
	const { judge, read } = fitJudge(runs, options);
	const judged = read.map((one) => judgeRead(one, judge));
	return {
		reference: judge.choice,
		judge,
		evidence: judged.map(({ evidence }) => evidence),
		likelihoods: judged.map(({ likelihood }) => likelihood),
		verdicts: judged.map(({ verdict }) => verdict),
	};
}
