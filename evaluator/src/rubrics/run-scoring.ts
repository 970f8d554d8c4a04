import type { KnownScorer } from "../core/known-score.ts";
import type { Run } from "../core/trace.ts";
import type { ResultRows } from "../store/result-rows.ts";
import type { ScorerCounts } from "../user-scorers/score-runs.ts";
import type { VerdictChange } from "./judge-pass.ts";
import type { JudgeCounts } from "./open-rubric-judge.ts";

/** What scores runs beside the built-in scorers: those of the user's before locating, and the LLM judge after it. */
export interface RunScoring extends AsyncDisposable {
	/** Scorers of the user's whose values count where a fault began. */
	readonly evidence: readonly KnownScorer[];
	/** Scores runs with the user's scorers, and gives them with what is known of their steps. */
	score(runs: readonly Run[]): Promise<readonly Run[]>;
	/** The same with what was found before, calling nothing. */
	recall(runs: readonly Run[]): Promise<readonly Run[]>;
	/** Takes what the judge has said into account. */
	apply(runs: readonly Run[], results: readonly ResultRows[]): Promise<readonly ResultRows[]>;
	/** Asks the judge about what is not clear; in a watching evaluator for a while only. */
	ask(signal?: AbortSignal): Promise<VerdictChange[]>;
	readonly counts: {
		readonly scorers: ReadonlyMap<string, ScorerCounts>;
		readonly judge: JudgeCounts | null;
	};
}
