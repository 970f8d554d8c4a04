import type { Run } from "../../evaluator/src/core/trace.ts";

/** How much of the content a fault distorts, from all of it to hardly any. */
export const MAGNITUDES = ["blatant", "visible", "subtle", "barely"] as const;
export type Magnitude = (typeof MAGNITUDES)[number];

export type Half = "dev" | "held-out";

export interface Origin {
	/** Null for the user's input. */
	readonly spanId: string | null;
	readonly step: string;
	/** The step's kind, or `input`. */
	readonly kind: string;
}

/** Where a failed run went wrong, found by running it again without each of the events that happened in it. */
export interface Truth {
	/**
	 * The places of the events without which the run passes. For a hand-off: the step that gave and the step that received, either of
	 * which is a right answer. Several places without `edge` are several events: each alone decisive, or all needed (`sufficient`).
	 * Empty where no set of events explains the failure.
	 */
	readonly origins: readonly Origin[];
	/** Content was lost between two steps that both worked. */
	readonly edge: boolean;
	/** The names of the decisive events, joined by ` + `; null where no event explains the failure. */
	readonly event: string | null;
	/** How many events have to be taken out together for the run to pass: 1 where any one of the origins is enough, 0 where none is. */
	readonly sufficient: number;
	/** The scenario's fault is among the decisive events. */
	readonly byFault: boolean;
}

export interface GeneratedRun {
	readonly run: Run;
	/** Null for passing runs. */
	readonly truth: Truth | null;
}

export interface ScenarioFault {
	readonly name: string;
	readonly step: string;
	readonly kind: string;
	/** Other step names that are a right answer: the other side of a hand-off. */
	readonly alsoAcceptable: readonly string[];
	readonly magnitude: Magnitude;
	/** The share of runs that the fault touches. It need not make each of them fail. */
	readonly share: number;
	readonly edge: boolean;
	/** The component's recorded version changes with the fault. Providers and data change without saying so. */
	readonly versionChanges: boolean;
	/** The failure as teams reported it, with a source where one was found. */
	readonly story: string;
}

export interface Scenario {
	readonly name: string;
	readonly half: Half;
	readonly pipeline: string;
	readonly shape: string;
	/** Null for a deploy in which nothing is broken. */
	readonly fault: ScenarioFault | null;
	/** Harmless changes in deploy B, as `what:step`. */
	readonly decoys: readonly string[];
}

export interface DeployOptions {
	readonly runs: number;
	/** `shared`: both deploys answer the same tasks. `separate`: every run is another user's question. */
	readonly tasks: "shared" | "separate";
	/** How often each shared task is run. */
	readonly trials: number;
	readonly seed: number;
	/** `unstated`: the runs do not say how they ended. */
	readonly outcomes?: "stated" | "unstated";
}
