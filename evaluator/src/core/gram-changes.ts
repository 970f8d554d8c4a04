/** A gram counts from this squared z-score on. */
const THRESHOLD = 5;

/**
 * How far the shares of texts that hold each gram differ between two groups, summed over the grams that differ much: Σ max(0, z² − 5). Thresholded
 * sums see few, strong changes among many small ones, where a mean over all grams drowns them (Fan 1996; Zhong, Chen and Xu 2013). One value
 * for each group, of texts given by their places, against all other texts.
 *
 * @param texts the grams of every text, each gram once.
 * @param groups all of one size.
 * @example
 * const [seen, ...byChance] = gramChanges(texts, [today, ...regroupings]);
 */
export function gramChanges(texts: readonly Int32Array[], groups: readonly Int32Array[]): Float64Array {
	const { held, members } = sharedGrams(texts);
	const share = (groups[0]?.length ?? 0) / texts.length;
	const expected = held.map((count) => count * share);
	const precision = held.map((count) => 1 / (count * share * (1 - share)));
	const excess = (gram: number, count: number): number => {
		const off = count - (expected[gram] ?? 0);
		return Math.max(0, off * off * (precision[gram] ?? 0) - THRESHOLD);
	};
	const absent = held.map((_, gram) => excess(gram, 0));
	const none = absent.reduce((sum, value) => sum + value, 0);
	const counts = new Uint16Array(held.length);
	const touched = new Int32Array(held.length);
	return Float64Array.from(groups, (group) => {
		let reached = 0;
		for (const text of group) {
			for (const gram of members[text] ?? []) {
				if (counts[gram] === 0) touched[reached++] = gram;
				counts[gram] = (counts[gram] ?? 0) + 1;
			}
		}
		let sum = none;
		for (let at = 0; at < reached; at++) {
			const gram = touched[at] ?? 0;
			sum += excess(gram, counts[gram] ?? 0) - (absent[gram] ?? 0);
			counts[gram] = 0;
		}
		return sum;
	});
}

/** Places in texts that are looked at, over all grams: long texts would cost minutes. */
const MOST_PLACES = 40_000;

/** Some of the grams, chosen by their own numbers and so without regard to which text holds them. */
function withinBudget(shared: readonly (readonly [gram: number, count: number])[]) {
	let left = MOST_PLACES;
	return shared
		.toSorted(([a], [b]) => scramble(a) - scramble(b))
		.filter(([, count]) => {
			left -= count;
			return left >= 0;
		});
}

/** Knuth's multiplicative hash: neighbouring numbers far apart. */
const scramble = (gram: number): number => Math.imul(gram + 1, 0x9e3779b1) >>> 0;

/** Grams that several texts hold, renumbered: how many hold each, and which each text holds. */
function sharedGrams(texts: readonly Int32Array[]): {
	readonly held: Float64Array;
	readonly members: readonly Int32Array[];
} {
	const counts = new Map<number, number>();
	for (const grams of texts) for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
	const shared = withinBudget([...counts].filter(([, count]) => count >= 2 && count < texts.length));
	const numbers = new Map(shared.map(([gram], number) => [gram, number]));
	return {
		held: Float64Array.from(shared, ([, count]) => count),
		members: texts.map((grams) => {
			const kept: number[] = [];
			for (const gram of grams) {
				const number = numbers.get(gram);
				if (number !== undefined) kept.push(number);
			}
			return Int32Array.from(kept);
		}),
	};
}
