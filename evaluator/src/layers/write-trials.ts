import type { Store } from "@faultline/collector";
import { writeEvalCases } from "../store/evaluations.ts";
import { writeCaseRoots } from "../store/write-case-roots.ts";
import type { Trial } from "./run-trial.ts";

/** Stores trials as they end. */
export interface TrialWriter {
	/** Resolves when the trial is stored. */
	write(trial: Trial): Promise<void>;
}

/**
 * A writer for one evaluation. Trials that end while others are being stored are stored together next. The root span goes first: a case
 * that is there has its trace, and a trace whose case was lost with the process belongs to no case and is nobody's traffic.
 *
 * @example
 * const writer = trialWriter(store, run.evalId);
 */
export function trialWriter(store: Store, evalId: string): TrialWriter {
	let waiting: Trial[] = [];
	let busy: Promise<void> = Promise.resolve();
	const storeWaiting = async (): Promise<void> => {
		const trials = waiting;
		waiting = [];
		if (trials.length === 0) return;
		await writeCaseRoots(
			store,
			trials.flatMap(({ root }) => (root === null ? [] : [root])),
		);
		await writeEvalCases(
			store,
			evalId,
			trials.map(({ evalCase }) => evalCase),
		);
	};
	return {
		write(trial) {
			waiting.push(trial);
			busy = busy.then(storeWaiting);
			return busy;
		},
	};
}
