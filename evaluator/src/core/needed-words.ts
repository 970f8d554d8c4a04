import type { StepView, TaskReference } from "./score.ts";

const NONE: ReadonlySet<number> = new Set();

/**
 * The words that made passing runs of the task right, that their step had in its input and this one has not: lost before this step, so
 * what the step then lacks or does otherwise is not its own doing.
 */
export function inputLacks(view: StepView, other: TaskReference): ReadonlySet<number> {
	if (view.input.raw === other.input.raw) return NONE;
	return other.key.intersection(other.input.words).difference(view.input.words);
}
