import assert from "node:assert/strict";
import { test } from "node:test";
import { boundedMeanLimit, boundedMeanP, countValues } from "./bounded-mean.ts";
import { seededRandom } from "./random.ts";

const near = (actual: number, expected: number, within: number): void =>
	assert.ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);

test("is the exact binomial test for values of 0 and 1", () => {
	// scipy.stats.binomtest(k, n, m, alternative="greater").pvalue
	const cases: [number, number, number, number][] = [
		[97, 100, 0.9, 0.007_836_487_1],
		[10, 20, 0.5, 0.588_098_526],
		[1, 1, 0.05, 0.05],
	];
	for (const [k, n, m, expected] of cases) {
		const sample = countValues([...new Array<number>(k).fill(1), ...new Array<number>(n - k).fill(0)]);
		near(boundedMeanP(sample, { mean: m, lowest: 0 }), expected, 1e-8);
	}
	near(boundedMeanP([{ value: 0, count: 59 }], { mean: -0.05, lowest: -1 }), 0.95 ** 59, 1e-10);
	// Clopper and Pearson's lower limit: scipy.stats.beta.ppf(0.05, 97, 4)
	near(
		boundedMeanLimit(countValues([...new Array<number>(97).fill(1), 0, 0, 0]), { lowest: 0, alpha: 0.05 }),
		0.924_289_206,
		1e-8,
	);
});

test("agrees with drawing the weights, for values of any size", () => {
	const values = [0, 0, 0, 0.25, -0.5, 0.25, 0, 1, -0.25, -0.75, 0, 0];
	const random = seededRandom(1);
	const draws = 100_000;
	let below = 0;
	for (let draw = 0; draw < draws; draw++) {
		let total = 0;
		for (const value of [...values, -1]) total -= Math.log(1 - random()) * (value + 0.3);
		if (total <= 0) below++;
	}
	near(boundedMeanP(countValues(values), { mean: -0.3, lowest: -1 }), below / draws, 0.0025);
});

test("one value decides nothing, and the limit is where the p-value is alpha", () => {
	near(boundedMeanLimit([{ value: 1, count: 1 }], { lowest: 0, alpha: 0.05 }), 0.05, 1e-8);
	const sample = countValues([0.2, 0.4, 0.9, -0.3]);
	const limit = boundedMeanLimit(sample, { lowest: -1, alpha: 0.1 });
	near(boundedMeanP(sample, { mean: limit, lowest: -1 }), 0.1, 1e-8);
	assert.equal(boundedMeanP([], { mean: 0.5, lowest: 0 }), 1);
	assert.equal(boundedMeanP(sample, { mean: -2, lowest: -1 }), 0);
	assert.equal(boundedMeanP(sample, { mean: 2, lowest: -1 }), 1);
});

test("refuses what is no number or below the lowest value", () => {
	for (const value of [Number.NaN, -1.5, Number.POSITIVE_INFINITY]) {
		assert.throws(() => boundedMeanP([{ value, count: 1 }], { mean: 0, lowest: -1 }), RangeError);
	}
	assert.throws(() => boundedMeanLimit([], { lowest: 0, alpha: 0 }), RangeError);
});

test("keeps its error rate where a t-test does not: a rare, total loss among small noise", (t) => {
	const random = seededRandom(5);
	const trials = 2000;
	let [gaffke, student] = [0, 0];
	for (let trial = 0; trial < trials; trial++) {
		// True mean −0.05: one fixture in twenty is lost, the others move a little either way.
		const values = Array.from({ length: 40 }, () => (random() < 0.05 ? -1 : random() < 0.5 ? -0.05 : 0.05));
		if (boundedMeanP(countValues(values), { mean: -0.05, lowest: -1 }) <= 0.05) gaffke++;
		const mean = values.reduce((sum, value) => sum + value, 0) / 40;
		const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 39);
		// scipy.stats.t.ppf(0.95, 39) = 1.684875
		if (((mean + 0.05) / deviation) * Math.sqrt(40) > 1.684_875) student++;
	}
	t.diagnostic(`true mean at the margin, 40 fixtures: Gaffke ${gaffke / trials}, t-test ${student / trials}`);
	assert.ok(gaffke / trials <= 0.055);
	assert.ok(student / trials > 0.1);
});

test("keeps its error rate for skewed values", (t) => {
	const random = seededRandom(6);
	for (const [name, draw, mean] of [
		["squares of uniform values", () => random() ** 2, 1 / 3],
		["one less a fourth power", () => 1 - random() ** 4, 0.8],
		["thirds of coins", () => Math.floor(random() * 4) / 3, 0.5],
	] as const) {
		let rejected = 0;
		for (let trial = 0; trial < 1500; trial++) {
			const values = Array.from({ length: 12 }, draw);
			if (boundedMeanP(countValues(values), { mean, lowest: 0 }) <= 0.05) rejected++;
		}
		t.diagnostic(`${name}, 12 values: ${rejected / 1500}`);
		assert.ok(rejected / 1500 <= 0.055, name);
	}
});
