import type { TokenPrice } from "./config.ts";
import type { Run, Step } from "./core/trace.ts";

/**
 * What a scorer of the user's gets to see. `input`, `output` and `expected` are parsed where they were recorded as JSON; they are typed
 * `never` so that a function may say itself what it expects, such as `({ output }: { output: string }) => …`.
 */
export interface ScoredCase {
	readonly run: Run;
	/** Null where the whole run is scored. */
	readonly step: Step | null;
	/** The steps whose output this one used, as far as the data flow shows; of a whole run, none. */
	readonly inputs: readonly { readonly step: string; readonly kind: string; readonly output: unknown }[];
	readonly input: never;
	readonly output: never;
	/** What a right output is: of the fixture that the run is a trial of, or as the scorer's `expected` says; else undefined. */
	readonly expected: never;
}

/** Answers with a number 0..1, true or false, null for "could not tell", or an object with `score` (or `value`), as `autoevals` does. */
export type ScoreFunction = (given: ScoredCase) => unknown;

/** A scorer of the user's with its settings; a bare function stands for `{ scoreRun }` under its own name. */
export interface UserScorerConfig {
	readonly name: string;
	/** Scores single steps … */
	readonly scoreStep?: ScoreFunction;
	/** … or whole runs: one of the two. */
	readonly scoreRun?: ScoreFunction;
	/** A new version scores anew. Default: from the function's text, which does not see what it calls in other modules. */
	readonly version?: string;
	/** Only these pipelines, kinds of step and steps; default all. */
	readonly pipelines?: readonly string[];
	readonly kinds?: readonly string[];
	readonly steps?: readonly string[];
	/** Looks up what a right output is, where no fixture says it. */
	expected?(run: Run): unknown;
	/** After this time a call counts as hanging; default 10,000. */
	readonly timeoutMs?: number;
	/** `local` judges a step against its own input, `inherited` (default) quality in itself, which a fault before it lowers too. */
	readonly sort?: "local" | "inherited";
	/** `measure` (default): only the distance from healthy runs speaks; `contract`: below 0.5 is a breach in itself. */
	readonly reads?: "measure" | "contract";
	/** Whether it counts where a fault began; default true. Scores of whole runs never do. */
	readonly evidence?: boolean;
}

/** A rubric of the user's own: its text, and which steps it is for. */
export interface RubricConfig {
	readonly text: string;
	/** Steps of these names, or of these kinds; default: the whole run. */
	readonly steps?: readonly string[];
	readonly kinds?: readonly string[];
	readonly pipelines?: readonly string[];
}

/** What may be spent on the judge; whatever is left out is not bounded. */
export interface JudgeBudget {
	readonly tokensPerRun?: number;
	/** Of the day in UTC, over all processes that use the database. */
	readonly tokensPerDay?: number;
	/** In the currency of `price`. */
	readonly costPerDay?: number;
}

/** The LLM judge: a model behind any OpenAI-compatible endpoint that is asked with rubrics. */
export interface JudgeConfig {
	readonly model: string;
	/** Default: OpenAI, or `OPENAI_BASE_URL`. */
	readonly baseURL?: string;
	/** Name of the environment variable that holds the key; default OPENAI_API_KEY. */
	readonly apiKeyVariable?: string;
	/** Default 0. */
	readonly temperature?: number;
	readonly seed?: number;
	/** How often the same question is asked; default 1. */
	readonly repeats?: number;
	/** Most tokens of one answer; default 400. */
	readonly maxAnswerTokens?: number;
	/** Most characters of one recorded text that are shown; the middle of longer ones is left out. Default 6,000. */
	readonly maxCharacters?: number;
	readonly price?: TokenPrice;
	/** Calls at a time; default 4. */
	readonly concurrency?: number;
	readonly requestsPerMinute?: number;
	/** Of one call, in milliseconds; default 60,000. */
	readonly timeoutMs?: number;
	/** Tries of one call where the endpoint is busy or away; default 5. */
	readonly tries?: number;
	readonly budget?: JudgeBudget;
	/** How often it is right, before people's ratings tell: P(says bad | bad) and P(says good | good). */
	readonly sensitivity?: number;
	readonly specificity?: number;
	/** Name → text in place of the default rubric of that name, or a rubric of the user's own. */
	readonly rubrics?: Readonly<Record<string, string | RubricConfig>>;
}
