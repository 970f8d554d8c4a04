/** A source of uniform numbers in [0, 1). Everything that needs chance takes one as an argument. */
export type Random = () => number;

/**
 * A reproducible source of uniform numbers in [0, 1) with 53 random bits each.
 *
 * The generator is sfc32 (Doty-Humphrey, PractRand), its state filled by splitmix32 from both halves of the seed,
 * so that neighbouring seeds give unrelated streams. Not for secrets.
 *
 * @throws RangeError when the seed is not a safe integer.
 * @example
 * const random = seededRandom(7);
 * random(); // the same number in every run
 */
export function seededRandom(seed: number): Random {
	if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}; give an integer`);
	const next = splitmix32((seed | 0) ^ Math.imul(Math.floor(seed / 2 ** 32) | 0, 0x85ebca6b));
	let a = next();
	let b = next();
	let c = next();
	let counter = 1;
	const draw = (): number => {
		const sum = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (((c << 21) | (c >>> 11) | 0) + sum) | 0;
		return sum >>> 0;
	};
	// The first outputs still resemble the seed; PractRand discards 12.
	for (let i = 0; i < 12; i++) draw();
	return () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53;
}

function splitmix32(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x9e3779b9) | 0;
		let z = state ^ (state >>> 16);
		z = Math.imul(z, 0x21f0aaad);
		z ^= z >>> 15;
		z = Math.imul(z, 0x735a2d97);
		return z ^ (z >>> 15);
	};
}

/**
 * A uniform index into a list of `length` items: 0, …, length − 1.
 *
 * @throws RangeError when the length is not a positive integer.
 * @example
 * const item = items[drawIndex(items.length, random)];
 */
export function drawIndex(length: number, random: Random): number {
	if (!Number.isInteger(length) || length < 1) {
		throw new RangeError(`cannot draw from ${length} items; give a list that is not empty`);
	}
	return Math.floor(random() * length);
}

/**
 * The items in a uniformly random order (Fisher–Yates), as a new array.
 *
 * @example
 * shuffle(["a", "b", "c"], seededRandom(1));
 */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
	const order = [...items];
	for (let last = order.length - 1; last > 0; last--) {
		const at = Math.floor(random() * (last + 1));
		const moved = order[last] as T;
		order[last] = order[at] as T;
		order[at] = moved;
	}
	return order;
}
