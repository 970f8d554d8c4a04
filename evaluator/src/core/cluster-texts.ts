import type { Random } from "./random.ts";
import { hashWord, wordsOf } from "./words.ts";

export interface ClusterOptions {
	/** At most this many clusters; 8 by default. Fewer where there are fewer than ten texts for each. */
	readonly clusters?: number;
	readonly random: Random;
}

const DIMENSIONS = 4096;
const ROUNDS = 25;
/** Centres are fitted to at most this many texts; the others join the nearest one. */
const FITTED = 4_000;
const TEXTS_PER_CLUSTER = 10;

type Vector = readonly (readonly [dimension: number, weight: number])[];

/**
 * Groups texts by what they are about: spherical k-means (Dhillon & Modha 2001) with k-means++ starts over hashed words weighted by tf-idf.
 * The same texts get the same clusters in whatever order they come.
 *
 * @returns for each text the number of its cluster, 0 the largest.
 * @example
 * clusterTexts(["refund please", "refund my order", "reset password"], { clusters: 2, random: seededRandom(1) }); // [0, 0, 1]
 */
export function clusterTexts(
	texts: readonly string[],
	{ clusters = 8, random }: ClusterOptions,
): readonly number[] {
	const distinct = [...new Set(texts)].sort();
	const vectors = vectorsOf(distinct);
	const wanted = Math.min(clusters, Math.max(1, Math.round(distinct.length / TEXTS_PER_CLUSTER)));
	const step = Math.max(1, distinct.length / FITTED);
	const fitted: Vector[] = [];
	for (let at = 0; at < distinct.length; at += step) {
		const vector = vectors[Math.floor(at)];
		if (vector !== undefined) fitted.push(vector);
	}
	const centres = fitCentres(fitted, wanted, random);
	const nearest = new Map(
		distinct.map((text, index) => [text, nearestCentre(vectors[index] ?? [], centres)]),
	);
	return numberBySize(texts.map((text) => nearest.get(text) ?? 0));
}

function vectorsOf(texts: readonly string[]): Vector[] {
	const counted = texts.map((text) => {
		const counts = new Map<number, number>();
		for (const word of wordsOf(text)) {
			const dimension = hashWord(word) % DIMENSIONS;
			counts.set(dimension, (counts.get(dimension) ?? 0) + 1);
		}
		return counts;
	});
	const holders = new Map<number, number>();
	for (const counts of counted)
		for (const dimension of counts.keys()) holders.set(dimension, (holders.get(dimension) ?? 0) + 1);
	return counted.map((counts) => {
		const weighted = [...counts].map(
			([dimension, count]) =>
				[
					dimension,
					(1 + Math.log(count)) * Math.log((1 + texts.length) / (holders.get(dimension) ?? 1)),
				] as const,
		);
		const length = Math.hypot(...weighted.map(([, weight]) => weight));
		return length === 0 ? [] : weighted.map(([dimension, weight]) => [dimension, weight / length] as const);
	});
}

function fitCentres(vectors: readonly Vector[], wanted: number, random: Random): Float64Array[] {
	let centres = startCentres(vectors, wanted, random);
	let before: readonly number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const chosen = vectors.map((vector) => nearestCentre(vector, centres));
		if (chosen.every((centre, index) => centre === before[index])) break;
		before = chosen;
		const sums = centres.map(() => new Float64Array(DIMENSIONS));
		vectors.forEach((vector, index) => {
			const sum = sums[chosen[index] ?? 0];
			if (sum !== undefined)
				for (const [dimension, weight] of vector) sum[dimension] = (sum[dimension] ?? 0) + weight;
		});
		centres = sums.map((sum, index) => normalise(sum) ?? centres[index] ?? sum);
	}
	return centres;
}

/** k-means++ (Arthur & Vassilvitskii 2007): each further start is drawn in proportion to its distance from those before. */
function startCentres(vectors: readonly Vector[], wanted: number, random: Random): Float64Array[] {
	const centres: Float64Array[] = [];
	const distances = vectors.map(() => 1);
	while (centres.length < wanted) {
		const total = distances.reduce((sum, distance) => sum + distance, 0);
		if (total <= 1e-9) break;
		let rest = random() * total;
		let chosen = distances.findIndex((distance) => {
			rest -= distance;
			return rest < 0;
		});
		if (chosen < 0) chosen = distances.length - 1;
		const centre = new Float64Array(DIMENSIONS);
		for (const [dimension, weight] of vectors[chosen] ?? []) centre[dimension] = weight;
		centres.push(centre);
		vectors.forEach((vector, index) => {
			distances[index] = Math.min(distances[index] ?? 1, Math.max(0, 1 - dot(vector, centre)));
		});
	}
	return centres;
}

function nearestCentre(vector: Vector, centres: readonly Float64Array[]): number {
	let best = 0;
	let bestSimilarity = -1;
	centres.forEach((centre, index) => {
		const similarity = dot(vector, centre);
		if (similarity > bestSimilarity) [best, bestSimilarity] = [index, similarity];
	});
	return best;
}

function dot(vector: Vector, centre: Float64Array): number {
	let sum = 0;
	for (const [dimension, weight] of vector) sum += weight * (centre[dimension] ?? 0);
	return sum;
}

function normalise(sum: Float64Array): Float64Array | null {
	let square = 0;
	for (const value of sum) square += value * value;
	return square === 0 ? null : sum.map((value) => value / Math.sqrt(square));
}

function numberBySize(chosen: readonly number[]): number[] {
	const sizes = new Map<number, number>();
	for (const cluster of chosen) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
	const ranked = [...sizes].sort(([a, many], [b, more]) => more - many || a - b).map(([cluster]) => cluster);
	return chosen.map((cluster) => ranked.indexOf(cluster));
}
