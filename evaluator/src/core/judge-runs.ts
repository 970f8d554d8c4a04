import { calibrate, type EvidenceRun } from "./calibrate.ts";
import { chooseReference, type ReferenceChoice } from "./choose-reference.ts";
import { locateRun, type Verdict } from "./locate-run.ts";
import { learnOrigins, type OriginMixture } from "./origin-mixture.ts";
import { readRun } from "./read-run.ts";
import { learnReference } from "./reference.ts";
import type { Scorer } from "./score.ts";
import type { Run } from "./trace.ts";

/** Runs of one pipeline with their evidence and verdicts, in the order given. */
export interface Judgement {
	readonly reference: ReferenceChoice;
	readonly evidence: readonly EvidenceRun[];
	readonly mixture: OriginMixture;
	readonly verdicts: readonly Verdict[];
}

export interface JudgeOptions {
	readonly scorers: readonly Scorer[];
	/** The healthy runs to compare with; proposed by `chooseReference` by default. */
	readonly reference?: ReferenceChoice;
	/** Called after each run that was read, for progress. */
	readonly onRead?: (done: number) => void;
}

/**
 * Scores every step of every run and says where each run's fault began. All runs must be of one pipeline.
 */
export function judgeRuns(
	runs: readonly Run[],
	{ scorers, reference = chooseReference(runs), onRead = () => {} }: JudgeOptions,
): Judgement {
	const passing = runs.filter((run) => run.outcome === "pass");
	const learned = learnReference(reference.runs, passing);
	const read = runs.map((run, index) => {
		const found = readRun(run, scorers, learned);
		onRead(index + 1);
		return found;
	});
	const evidence = calibrate(read, learned.runs);
	const mixture = learnOrigins(evidence);
	const referenceVersions = new Map(
		[...learned.components].map(([key, component]) => [key, component.version]),
	);
	const verdicts = mixture.likelihoods.map((likelihood) =>
		locateRun(likelihood, mixture, { referenceVersions }),
	);
	return { reference, evidence, mixture, verdicts };
}
