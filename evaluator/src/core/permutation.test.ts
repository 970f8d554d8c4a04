import assert from "node:assert/strict";
import { test } from "node:test";
import {
	pairedPermutationTest,
	pairedPermutationTestVector,
	permutationTest,
	permutationTestVector,
} from "./permutation.ts";
import { type Random, seededRandom, shuffle } from "./random.ts";

const mean = (values: readonly number[]): number =>
	values.reduce((sum, value) => sum + value, 0) / values.length;
const difference = (before: readonly number[], after: readonly number[]): number =>
	mean(after) - mean(before);

test("comes close to scipy's exact p-values over all relabellings", () => {
	// scipy.stats.permutation_test((a, b), mean difference, n_resamples=np.inf), two-sided share of |T| >= |t|
	const independent = permutationTest([0.1, 0.4, 0.35, 0.8], [0.3, 0.9, 1.4, 0.2, 0.8], difference, {
		random: seededRandom(1),
		permutations: 20_000,
	});
	assert.ok(Math.abs((independent.observed ?? 0) - 0.3075) < 1e-12);
	assert.ok(Math.abs((independent.p ?? 0) - 0.31746) < 0.012, String(independent.p));
	// the same with permutation_type="samples"
	const paired = pairedPermutationTest(
		[1, 1, 0, 1, 1, 0, 1, 1, 1, 1],
		[0, 1, 0, 0, 1, 0, 1, 0, 1, 0],
		difference,
		{ random: seededRandom(2), permutations: 20_000 },
	);
	assert.ok(Math.abs((paired.p ?? 0) - 0.125) < 0.01, String(paired.p));
});

test("one pass over a vector gives one result per element", () => {
	const both = (a: readonly number[], b: readonly number[]) => [difference(a, b), null, 0];
	for (const run of [permutationTestVector, pairedPermutationTestVector]) {
		const [first, second, third] = run([1, 2, 3], [1, 3, 9], both, {
			random: seededRandom(3),
			permutations: 99,
		});
		assert.ok((first?.p ?? 0) > 0.1);
		assert.deepEqual(second, { observed: null, p: null, undefinedPermutations: 99 });
		assert.deepEqual(third, { observed: 0, p: 1, undefinedPermutations: 0 });
	}
});

test("counts undefined relabellings against rejecting", () => {
	const onlyAsObserved = (before: readonly number[]): number | null =>
		before.every((x) => x < 9) ? 1 : null;
	const result = permutationTest([1, 2, 3], [9, 9, 9], onlyAsObserved, { random: seededRandom(4) });
	assert.ok(result.undefinedPermutations > 1500);
	assert.equal(result.p, 1);
});

test("never gives a p-value below 1 / (permutations + 1), and 1 for empty evidence", () => {
	const before = new Array<number>(40).fill(0);
	const after = new Array<number>(40).fill(1);
	const far = permutationTest(before, after, difference, { random: seededRandom(5), permutations: 199 });
	assert.equal(far.p, 1 / 200);
	assert.equal(pairedPermutationTest([1, 1], [1, 1], difference, { random: seededRandom(6) }).p, 1);
});

test("refuses unequal pairs and impossible counts of permutations", () => {
	const random = seededRandom(7);
	assert.throws(() => pairedPermutationTest([1], [1, 2], difference, { random }), /are not pairs/);
	assert.throws(() => permutationTest([1], [2], difference, { random, permutations: 0 }), RangeError);
});

test("rejects about 5% of equal groups, also 3 against 30, where a split in half rejects far more", (t) => {
	const random = seededRandom(8);
	const trials = 1000;
	const rejected = { unequal: 0, half: 0, clusters: 0, trialsAsClusters: 0, paired: 0 };
	for (let trial = 0; trial < trials; trial++) {
		const few = Array.from({ length: 3 }, random);
		const many = Array.from({ length: 30 }, random);
		const options = { random, permutations: 99 };
		if ((permutationTest(few, many, difference, options).p ?? 1) <= 0.05) rejected.unequal++;
		if (splitInHalf(few, many, random) <= 0.05) rejected.half++;
		const [before, after] = [tasks(random), tasks(random)];
		const rate = (a: readonly number[][], b: readonly number[][]) => difference(a.flat(), b.flat());
		if ((permutationTest(before, after, rate, options).p ?? 1) <= 0.05) rejected.clusters++;
		if ((permutationTest(before.flat(), after.flat(), difference, options).p ?? 1) <= 0.05) {
			rejected.trialsAsClusters++;
		}
		const twins = before.map((_, at) => {
			const level = random() < 0.5 ? 0.3 : 0.9;
			return [random() < level ? 1 : 0, random() < level ? 1 : 0, at] as const;
		});
		const paired = pairedPermutationTest(
			twins.map(([first]) => first),
			twins.map(([, second]) => second),
			difference,
			options,
		);
		if ((paired.p ?? 1) <= 0.05) rejected.paired++;
	}
	t.diagnostic(JSON.stringify(rejected, (_, value) => (typeof value === "number" ? value / trials : value)));
	assert.ok(Math.abs(rejected.unequal / trials - 0.05) < 0.02);
	assert.ok(Math.abs(rejected.clusters / trials - 0.05) < 0.02);
	assert.ok(rejected.paired / trials < 0.07);
	assert.ok(rejected.half / trials > 0.15, "the wrong split must show");
	assert.ok(rejected.trialsAsClusters / trials > 0.1, "ignoring the clusters must show");
});

/** Twenty tasks of five trials; each task has a pass rate of its own. */
function tasks(random: Random): number[][] {
	return Array.from({ length: 20 }, () => {
		const rate = random() < 0.5 ? 0.2 : 0.9;
		return Array.from({ length: 5 }, () => (random() < rate ? 1 : 0));
	});
}

/** The mistake this file guards against: labels split the pool in half, whatever the sizes were. */
function splitInHalf(before: readonly number[], after: readonly number[], random: Random): number {
	const pool = [...before, ...after];
	const half = Math.floor(pool.length / 2);
	const seen = Math.abs(difference(before, after));
	let extremes = 0;
	for (let permutation = 0; permutation < 99; permutation++) {
		const order = shuffle(pool, random);
		if (Math.abs(difference(order.slice(0, half), order.slice(half))) >= seen) extremes++;
	}
	return (1 + extremes) / 100;
}
