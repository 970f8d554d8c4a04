import type { NodeKind, Step } from "./trace.ts";

/** The rubric for whole runs. */
export const END_TO_END = "end-to-end";

/** What the judge is told to look for, and in what. */
export interface Rubric {
	/** `end-to-end`, the kind of the steps that it is for, or a name of the user's. */
	readonly name: string;
	readonly text: string;
	/** Null for whole runs. */
	readonly steps: ((step: Step) => boolean) | null;
	/** Empty for all. */
	readonly pipelines: readonly string[];
}

/** What the judge says. */
export const RUBRIC_VERDICTS = ["pass", "fail", "cannot_tell"] as const;
export type RubricVerdict = (typeof RUBRIC_VERDICTS)[number];

/** One recorded text that the judge is shown, with what it is. */
export interface Exhibit {
	readonly label: string;
	readonly text: string;
}

/** One question to the judge: a rubric, and a step with its neighbours (or a whole run). */
export interface RubricQuestion {
	readonly rubric: Rubric;
	readonly traceId: string;
	/** Empty for whole runs and for the user's input. */
	readonly spanId: string;
	readonly step: string;
	readonly kind: NodeKind | "";
	readonly exhibits: readonly Exhibit[];
}
