/**
 * Fault `wrong-documents`: a release of `search_docs` that wants to keep one large package from crowding out the others.
 *
 * The mistake: a Map keeps the last entry of a key, so of every package it is the worst hit that survives.
 *
 * @module
 */
import type { Analyser } from "../analyser.ts";
import { type SearchDocs, searchAll, TOP_K } from "../retrieval.ts";
import type { SearchIndex } from "../search-index.ts";

const POOL = 12;

export function createDiversifiedSearch(index: SearchIndex, analyser: Analyser): SearchDocs {
	return (question) => {
		const pool = searchAll(index, analyser, question).slice(0, POOL);
		const byPackage = new Map(pool.map((document) => [document.package, document]));
		return [...byPackage.values()].sort((a, b) => b.score - a.score).slice(0, TOP_K);
	};
}
