/**
 * A small search index: words weighted by rarity, cosine similarity, a synonym table in place of what an embedding model knows.
 *
 * @module
 */
import { hashText, type Random } from "./chance.ts";

export interface SearchDocument {
	readonly id: string;
	readonly title: string;
	readonly content: string;
}

export interface FoundDocument extends SearchDocument {
	readonly score: number;
}

const WORD = /[\p{L}\p{N}]+/gu;

/** The words of a text, lower case. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(WORD) ?? [];

export interface SearchOptions {
	readonly limit: number;
	/** Relative noise of every score, as approximate search has. */
	readonly noise?: number;
	readonly random: Random;
	/** The query's words are looked up under other words' entries, as when the index was built by another embedding model. */
	readonly strangeWords?: (word: string) => boolean;
	readonly keep?: (document: SearchDocument) => boolean;
}

export class SearchIndex {
	readonly documents: readonly SearchDocument[];
	readonly #postings = new Map<string, [document: number, weight: number][]>();
	readonly #vocabulary: string[];
	readonly #titleWeight: number;

	constructor(documents: readonly SearchDocument[], titleWeight = 3) {
		this.documents = documents;
		this.#titleWeight = titleWeight;
		documents.forEach((document, at) => {
			const counts = new Map<string, number>();
			for (const word of wordsOf(document.content)) counts.set(word, (counts.get(word) ?? 0) + 1);
			for (const word of wordsOf(document.title))
				counts.set(word, (counts.get(word) ?? 0) + this.#titleWeight);
			const length = Math.sqrt([...counts.values()].reduce((sum, count) => sum + count * count, 0));
			for (const [word, count] of counts) {
				const list = this.#postings.get(word) ?? [];
				list.push([at, count / length]);
				this.#postings.set(word, list);
			}
		});
		this.#vocabulary = [...this.#postings.keys()].toSorted();
	}

	search(query: string, { limit, noise = 0.02, random, strangeWords, keep }: SearchOptions): FoundDocument[] {
		const scores = new Float64Array(this.documents.length);
		for (const word of new Set(wordsOf(query))) {
			const key =
				strangeWords?.(word) === true
					? (this.#vocabulary[hashText(word, 11) % this.#vocabulary.length] ?? word)
					: word;
			const list = this.#postings.get(key);
			if (list === undefined) continue;
			const rarity = Math.log(1 + this.documents.length / list.length);
			for (const [at, weight] of list) scores[at] = (scores[at] ?? 0) + rarity * weight;
		}
		const found: FoundDocument[] = [];
		for (const [at, score] of scores.entries()) {
			const document = this.documents[at];
			if (score === 0 || document === undefined || keep?.(document) === false) continue;
			found.push({ ...document, score: score * (1 + noise * (2 * random() - 1)) });
		}
		found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
		const top = found[0]?.score ?? 1;
		return found.slice(0, limit).map((document) => ({
			...document,
			score: Math.round((0.93 * document.score * 1000) / Math.max(top, 1e-9)) / 1000,
		}));
	}
}
