/**
 * Step `search_docs`: question in, the best pages of the documentation out.
 *
 * @module
 */
import type { Analyser } from "./analyser.ts";
import type { SearchIndex } from "./search-index.ts";

/** A page that was found, best first. */
export interface FoundDocument {
	readonly id: string;
	readonly package: string;
	readonly title: string;
	readonly content: string;
	readonly score: number;
}

export type SearchDocs = (question: string) => FoundDocument[];

/** How many pages the prompt is offered. */
export const TOP_K = 6;

const BOOST = { package: 1.5, title: 2 };

/** A search over `index` that analyses the question with `analyser`. */
export function createSearch(index: SearchIndex, analyser: Analyser): SearchDocs {
	return (question) => searchAll(index, analyser, question).slice(0, TOP_K);
}

/** Every page that shares a term with the question, best first. */
export function searchAll(index: SearchIndex, analyser: Analyser, question: string): FoundDocument[] {
	const hits = index.engine.search(question, { tokenize: (text) => analyser.terms(text), boost: BOOST });
	return hits.map((hit) => ({
		id: String(hit.id),
		package: String(hit["package"]),
		title: String(hit["title"]),
		content: String(hit["content"]),
		score: Number(hit.score.toFixed(3)),
	}));
}
