import { readContent } from "./content.ts";
import { drawIndex, type Random, seededRandom, shuffle } from "./random.ts";
import type { Run } from "./trace.ts";
import { wordsOf } from "./words.ts";

/** How to cluster. */
export interface ClusterOptions {
	/** Starting points and halves; by default always the same, so that the same runs give the same clusters. */
	readonly random?: Random;
	/** At most this many clusters; 10 by default. */
	readonly most?: number;
}

/** The cluster of runs whose input was not recorded or holds no word that another input shares. */
export const NO_CLUSTER = "";

/** Distinct inputs that clusters are learned from; the others are assigned to the nearest. */
const LEARNED_FROM = 1200;
/** Of these, the number of clusters is found out from two halves of so many. */
const COUNTED_FROM = 600;
const VOCABULARY = 3000;
/** Of a long input its beginning is read. */
const MAX_CHARACTERS = 8000;
/** Fewest distinct inputs in which clusters are looked for. */
const FEWEST_INPUTS = 20;
/** A number of clusters counts as real when halves agree at least so well; without any structure they agree to about 0.1. */
const AGREEMENT = 0.4;
const SPLITS = 3;
const RESTARTS = 8;
const ROUNDS = 20;
const NAMED_WORDS = 3;
/** A further word is named when it stands out at least so far, compared with the first. */
const TELLING = 0.3;

/** One text as weighted words: a unit vector, its places in the vocabulary ascending. */
interface Vector {
	readonly places: readonly number[];
	readonly weights: readonly number[];
}

/**
 * Puts runs with like inputs together, by their words, so that a comparison can be made within clusters where no two runs were asked the
 * same: trace id → the cluster's name, which is made of its most telling words.
 *
 * Spherical k-means (Dhillon and Modha 2001) over the inputs' distinct words, weighted by how few inputs hold them (inverse document
 * frequency); the number of clusters is the one on which clusterings of two halves of the inputs agree best (stability, Lange et al. 2004).
 * Where they agree on none, all runs are one cluster. Repeated inputs count once. Deterministic.
 *
 * @example
 * clusterRuns(runs).get(run.traceId); // "refund invoice paid"
 */
export function clusterRuns(runs: readonly Run[], options: ClusterOptions = {}): ReadonlyMap<string, string> {
	const byInput = Map.groupBy(runs, (run) => run.input);
	const texts = [...byInput].map(([input, group]) => ({ words: wordsOfInput(input), group }));
	const names = clusterTexts(
		texts.map((text) => text.words),
		options,
	);
	return new Map(
		texts.flatMap(({ group }, at) => group.map((run) => [run.traceId, names[at] ?? NO_CLUSTER] as const)),
	);
}

const wordsOfInput = (input: string): ReadonlySet<string> =>
	new Set(wordsOf(readContent(input).text.slice(0, MAX_CHARACTERS)));

/**
 * The cluster name of each text, given as its set of words. As `clusterRuns`, for texts that are no run's input.
 *
 * @example
 * clusterTexts(texts.map((text) => new Set(wordsOf(text))));
 */
export function clusterTexts(
	texts: readonly ReadonlySet<string>[],
	{ random = seededRandom(1), most = 10 }: ClusterOptions = {},
): readonly string[] {
	const sample = texts.length <= LEARNED_FROM ? texts : shuffle(texts, random).slice(0, LEARNED_FROM);
	const vocabulary = learnVocabulary(sample);
	const learned = sample.map((text) => vectorOf(text, vocabulary)).filter(isTold);
	const k = countClusters(learned, vocabulary.size, most, random);
	const centres = bestCentres(learned, k, vocabulary.size, random);
	const names = nameCentres(centres, [...vocabulary.keys()]);
	return texts.map((text) => {
		const vector = vectorOf(text, vocabulary);
		return isTold(vector) ? (names[nearest(vector, centres).at] ?? NO_CLUSTER) : NO_CLUSTER;
	});
}

const isTold = (vector: Vector): boolean => vector.places.length > 0;

