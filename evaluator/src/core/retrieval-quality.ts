import { readContent } from "./content.ts";
import { readDocuments } from "./retrieved-documents.ts";
import type { Run } from "./trace.ts";

/** How well a ranking of documents serves those that are right. */
export interface RetrievalQuality {
	/** Share of the right documents among the first k. */
	readonly recall: number;
	/** Discounted cumulative gain over the best possible one, binary relevance (Järvelin & Kekäläinen 2002). */
	readonly ndcg: number;
	/** 1 / place of the first right document; 0 where there is none. */
	readonly reciprocalRank: number;
}

/**
 * Holds a ranking against the documents that are known to be right. A document that is given twice counts once, at its first place.
 *
 * @param found ids of the documents that were found, best first.
 * @param right ids of the right documents; at least one.
 * @param k how many of the ranking count; default: all of it.
 * @returns null where nothing is right: then there is nothing to find.
 * @example
 * rateRetrieval(["a", "b"], ["b"]); // { recall: 1, ndcg: 0.631, reciprocalRank: 0.5 }
 */
export function rateRetrieval(
	found: readonly string[],
	right: readonly string[],
	k: number = found.length,
): RetrievalQuality | null {
	const wanted = new Set(right);
	if (wanted.size === 0) return null;
	let [hits, gain, first] = [0, 0, 0];
	const seen = new Set<string>();
	for (const [at, id] of found.slice(0, k).entries()) {
		if (!wanted.has(id) || seen.has(id)) continue;
		seen.add(id);
		hits++;
		gain += 1 / Math.log2(at + 2);
		if (first === 0) first = at + 1;
	}
	let best = 0;
	for (let at = 0; at < Math.min(wanted.size, Math.max(k, 1)); at++) best += 1 / Math.log2(at + 2);
	return { recall: hits / wanted.size, ndcg: gain / best, reciprocalRank: first === 0 ? 0 : 1 / first };
}

/**
 * The quality of all that a run retrieved, in the order in which it did, as metrics by name; no metrics where no documents are known to be
 * right, null where the run retrieved nothing that says what it is.
 *
 * @param right ids of the right documents, from the fixture.
 */
export function retrievalMetrics(
	run: Run | null,
	right: readonly string[] | null,
): Readonly<Record<string, number | null>> {
	if (right === null || right.length === 0) return {};
	const lists = (run?.spans ?? []).flatMap((span) => readDocuments(span, readContent(span.output)) ?? []);
	const found = lists.flatMap(({ id }) => (id === null ? [] : [id]));
	const known = (run?.spans ?? []).some(({ kind }) => kind === "retrieval");
	const quality = known ? rateRetrieval(found, right) : null;
	return {
		retrieval_recall: quality?.recall ?? null,
		retrieval_recall_at_1: known ? (rateRetrieval(found, right, 1)?.recall ?? null) : null,
		retrieval_ndcg: quality?.ndcg ?? null,
		retrieval_mrr: quality?.reciprocalRank ?? null,
	};
}
