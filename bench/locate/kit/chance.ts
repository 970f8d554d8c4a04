/**
 * Chance by label. Every draw of a run has a stream of its own, named after what is drawn, so that taking one event out of a run
 * leaves every other draw as it was. That is what makes a counterfactual run comparable.
 *
 * @module
 */
import { drawIndex, type Random, seededRandom } from "../../../evaluator/src/core/random.ts";

export type { Random };

/**
 * A 53-bit hash of a text (cyrb53, public domain, by bryc). Not for secrets.
 *
 * @example
 * hashText("latency model#2", 7);
 */
export function hashText(text: string, seed = 0): number {
	let high = 0xdeadbeef ^ seed;
	let low = 0x41c6ce57 ^ seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1);
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		high = Math.imul(high ^ code, 2654435761);
		low = Math.imul(low ^ code, 1597334677);
	}
	high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
	low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
	return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** The stream of uniform numbers that belongs to this label under this seed. */
export const streamOf = (seed: number, label: string): Random => seededRandom(hashText(label, seed));

/** One of the items, each as likely as the other. */
export function pick<T>(items: readonly T[], random: Random): T {
	return items[drawIndex(items.length, random)] as T;
}

/** A whole number from `low` to `high`, both included. */
export const between = (low: number, high: number, random: Random): number =>
	low + Math.floor(random() * (high - low + 1));