/** Words that at least two texts share, with their weight; the most telling ones where there are too many. */
function learnVocabulary(
	texts: readonly ReadonlySet<string>[],
): ReadonlyMap<string, { readonly place: number; readonly weight: number }> {
	const counts = new Map<string, number>();
	for (const text of texts) for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
	// A word of a single text tells no two alike; one of every text tells no two apart.
	const told = [...counts]
		.filter(([, count]) => count >= 2 && (count < texts.length || texts.length < FEWEST_INPUTS))
		.map(([word, count]) => ({ word, count, weight: Math.log(1 + texts.length / count) }))
		.sort((a, b) => b.count * b.weight - a.count * a.weight || (a.word < b.word ? -1 : 1))
		.slice(0, VOCABULARY);
	return new Map(told.map(({ word, weight }, place) => [word, { place, weight }]));
}

function vectorOf(text: ReadonlySet<string>, vocabulary: ReturnType<typeof learnVocabulary>): Vector {
	const found = [...text].flatMap((word) => vocabulary.get(word) ?? []).sort((a, b) => a.place - b.place);
	const length = Math.hypot(...found.map((word) => word.weight));
	return { places: found.map((word) => word.place), weights: found.map((word) => word.weight / length) };
}

/** The number of clusters on which both halves of the texts agree best; 1 where they agree on none. */
function countClusters(vectors: readonly Vector[], words: number, most: number, random: Random): number {
	if (vectors.length < FEWEST_INPUTS) return 1;
	const splits = Array.from({ length: SPLITS }, () => {
		const order = shuffle(vectors, random).slice(0, COUNTED_FROM);
		const middle = order.length >> 1;
		return [order.slice(0, middle), order.slice(middle)] as const;
	});
	let best = { k: 1, agreement: AGREEMENT };
	for (let k = 2; k <= Math.min(most, Math.floor(vectors.length / 10)); k++) {
		const agreements = splits.map(([first, second]) => {
			const known = bestCentres(first, k, words, random);
			const own = bestCentres(second, k, words, random);
			return adjustedRandIndex(
				second.map((vector) => nearest(vector, known).at),
				second.map((vector) => nearest(vector, own).at),
			);
		});
		const agreement = agreements.reduce((sum, one) => sum + one, 0) / SPLITS;
		if (agreement >= best.agreement) best = { k, agreement };
	}
	return best.k;
}

/**
 * How far two clusterings of the same items agree, beyond chance: 1 for the same, about 0 for unrelated ones (Hubert and Arabie 1985).
 *
 * @example
 * adjustedRandIndex(["a", "a", "b"], [1, 1, 2]); // 1
 */
