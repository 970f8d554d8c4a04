import type { ChoiceModel } from "./choice.ts";
import type { Content } from "./content.ts";
import type { Profile } from "./profile.ts";
import type { Run, Step } from "./trace.ts";

/**
 * How evidence passes on (DESIGN, section 5): `firm` and `local` judge a step against its own input or contract, `inherited` judges quality
 * in itself. What is `firm` (a word that came in and did not go out, another output for the same input) hardly ever fires because something
 * before was wrong; what is merely `local` (an unusual value, length or form) may, because unusual input makes for unusual output.
 */
export const SORTS = ["firm", "local", "inherited"] as const;
export type Sort = (typeof SORTS)[number];

/**
 * What one scorer read off one step.
 *
 * - `contract`: `value` is 0..1, where 1 keeps the contract. A breach speaks for itself.
 * - `measure`: `value` is any number; only its distance from the component's reference runs says something.
 *
 * `value` is null where the scorer could not tell.
 */
export interface Reading {
	readonly scorer: string;
	readonly sort: Sort;
	readonly reads: "contract" | "measure";
	readonly strange: "low" | "high" | "both";
	readonly value: number | null;
	/** What was read, for a person: a sentence without the step's name. */
	readonly text: string;
	/** Values that healthy steps are expected to give, for a start; they fade as the reference grows. */
	readonly declared?: readonly number[];
	/** What the value naturally depends on (the length of the input, in doublings): it is compared with executions alike in it. */
	readonly given?: number;
	/** The component whose healthy values it is compared with, where that is not the step's own. */
	readonly yardstick?: string;
}

/** What runs of the same task that went well did at the same step. */
export interface TaskReference {
	readonly traceId: string;
	readonly input: Content;
	readonly output: Content;
	/** Words that every passing run of this task had in its final output, less the words of the question. */
	readonly key: ReadonlySet<number>;
}

/** What is known of a component from the reference runs. */
export interface ComponentReference {
	/** Executions of the component in the reference. */
	readonly executions: number;
	/** `path: type` → in how many executions' outputs it was present. */
	readonly shape: ReadonlyMap<string, number>;
	/** The same for its inputs. */
	readonly inputShape: ReadonlyMap<string, number>;
	/** Word → in how many executions' outputs it was present: rare words weigh more. */
	readonly wordCounts: ReadonlyMap<number, number>;
	/** The same of words that its input did not hold: a template's own. Kept for prompt builders. */
	readonly addedWords: ReadonlyMap<number, number>;
	readonly version: string;
	/** Part by part of its structure: what it passes on of its input, and what its values look like. */
	readonly profile: Profile;
	/** What it chooses given its input, where it chooses. */
	readonly choices: ChoiceModel;
}

/** What is known of the questions and of the tasks that were asked. */
export interface QuestionReference {
	/** Distinct reference questions, whether this one is among them, and word → in how many of them it stood. */
	readonly questions: number;
	readonly isKnown: boolean;
	readonly words: ReadonlyMap<number, number>;
	/** Runs of the same task but this one, where nobody is to blame but the question: how many ended how. */
	readonly sameTask: { readonly passed: number; readonly failed: number };
}

/** A step with everything that a scorer may look at. */
export interface StepView {
	readonly run: Run;
	readonly step: Step;
	readonly index: number;
	readonly input: Content;
	readonly output: Content;
	/** The run's own input: the user's question. */
	readonly question: Content;
	readonly asked: QuestionReference;
	/** The nodes whose output this one used: a step's hand-off, else the steps themselves. */
	readonly sources: readonly StepView[];
	/** The other steps of the same component in this run, after this one. */
	readonly later: readonly Step[];
	readonly reference: ComponentReference | null;
	/** This run is itself one of the reference runs, so it must not vouch for itself. */
	readonly isReference: boolean;
	readonly sameTask: readonly TaskReference[];
	/** Parts of its input that it always had and now lacks: what it then does wrong is no longer its own doing. */
	readonly lostInput: readonly string[];
}

/** One scorer: core in, reading out. It returns null for steps that it has nothing to say about. */
export interface Scorer {
	readonly name: string;
	readonly version: string;
	readonly sort: Sort;
	readonly reads: Reading["reads"];
	readonly strange: Reading["strange"];
	/** For measures that mean something before any reference is known: what healthy steps of a kind give. */
	declared?(kind: string): readonly number[];
	/** May give another sort than the scorer's own, where this reading speaks less firmly. */
	read(view: StepView): (Pick<Reading, "value" | "text" | "given"> & Partial<Pick<Reading, "sort">>) | null;
}
