import { mean } from "./moments.ts";

/** One person's word on a run. */
export interface PersonsWord {
	readonly rater: string;
	/** Null where they could not tell: no label. */
	readonly failed: boolean | null;
	/** The blamed step; empty where none was named. */
	readonly blame: string;
}

/**
 * The words of several people on one run as one label: the share of them that fails it, and per step the share that blames it. Who could not tell is left
 * out; null where nobody could. The blame is unknown where somebody fails the run without naming a step.
 *
 * @example
 * joinRatings([{ rater: "ann", failed: true, blame: "search" }])?.failed; // 1
 */
export function joinRatings(
	words: readonly PersonsWord[],
): { readonly failed: number; readonly blame: ReadonlyMap<string, number> | null } | null {
	const told = words.filter(({ failed }) => failed !== null);
	const failed = mean(told.map((word) => (word.failed ? 1 : 0)));
	if (failed === null) return null;
	if (told.some((word) => word.failed && word.blame === "")) return { failed, blame: null };
	const blame = new Map<string, number>();
	for (const word of told)
		if (word.failed) blame.set(word.blame, (blame.get(word.blame) ?? 0) + 1 / told.length);
	return { failed, blame };
}
