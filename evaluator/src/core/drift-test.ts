import { exchangeClusters } from "./exchange-clusters.ts";
import { gramChanges } from "./gram-changes.ts";
import { meanDiscrepancies } from "./mean-discrepancy.ts";
import type { Random } from "./random.ts";
import { valueDistances } from "./value-distance.ts";

/** One text of a stream: what one run was asked, or answered. */
export interface DriftText {
	/** What belongs together and is not independent: the run's user, where known, else its task. */
	readonly cluster: string;
	/** See `gramsOf`. */
	readonly grams: Int32Array;
	/** Characters. */
	readonly length: number;
	/** Where an embedding model is configured; all texts of a test have one or none counts. */
	readonly embedding?: Float32Array;
}

/** What of a text is compared: its hashed n-grams, its embedding, its length. */
export const DRIFT_ASPECTS = ["words", "meaning", "length"] as const;

export type DriftAspect = (typeof DRIFT_ASPECTS)[number];

/** How far two groups of texts are apart. */
export interface DriftTest {
	/** Chance of a distance this large where nothing changed; null where a group is too small. */
	readonly p: number | null;
	/** As `p`, with ties broken at random: exactly uniform where nothing changed, which a bet needs. */
	readonly uniformP: number | null;
	/** Aspect → distance in standard deviations of what random regrouping gives, with a p-value of its own. */
	readonly aspects: Readonly<Partial<Record<DriftAspect, { readonly z: number; readonly p: number }>>>;
}

export interface DriftTestOptions {
	readonly random: Random;
	/** Random regroupings; default 499. */
	readonly permutations?: number;
}

/** A smaller group of texts tells nothing. */
export const FEWEST_TEXTS = 8;

/**
 * Whether two groups of texts come from one source, by what can differ: n-grams (`gramChanges`), embeddings (`meanDiscrepancies`) and lengths
 * (`valueDistances`), each in standard deviations of its permutation distribution, and the largest of them tested by the same permutations (max-T:
 * Westfall and Young 1993). Regrouping keeps the groups' sizes as they are, and texts of one task together (`exchangeClusters`).
 *
 * @example
 * testDrift(lastWeek, today, { random: seededRandom(1) }).p;
 */
export function testDrift(
	before: readonly DriftText[],
	after: readonly DriftText[],
	{ random, permutations = 499 }: DriftTestOptions,
): DriftTest {
	if (before.length < FEWEST_TEXTS || after.length < FEWEST_TEXTS) {
		return { p: null, uniformP: null, aspects: {} };
	}
	const texts = [...before, ...after];
	const draw = regrouper(texts, before.length);
	const groups: Int32Array[] = [Int32Array.from(after.keys(), (at) => before.length + at)];
	for (let at = 0; at < permutations; at++) groups.push(draw(random));
	const aspects: Partial<Record<DriftAspect, { z: number; p: number }>> = {};
	const largest = new Float64Array(groups.length).fill(Number.NEGATIVE_INFINITY);
	for (const [aspect, distances] of measure(texts, groups)) {
		const z = standardise(distances);
		if (z === null) continue;
		aspects[aspect] = { z: z[0] ?? 0, p: rankOfFirst(z, 1) };
		for (let at = 0; at < z.length; at++) largest[at] = Math.max(largest[at] ?? 0, z[at] ?? 0);
	}
	if (Object.keys(aspects).length === 0) {
		// Nothing was recorded, or every regrouping is as like as what was seen: the same tasks with the same texts on both sides.
		const isEmpty = texts.every(({ length }) => length === 0);
		return { p: isEmpty ? null : 1, uniformP: isEmpty ? null : random(), aspects };
	}
	return { p: rankOfFirst(largest, 1), uniformP: rankOfFirst(largest, random()), aspects };
}

function measure(
	texts: readonly DriftText[],
	groups: readonly Int32Array[],
): (readonly [DriftAspect, Float64Array])[] {
	const embeddings = texts.flatMap(({ embedding }) => embedding ?? []);
	return [
		[
			"words",
			gramChanges(
				texts.map(({ grams }) => grams),
				groups,
			),
		],
		...(embeddings.length === texts.length
			? [["meaning", meanDiscrepancies(embeddings, groups)] as const]
			: []),
		[
			"length",
			valueDistances(
				texts.map(({ length }) => length),
				groups,
			),
		],
	];
}

/** Share of the values at least as large as the first one, of those that tie with it as large a part as `ties` says. */
function rankOfFirst(values: Float64Array, ties: number): number {
	const first = values[0] ?? 0;
	// Equal statistics reached by different sums differ in the last bits.
	const slack = 1e-9 * Math.max(1, Math.abs(first));
	let [above, equal] = [0, 0];
	for (const value of values) {
		if (value > first + slack) above++;
		else if (value >= first - slack) equal++;
	}
	return (above + ties * equal) / values.length;
}

/** Draws which texts are the later group. */
function regrouper(texts: readonly DriftText[], before: number): (random: Random) => Int32Array {
	const after = texts.length - before;
	if (new Set(texts.map(({ cluster }) => cluster)).size < texts.length) {
		const exchange = exchangeClusters(texts.map(({ cluster }) => ({ cluster })));
		return (random) => exchange(random).slice(before);
	}
	// Nothing belongs together: any so many texts.
	const order = Int32Array.from(texts.keys());
	return (random) => {
		for (let at = 0; at < after; at++) {
			const other = at + Math.floor(random() * (order.length - at));
			const moved = order[at] ?? 0;
			order[at] = order[other] ?? 0;
			order[other] = moved;
		}
		return order.slice(0, after);
	};
}

/** In standard deviations from the mean; null where all are alike. */
function standardise(values: Float64Array): Float64Array | null {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
	return spread > 1e-12 ? values.map((value) => (value - mean) / spread) : null;
}
