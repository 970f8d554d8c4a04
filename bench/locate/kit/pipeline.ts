import type { Half, Magnitude } from "../scenario.ts";
import type { Random } from "./chance.ts";
import type { Play } from "./play.ts";

export const SHAPES = ["chain-rag", "tool-agent", "parallel-retrieval", "router"] as const;
export type Shape = (typeof SHAPES)[number];

/** A way in which a component of the pipeline can break. The pipeline's code asks `play.fault(name)` where it would. */
export interface FaultPlan {
	readonly name: string;
	readonly step: string;
	readonly kind: string;
	/** For a hand-off, the step that receives; the fault's `step` gives. */
	readonly receiver?: string;
	readonly variants: readonly (readonly [magnitude: Magnitude, share: number])[];
	readonly versionChanges: boolean;
	readonly story: string;
}

/** One question to the pipeline, and what only the generator knows about it. */
export interface Task {
	/** What the user wants. */
	readonly question: unknown;
	/** Says whether a final output is right. */
	readonly grade: (output: string) => boolean;
}

export interface Pipeline<W = unknown, T extends Task = Task> {
	readonly name: string;
	readonly half: Half;
	readonly shape: Shape;
	readonly service: string;
	readonly linked: boolean;
	readonly plainText: boolean;
	readonly faults: readonly FaultPlan[];
	/** Harmless changes, as `what:step`; `version:` and `slow:` need no code in the pipeline. */
	readonly decoys: readonly string[];
	makeWorld(random: Random): W;
	drawTask(world: W, random: Random): T;
	/** Runs the pipeline; returns what the user sends and what the user gets. */
	run(world: W, task: T, play: Play): { readonly input: unknown; readonly output: string };
}

/** The amount that belongs to a magnitude. */
export const amount = <T>(magnitude: Magnitude, blatant: T, visible: T, subtle: T, barely: T): T =>
	({ blatant, visible, subtle, barely })[magnitude];

/** Hides the types of a pipeline's own world and tasks, so that pipelines can be listed together. */
export const pipeline = <W, T extends Task>(definition: Pipeline<W, T>): Pipeline =>
	definition as unknown as Pipeline;
