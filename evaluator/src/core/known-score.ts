import type { Reading, Scorer, Sort } from "./score.ts";

/** A score of a step that was found before locating: by a scorer of the user's, or by the LLM judge. It travels with its run. */
export interface KnownScore {
	readonly scorer: string;
	readonly spanId: string;
	readonly value: number | null;
	readonly text: string;
}

/** What locating must know of a scorer whose values it is given. All of it can be sent to another thread. */
export interface KnownScorer {
	readonly name: string;
	readonly version: string;
	readonly sort: Sort;
	readonly reads: Reading["reads"];
}

/**
 * A scorer that reads values which were found before, so that they are calibrated against the reference runs like any other's. Low values
 * are the strange ones. It says nothing of steps of which nothing is known.
 *
 * @example
 * const scorers = [...builtInScorers, ...known.map(readKnown)];
 */
export const readKnown = ({ name, version, sort, reads }: KnownScorer): Scorer => ({
	name,
	version,
	sort,
	reads,
	strange: "low",
	read({ run, step }) {
		const found = run.known?.find(({ scorer, spanId }) => scorer === name && spanId === step.spanId);
		return found === undefined ? null : { value: found.value, text: found.text };
	},
});
