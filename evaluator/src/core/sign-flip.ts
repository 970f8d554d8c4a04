import type { Random } from "./random.ts";

/** Sums beyond this make the exact distribution too large to hold. */
const MOST = 1_000_000;

/**
 * Exact one-sided sign-flip test for tasks that ran on both sides: P(sum at most the observed one) where each task's two labels are
 * exchanged with probability one half (Fisher 1935; by convolution, as Pagano and Tritchler 1983). A difference is a whole number: the
 * passes of one task after less those before, over the same number of trials. With one trial a task it is McNemar's exact test, one-sided.
 *
 * The null hypothesis is that nothing changed; trials of one task may depend on each other in any way.
 *
 * @throws RangeError when a difference is not an integer, or they add up to more than a million.
 * @example
 * signFlipP([-1, -1, -1, -1, -1, 0, 1]); // 7/64: five or more of six down
 */
export function signFlipP(differences: readonly number[]): number {
	const sizes = differences.map(Math.abs);
	const largest = sizes.reduce((sum, size) => sum + size, 0);
	if (!(sizes.every(Number.isInteger) && largest <= MOST)) {
		throw new RangeError("the differences must be whole numbers that add up to at most a million");
	}
	// chances[s]: probability that the tasks that went down lose s together.
	const chances = new Float64Array(largest + 1);
	chances[0] = 1;
	let reached = 0;
	for (const size of sizes) {
		if (size === 0) continue;
		reached += size;
		for (let lost = reached; lost >= 0; lost--) {
			chances[lost] = ((chances[lost] ?? 0) + (lost >= size ? (chances[lost - size] ?? 0) : 0)) / 2;
		}
	}
	const lost = differences.reduce((sum, difference) => sum + Math.max(0, -difference), 0);
	return Math.min(
		1,
		chances.subarray(lost).reduce((sum, chance) => sum + chance, 0),
	);
}

/**
 * The same test for differences that are no whole numbers, by random flips: P(sum at most the observed one), with the observed one counted
 * (Phipson and Smyth 2010).
 *
 * @example
 * randomSignFlipP([-0.2, -0.1, -0.3, -0.2, -0.1], seededRandom(1)); // about 1/32
 */
export function randomSignFlipP(
	differences: readonly number[],
	random: Random,
	{ flips = 2000 }: { readonly flips?: number } = {},
): number {
	const values = Float64Array.from(differences);
	const observed = values.reduce((sum, value) => sum + value, 0);
	// Equal sums reached in another order differ in the last bits; they are ties.
	const slack = 1e-9 * values.reduce((sum, value) => sum + Math.abs(value), 0);
	let extreme = 1;
	for (let flip = 0; flip < flips; flip++) {
		let total = 0;
		for (const value of values) total += random() < 0.5 ? value : -value;
		if (total <= observed + slack) extreme++;
	}
	return extreme / (flips + 1);
}
