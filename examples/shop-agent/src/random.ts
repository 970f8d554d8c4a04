/**
 * Seeded randomness: the same seed gives the same numbers.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A stream of numbers in [0, 1) that `seed` decides (mulberry32, seeded by SHA-256). */
export function seededRandom(seed: string): () => number {
	let state = createHash("sha256").update(seed).digest().readUInt32LE(0);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** The items in an order that `random` decides (Fisher-Yates). */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
	const keyed = items.map((item) => ({ item, key: random() }));
	return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
