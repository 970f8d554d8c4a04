/**
 * Builds the search index over the corpus.
 *
 * @module
 */
import { createHash } from "node:crypto";
import MiniSearch from "minisearch";
import type { Analyser } from "./analyser.ts";
import type { Page } from "./cut-pages.ts";

/** A built index, with what its build record says about it. */
export interface SearchIndex {
	readonly name: string;
	/** The build id: a serial number and a hash of what went in. */
	readonly build: string;
	/** The analyser whose terms are in the index. */
	readonly analyser: string;
	readonly engine: MiniSearch<Page>;
}

/**
 * Indexes all pages with one analyser.
 *
 * @example buildIndex(pages, stemAnalyser, { serial: 41 }).build // "docs-41-3f0c9a2b"
 */
export function buildIndex(
	pages: readonly Page[],
	analyser: Analyser,
	{ serial }: { serial: number },
): SearchIndex {
	const engine = new MiniSearch<Page>({
		fields: ["package", "title", "content"],
		storeFields: ["package", "title", "content"],
		tokenize: (text) => analyser.terms(text),
		processTerm: (term) => term,
	});
	engine.addAll(pages);
	const hash = createHash("sha256").update(analyser.name);
	for (const page of pages) hash.update(page.id).update(page.content);
	return {
		name: "docs",
		build: `docs-${serial}-${hash.digest("hex").slice(0, 8)}`,
		analyser: analyser.name,
		engine,
	};
}
