import { wilson } from "../../evaluator/src/core/interval.ts";
import { type Run, stepsOf } from "../../evaluator/src/core/trace.ts";
import { firingsOf, type Known } from "./fired.ts";

/** In how many runs a check could tell, and in how many it fired. */
export interface Count {
	readonly runs: number;
	readonly fired: number;
}

/** Check → its count over runs. */
export type Counts = ReadonlyMap<string, Count>;

/** Which check fired in which runs; a run of which it could tell nothing is in neither. */
export function countFirings(runs: readonly Run[], known: Known): Counts {
	const counts = new Map<string, { runs: number; fired: number }>();
	for (const run of runs) {
		for (const [name, { at }] of firingsOf(run, known)) {
			const count = counts.get(name) ?? { runs: 0, fired: 0 };
			counts.set(name, count);
			count.runs++;
			if (at.length > 0) count.fired++;
		}
	}
	return counts;
}

/** A rate with its interval (Wilson 1927), as a cell of a table. */
export function rateCell({ runs, fired }: Count): string {
	const interval = wilson(fired, runs);
	if (interval === null) return "–";
	const percent = (share: number): string => (100 * share).toFixed(1);
	return `${percent(fired / runs)} % (${percent(interval.low)}–${percent(interval.high)}), ${fired}/${runs}`;
}

/** Identifies a trial: the task, and the seed that its model was given. */
const trialOf = (run: Run): string => {
	const seeds = run.spans.map(({ attributes }) => attributes["gen_ai.request.seed"] ?? "");
	return `${run.taskId ?? run.input} ${seeds.find((seed) => seed !== "") ?? ""}`;
};

/** What every step did, without what differs between any two runs: ids, times, scores to many places. */
const signatureOf = (run: Run): string =>
	JSON.stringify([
		stepsOf(run).map(({ name, output, failed, attributes }) => [
			name,
			output.replace(/call_[0-9a-f]+_\d+/g, "call"),
			failed,
			attributes["gen_ai.response.finish_reasons"] ?? "",
			attributes["faultline.index.embedding_model"] ?? "",
		]),
		run.output,
	]);

/**
 * The runs of a faulty deploy that its fault changed: those of which any step did something else than in the same trial of the same deploy without
 * the fault. With a model that answers by rule, nothing else makes a difference.
 */
export function affectedRuns(faulty: readonly Run[], healthy: readonly Run[]): readonly Run[] {
	const twins = new Map(healthy.map((run) => [trialOf(run), signatureOf(run)]));
	return faulty.filter((run) => {
		const twin = twins.get(trialOf(run));
		return twin !== undefined && twin !== signatureOf(run);
	});
}
