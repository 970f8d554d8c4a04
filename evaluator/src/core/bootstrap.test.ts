import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterBootstrap, clusterBootstrapVector } from "./bootstrap.ts";
import { type Random, seededRandom } from "./random.ts";

const SAMPLE = [
	0.1, 0.4, 0.35, 0.8, 1.9, 2.2, 0.05, 0.6, 0.9, 1.1, 3.5, 0.2, 0.7, 0.45, 1.3, 0.95, 0.33, 2.8, 0.15, 0.5,
];
const OTHER = [0.3, 0.9, 1.4, 0.2, 0.8, 2.0, 2.6, 1.7, 0.65, 1.15];

const mean = (values: readonly number[]): number | null =>
	values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const near = (actual: number | null, expected: number, tolerance: number): void =>
	assert.ok(actual !== null && Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

test("gives scipy's BCa and percentile intervals of a mean", () => {
	// scipy.stats.bootstrap((x,), np.mean, n_resamples=400000, method="BCa" | "percentile", rng=1)
	const options = { random: seededRandom(1), resamples: 40_000 };
	const bca = clusterBootstrap(SAMPLE, mean, options);
	near(bca.low, 0.6375, 0.01);
	near(bca.high, 1.479, 0.015);
	near(bca.standardError, 0.20578, 0.003);
	near(bca.estimate, 0.964, 1e-12);
	const percentile = clusterBootstrap(SAMPLE, mean, { ...options, method: "percentile" });
	near(percentile.low, 0.594, 0.01);
	near(percentile.high, 1.3965, 0.012);
});

test("resamples within strata: scipy's BCa interval of a difference of two samples", () => {
	// scipy.stats.bootstrap((x, y), mean difference, n_resamples=400000, method="BCa", rng=1)
	const clusters = [
		...SAMPLE.map((value) => ({ group: "before", value })),
		...OTHER.map((value) => ({ group: "after", value })),
	];
	const meanOf = (sample: typeof clusters, group: string): number =>
		mean(sample.filter((cluster) => cluster.group === group).map(({ value }) => value)) ?? Number.NaN;
	const { low, high } = clusterBootstrap(
		clusters,
		(sample) => meanOf([...sample], "after") - meanOf([...sample], "before"),
		{ random: seededRandom(2), resamples: 20_000, stratum: ({ group }) => group },
	);
	near(low, -0.4105, 0.02);
	near(high, 0.7985, 0.02);
});

test("one pass over a vector gives what separate passes with the same chance give", () => {
	const shares = (sample: readonly number[]) => [mean(sample), Math.max(...sample), null];
	const [first, , third] = clusterBootstrapVector(SAMPLE, shares, {
		random: seededRandom(3),
		resamples: 500,
	});
	assert.deepEqual(first, clusterBootstrap(SAMPLE, mean, { random: seededRandom(3), resamples: 500 }));
	assert.deepEqual(third, {
		estimate: null,
		low: null,
		high: null,
		standardError: null,
		undefinedResamples: 500,
	});
});

test("says nothing where resampling cannot tell, and counts undefined resamples", () => {
	const random = seededRandom(4);
	const certain = clusterBootstrap([1, 1, 1, 1], mean, { random });
	assert.equal(certain.estimate, 1);
	assert.equal(certain.low, null);
	const single = clusterBootstrap([3], mean, { random });
	assert.deepEqual([single.estimate, single.low, single.undefinedResamples], [3, null, 2000]);
	const often = clusterBootstrap([1, 2, 3], (sample) => (sample.includes(1) ? mean(sample) : null), {
		random,
	});
	// A resample of three misses a given one with probability (2/3)³.
	near(often.undefinedResamples / 2000, 8 / 27, 0.04);
	assert.ok(often.low !== null);
});

test("refuses impossible options and statistics that change length", () => {
	const random = seededRandom(5);
	assert.throws(() => clusterBootstrap(SAMPLE, mean, { random, resamples: 1 }), /cannot make 1 resamples/);
	assert.throws(() => clusterBootstrap(SAMPLE, mean, { random, confidence: 95 }), RangeError);
	let calls = 0;
	const growing = () => new Array<number>(++calls).fill(0);
	assert.throws(() => clusterBootstrapVector(SAMPLE, growing, { random }), /keep the length/);
});

test("95% intervals of a pass rate over tasks with five trials each miss it about 5% of the time", (t) => {
	const random = seededRandom(6);
	const trials = 400;
	const missed = { bca: 0, percentile: 0, trialsAsClusters: 0 };
	for (let trial = 0; trial < trials; trial++) {
		const tasks = Array.from({ length: 30 }, () => task(random));
		const rate = (sample: readonly (readonly number[])[]) => mean(sample.flat());
		const miss = (interval: { low: number | null; high: number | null }): number =>
			(interval.low ?? 0) > 0.7 || (interval.high ?? 1) < 0.7 ? 1 : 0;
		const options = { random, resamples: 400 };
		missed.bca += miss(clusterBootstrap(tasks, rate, options));
		missed.percentile += miss(clusterBootstrap(tasks, rate, { ...options, method: "percentile" }));
		missed.trialsAsClusters += miss(
			clusterBootstrap(tasks.flat(), mean, { ...options, method: "percentile", resamples: 200 }),
		);
	}
	t.diagnostic(
		`30 tasks: BCa misses ${missed.bca / trials}, percentile ${missed.percentile / trials}, trials taken as clusters ${missed.trialsAsClusters / trials}`,
	);
	assert.ok(missed.bca / trials < 0.095);
	assert.ok(missed.percentile / trials < 0.095);
	assert.ok(missed.trialsAsClusters / trials > 0.15, "ignoring the clusters must show");
});

/** Five trials of a task whose own pass rate is 0.4 or 1, 0.7 on average. */
function task(random: Random): number[] {
	const rate = random() < 0.5 ? 0.4 : 1;
	return Array.from({ length: 5 }, () => (random() < rate ? 1 : 0));
}
