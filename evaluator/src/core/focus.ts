import type { Content } from "./content.ts";
import type { ComponentReference } from "./score.ts";

/** Units count as the focus from this share of the best one's relevance on. */
const NEARLY_BEST = 0.8;
const MAX_UNITS = 6;

/**
 * The sentences or lines of a content that bear most on a question: those that hold most of its words, rare words weighing more
 * (inverse document frequency over the component's healthy outputs, Spärck Jones 1972).
 *
 * @returns their words; empty where nothing bears on it.
 */
export function focusOf(
	content: Content,
	question: Content,
	reference: ComponentReference | null,
): readonly ReadonlySet<number>[] {
	const weights = new Map<number, number>();
	for (const word of question.words) weights.set(word, rarity(word, reference));
	let best = 0;
	const relevances = content.units.map((unit) => {
		let relevance = 0;
		for (const [word, weight] of weights) if (unit.has(word)) relevance += weight;
		best = Math.max(best, relevance);
		return relevance;
	});
	if (best <= 0) return [];
	return content.units
		.filter((_, at) => (relevances[at] ?? 0) >= NEARLY_BEST * best)
		.filter((unit) => !sameWords(unit, question.words))
		.slice(0, MAX_UNITS);
}

/** The question itself, repeated in a prompt, bears on nothing. */
function sameWords(unit: ReadonlySet<number>, question: ReadonlySet<number>): boolean {
	let others = 0;
	for (const word of unit) if (!question.has(word)) others++;
	return others <= 0.2 * unit.size;
}

/** Smoothed inverse document frequency; 1 for every word where nothing is known. */
export function rarity(word: number, reference: ComponentReference | null): number {
	if (reference === null) return 1;
	return Math.log((reference.executions + 1) / ((reference.wordCounts.get(word) ?? 0) + 0.5));
}