export function adjustedRandIndex(first: readonly unknown[], second: readonly unknown[]): number {
	const pairs = (groups: ReadonlyMap<unknown, readonly unknown[]>): number =>
		[...groups.values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
	const places = first.map((_, at) => at);
	const byFirst = Map.groupBy(places, (at) => first[at]);
	const bySecond = Map.groupBy(places, (at) => second[at]);
	let together = 0;
	for (const group of byFirst.values()) together += pairs(Map.groupBy(group, (at) => second[at]));
	const all = (first.length * (first.length - 1)) / 2;
	const [inFirst, inSecond] = [pairs(byFirst), pairs(bySecond)];
	const expected = (inFirst * inSecond) / all;
	const most = (inFirst + inSecond) / 2;
	return most === expected ? 1 : (together - expected) / (most - expected);
}

/** The centres with the highest total similarity among several starts. */
function bestCentres(
	vectors: readonly Vector[],
	k: number,
	words: number,
	random: Random,
): readonly Float64Array[] {
	let best: { readonly total: number; readonly centres: readonly Float64Array[] } | null = null;
	for (let start = 0; vectors.length > 0 && start < (k === 1 ? 1 : RESTARTS); start++) {
		const found = settle(vectors, startCentres(vectors, k, words, random), words);
		if (best === null || found.total > best.total) best = found;
	}
	return best?.centres ?? [];
}

/** k-means++ (Arthur and Vassilvitskii 2007): each further start is drawn by its distance to the starts so far. */
function startCentres(vectors: readonly Vector[], k: number, words: number, random: Random): Float64Array[] {
	const dense = (vector: Vector | undefined): Float64Array => {
		const centre = new Float64Array(words);
		vector?.places.forEach((place, at) => {
			centre[place] = vector.weights[at] ?? 0;
		});
		return centre;
	};
	const centres = [dense(vectors[drawIndex(vectors.length, random)])];
	const far = vectors.map(() => 1);
	while (centres.length < k) {
		const newest = centres.at(-1) as Float64Array;
		vectors.forEach((vector, at) => {
			far[at] = Math.min(far[at] ?? 1, Math.max(0, 1 - similarityTo(vector, newest)));
		});
		let left = random() * far.reduce((sum, distance) => sum + distance, 0);
		const chosen = far.findIndex((distance) => {
			left -= distance;
			return left < 0;
		});
		centres.push(dense(vectors.at(chosen)));
	}
	return centres;
}

/** Moves every centre to the middle of its texts until nothing changes. */
function settle(
	vectors: readonly Vector[],
	start: readonly Float64Array[],
	words: number,
): { readonly total: number; readonly centres: readonly Float64Array[] } {
	let centres = start;
	let total = Number.NEGATIVE_INFINITY;
	for (let round = 0; round < ROUNDS; round++) {
		const sums = centres.map(() => new Float64Array(words));
		let reached = 0;
		for (const vector of vectors) {
			const { at, similarity } = nearest(vector, centres);
			reached += similarity;
			const sum = sums[at] as Float64Array;
			for (let index = 0; index < vector.places.length; index++) {
				const place = vector.places[index] ?? 0;
				sum[place] = (sum[place] ?? 0) + (vector.weights[index] ?? 0);
			}
		}
		const moved = sums.map((sum, at) => unit(sum) ?? (centres[at] as Float64Array));
		if (reached <= total + 1e-9) break;
		total = reached;
		centres = moved;
	}
	return { total, centres };
}

function unit(sum: Float64Array): Float64Array | null {
	const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
	return length === 0 ? null : sum.map((value) => value / length);
}

function similarityTo({ places, weights }: Vector, centre: Float64Array): number {
	let sum = 0;
	for (let index = 0; index < places.length; index++) {
		sum += (weights[index] ?? 0) * (centre[places[index] ?? 0] ?? 0);
	}
	return sum;
}

function nearest(
	vector: Vector,
	centres: readonly Float64Array[],
): { readonly at: number; readonly similarity: number } {
	let best = 0;
	let highest = Number.NEGATIVE_INFINITY;
	for (let at = 0; at < centres.length; at++) {
		const similarity = similarityTo(vector, centres[at] as Float64Array);
		if (similarity <= highest) continue;
		best = at;
		highest = similarity;
	}
	return { at: best, similarity: highest };
}

/** Names a centre by the words in which it stands out most from the others; a lone one has nothing to stand out from. */
function nameCentres(centres: readonly Float64Array[], words: readonly string[]): readonly string[] {
	if (centres.length < 2) return centres.map(() => "all");
	const mean = words.map(
		(_, place) => centres.reduce((sum, centre) => sum + (centre[place] ?? 0), 0) / centres.length,
	);
	const taken = new Set<string>();
	return centres.map((centre) => {
		const telling = words
			.map((word, place) => ({ word, excess: (centre[place] ?? 0) - (mean[place] ?? 0) }))
			.sort((a, b) => b.excess - a.excess)
			.slice(0, NAMED_WORDS);
		const least = TELLING * (telling[0]?.excess ?? 0);
		let name = telling
			.filter(({ excess }) => excess >= least)
			.map(({ word }) => word)
			.join(" ");
		while (taken.has(name)) name += "′";
		taken.add(name);
		return name;
	});
}
