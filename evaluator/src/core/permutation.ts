import { type Random, shuffle } from "./random.ts";

/** How to permute. */
export interface PermutationOptions {
	readonly random: Random;
	/** Number of random relabellings, 2000 by default; the p-value is never below 1 / (permutations + 1). */
	readonly permutations?: number;
}

/** A statistic of two groups and how often chance alone gives one at least as far from zero. */
export interface PermutationResult {
	/** Null when the statistic is undefined for the groups as they are; then `p` is null too. */
	readonly observed: number | null;
	readonly p: number | null;
	/** Relabellings in which the statistic was undefined; each counts against rejecting. */
	readonly undefinedPermutations: number;
}

/**
 * Two-sided permutation test of two independent groups of clusters (usually tasks with all of their trials): the labels
 * are shuffled over clusters and split into groups of the sizes observed, p = (1 + number as extreme) / (permutations + 1)
 * (Phipson and Smyth 2010). Splitting the pool in half instead rejects 26 % of true nulls for groups of 3 and 30.
 *
 * The null hypothesis is that nothing differs between the groups.
 *
 * @param statistic of a split; null when it is undefined there. Zero means "no difference".
 * @throws RangeError when permutations is not a positive integer.
 * @example
 * permutationTest(tasksBefore, tasksAfter, (a, b) => passRate(b) - passRate(a), { random: seededRandom(1) }).p;
 */
export function permutationTest<Cluster>(
	before: readonly Cluster[],
	after: readonly Cluster[],
	statistic: (before: readonly Cluster[], after: readonly Cluster[]) => number | null,
	options: PermutationOptions,
): PermutationResult {
	return only(permutationTestVector(before, after, (a, b) => [statistic(a, b)], options));
}

/**
 * As `permutationTest`, for several statistics of the same splits in one pass: one result per element.
 *
 * @throws RangeError when permutations is not a positive integer.
 * @example
 * permutationTestVector(tasksBefore, tasksAfter, contributionPerStep, { random: seededRandom(1) });
 */
export function permutationTestVector<Cluster>(
	before: readonly Cluster[],
	after: readonly Cluster[],
	statistic: (before: readonly Cluster[], after: readonly Cluster[]) => readonly (number | null)[],
	options: PermutationOptions,
): PermutationResult[] {
	const pool = [...before, ...after];
	return countExtremes(statistic(before, after), options, () => {
		const order = shuffle(pool, options.random);
		return statistic(order.slice(0, before.length), order.slice(before.length));
	});
}

/**
 * Two-sided permutation test for tasks that ran on both sides: the two labels of each task are swapped with probability
 * one half, so differences between tasks cancel. `before[i]` and `after[i]` are the same task.
 *
 * @param statistic of the relabelled groups, which stay in task order; null when it is undefined there.
 * @throws RangeError when the groups differ in length or permutations is not a positive integer.
 * @example
 * pairedPermutationTest(before, after, (a, b) => passRate(b) - passRate(a), { random: seededRandom(1) }).p;
 */
export function pairedPermutationTest<Cluster>(
	before: readonly Cluster[],
	after: readonly Cluster[],
	statistic: (before: readonly Cluster[], after: readonly Cluster[]) => number | null,
	options: PermutationOptions,
): PermutationResult {
	return only(pairedPermutationTestVector(before, after, (a, b) => [statistic(a, b)], options));
}

/**
 * As `pairedPermutationTest`, for several statistics of the same relabellings in one pass: one result per element.
 *
 * @throws RangeError when the groups differ in length or permutations is not a positive integer.
 * @example
 * pairedPermutationTestVector(before, after, contributionPerStep, { random: seededRandom(1) });
 */
export function pairedPermutationTestVector<Cluster>(
	before: readonly Cluster[],
	after: readonly Cluster[],
	statistic: (before: readonly Cluster[], after: readonly Cluster[]) => readonly (number | null)[],
	options: PermutationOptions,
): PermutationResult[] {
	if (before.length !== after.length) {
		throw new RangeError(
			`${before.length} tasks before and ${after.length} after are not pairs; give the same tasks`,
		);
	}
	return countExtremes(statistic(before, after), options, () => {
		const swap = before.map(() => options.random() < 0.5);
		const choose = (kept: readonly Cluster[], swapped: readonly Cluster[]): Cluster[] =>
			kept.map((cluster, task) => (swap[task] ? (swapped[task] as Cluster) : cluster));
		return statistic(choose(before, after), choose(after, before));
	});
}

function countExtremes(
	observed: readonly (number | null)[],
	{ permutations = 2000 }: PermutationOptions,
	relabel: () => readonly (number | null)[],
): PermutationResult[] {
	if (!(Number.isInteger(permutations) && permutations >= 1)) {
		throw new RangeError(`cannot make ${permutations} permutations; give a positive integer`);
	}
	const extremes = observed.map(() => 0);
	const undefinedOnes = observed.map(() => 0);
	for (let permutation = 0; permutation < permutations; permutation++) {
		relabel().forEach((value, element) => {
			const seen = observed[element] ?? null;
			if (value === null || Number.isNaN(value)) undefinedOnes[element] = (undefinedOnes[element] ?? 0) + 1;
			// Equal statistics reached by different sums differ in the last bits; they are ties.
			else if (seen !== null && Math.abs(value) >= Math.abs(seen) * (1 - 1e-9) - 1e-12) {
				extremes[element] = (extremes[element] ?? 0) + 1;
			}
		});
	}
	return observed.map((value, element) => {
		const undefinedPermutations = undefinedOnes[element] ?? 0;
		if (value === null || Number.isNaN(value)) return { observed: null, p: null, undefinedPermutations };
		const p = (1 + (extremes[element] ?? 0) + undefinedPermutations) / (permutations + 1);
		return { observed: value, p, undefinedPermutations };
	});
}

function only(results: readonly PermutationResult[]): PermutationResult {
	const [result] = results;
	if (result === undefined) throw new RangeError("the statistic gave no value");
	return result;
}
