import { parentPort } from "node:worker_threads";
import { type ComparedPopulations, comparePopulations } from "../../core/compare-populations.ts";
import type { Run } from "../../core/trace.ts";
import { builtInScorers } from "../../scorers/built-in.ts";

/** What is asked of the thread. */
export interface CompareTask {
	readonly pipeline: string;
	readonly baseline: readonly Run[];
	readonly candidate: readonly Run[];
	readonly labels: ReadonlyMap<string, string>;
}

/** What it says meanwhile, and at the end. */
export type CompareAnswer = { readonly stage: string } | { readonly done: ComparedPopulations };

const SEED = 1;

parentPort?.on("message", ({ pipeline, baseline, candidate, labels }: CompareTask) => {
	const say = (answer: CompareAnswer): void => parentPort?.postMessage(answer);
	const all = baseline.length + candidate.length;
	const compared = comparePopulations(pipeline, baseline, candidate, {
		scorers: builtInScorers,
		labels,
		seed: SEED,
		onRead: (done) => {
			if (done % 25 === 0) say({ stage: `scored ${done} of ${all} runs` });
		},
		onStage: (stage) => say({ stage }),
	});
	say({ done: compared });
});
