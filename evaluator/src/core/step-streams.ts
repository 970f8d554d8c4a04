import { type BehaviourMeasure, readBehaviour } from "./read-behaviour.ts";
import { type Component, type Run, stepsOf } from "./trace.ts";

/** One measure of a step as a stream: what each run tells of it. */
export interface StepStream {
	readonly component: string;
	readonly measure: BehaviourMeasure;
	readonly to: string | null;
	/** A share as whether any execution failed, or each had an output, and so on; a time or length in its natural unit. */
	read(run: Run): boolean | number | null;
}

/**
 * How the steps of a name behaved, run by run, for finding out since when they behave so (`sinceWhen`).
 *
 * @param step the step's name, which steps of several kinds may share; null for all steps.
 * @example
 * streamsOfStep(runs, "answer").map(({ measure }) => measure); // ["self-time", "errors", …]
 */
export function streamsOfStep(runs: readonly Run[], step: string | null): readonly StepStream[] {
	const places = new Map(runs.map((run, at) => [run.traceId, at]));
	return readBehaviour(runs)
		.filter(({ component }) => !component.startsWith("run/"))
		.filter(({ component }) => step === null || component.slice(component.indexOf("/") + 1) === step)
		.map(({ component, measure, to, sums, weights }) => ({
			component,
			measure,
			to,
			read(run) {
				const at = places.get(run.traceId);
				const weight = at === undefined ? 0 : (weights[at] ?? 0);
				return weight === 0 ? null : readValue(measure, sums[at ?? 0] ?? 0, weight);
			},
		}));
}

function readValue(measure: BehaviourMeasure, sum: number, weight: number): boolean | number {
	switch (measure) {
		case "errors":
		case "followed-by":
		case "child":
			return sum > 0;
		case "content":
			return sum === weight;
		case "executions":
			return sum;
		case "self-time":
		case "gap":
		case "output-length":
			return 2 ** (sum / weight) - 1;
	}
}

/** The components of a set of runs, those first that are executed first. */
export function componentsOf(runs: readonly Run[]): readonly Component[] {
	const found = new Map<string, Component>();
	for (const run of runs) {
		for (const { name, kind } of stepsOf(run)) found.set(`${kind}/${name}`, { step: name, kind });
	}
	return [...found.values()];
}
