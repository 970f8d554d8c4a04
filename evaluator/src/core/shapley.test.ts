import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";
import { shapleyValues } from "./shapley.ts";

const near = (actual: number, expected: number, tolerance = 1e-12): void =>
	assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("gives the textbook values of the glove game and of an airport's runway", () => {
	// One left glove, two right gloves: a pair is worth 1. Known values 2/3, 1/6, 1/6.
	const gloves = shapleyValues(3, (subset) => ((subset & 1) !== 0 && (subset & 6) !== 0 ? 1 : 0));
	[4 / 6, 1 / 6, 1 / 6].forEach((expected, player) => {
		near(gloves.values[player] ?? 9, expected);
	});
	// Littlechild and Owen 1973: a runway as long as its longest user needs; users of 1, 2 and 4 pay 1/3, 5/6, 17/6.
	const needs = [1, 2, 4];
	const runway = shapleyValues(3, (subset) => Math.max(0, ...needs.filter((_, k) => (subset >> k) & 1)));
	[1 / 3, 5 / 6, 17 / 6].forEach((expected, player) => {
		near(runway.values[player] ?? 9, expected);
	});
	assert.deepEqual(runway.standardErrors, [0, 0, 0]);
});

test("sums to the whole exactly, and asks for each subset once", () => {
	const random = seededRandom(1);
	const asked = new Map<number, number>();
	const { values, exact } = shapleyValues(8, (subset) => {
		assert.ok(!asked.has(subset));
		asked.set(subset, random() ** 3);
		return asked.get(subset) ?? 0;
	});
	assert.equal(exact, true);
	assert.equal(asked.size, 256);
	near(sum(values), (asked.get(255) ?? 0) - (asked.get(0) ?? 0));
});

test("a player that adds nothing gets nothing, and no players give no values", () => {
	const { values } = shapleyValues(4, (subset) => (subset & 3) * (subset & 8 ? 2 : 1));
	near(values[2] ?? 9, 0);
	assert.deepEqual(shapleyValues(0, () => 1).values, []);
	assert.deepEqual(shapleyValues(1, (subset) => subset * 5).values, [5]);
});

test("sampled orders sum to the whole and agree with the exact values within their errors", (t) => {
	let beyond = 0;
	let compared = 0;
	for (let seed = 0; seed < 60; seed++) {
		const random = seededRandom(seed);
		const worth = Array.from({ length: 2 ** 6 }, () => random());
		const value = (subset: number): number => worth[subset] ?? 0;
		const truth = shapleyValues(6, value).values;
		const sampled = shapleyValues(6, value, { exactUpTo: 0, random, orders: 200 });
		assert.equal(sampled.exact, false);
		near(sum(sampled.values), value(63) - value(0), 1e-10);
		for (const [player, estimate] of sampled.values.entries()) {
			compared++;
			if (Math.abs(estimate - (truth[player] ?? 9)) > 1.96 * (sampled.standardErrors[player] ?? 0)) beyond++;
		}
	}
	t.diagnostic(`beyond 1.96 standard errors: ${beyond / compared}`);
	assert.ok(Math.abs(beyond / compared - 0.05) < 0.035, String(beyond / compared));
});

test("players who all change nothing but noise share it without favour", (t) => {
	const random = seededRandom(5);
	const means = new Array<number>(5).fill(0);
	for (let trial = 0; trial < 400; trial++) {
		const { values } = shapleyValues(5, () => random() - 0.5);
		for (const [player, value] of values.entries()) means[player] = (means[player] ?? 0) + value / 400;
	}
	t.diagnostic(`mean of each player under noise: ${means.map((mean) => mean.toFixed(4)).join(", ")}`);
	// One value has a standard deviation of about 0.13 here, its mean over 400 of 0.007.
	for (const mean of means) assert.ok(Math.abs(mean) < 0.025, String(mean));
});

test("twelve players need randomness, and impossible requests are refused", () => {
	assert.throws(() => shapleyValues(12, () => 0), /12 players need sampled orders; give `random`/);
	assert.throws(() => shapleyValues(31, () => 0), RangeError);
	assert.throws(() => shapleyValues(2, () => Number.NaN), /value of subset 0 is NaN/);
	const many = shapleyValues(12, (subset) => subset, { random: seededRandom(2), orders: 10 });
	many.values.forEach((value, player) => {
		near(value, 2 ** player, 1e-9);
	});
});
