import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ComparedPair, preferenceRate } from "./length-controlled.ts";
import { normalQuantile } from "./normal.ts";
import { seededRandom } from "./random.ts";

const pair = (preferred: number, candidateLength: number, baselineLength = 500): ComparedPair => ({
	preferred,
	candidateLength,
	baselineLength,
});

/** `wins` of `n` pairs, the candidate so much longer. */
const group = (n: number, wins: number, longer: number): ComparedPair[] =>
	Array.from({ length: n }, (_, at) => pair(at < wins ? 1 : 0, 500 + longer));

const logit = (p: number): number => Math.log(p / (1 - p));
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

describe("how often a candidate is preferred, length taken out", () => {
	test("is the logistic regression's value at no difference: two lengths have a closed form", () => {
		// Longer by 100 in half of the pairs and shorter by 100 in the other half: a fit of two points, each at its own rate's logit.
		const { controlled, lengthEffect, raw } = preferenceRate([
			...group(5_000, 4_000, 100),
			...group(5_000, 2_500, -100),
		]);
		assert.ok(Math.abs((controlled ?? 0) - logistic((logit(0.8) + logit(0.5)) / 2)) < 1e-4);
		assert.ok(Math.abs((lengthEffect ?? 0) - (logit(0.8) - logit(0.5)) / 2 / Math.tanh(1)) < 1e-3);
		assert.equal(raw, 0.65);
	});

	test("with equal lengths it is the plain rate, with its textbook interval", () => {
		const { controlled, interval, raw } = preferenceRate(group(1_000, 600, 0));
		assert.ok(Math.abs((controlled ?? 0) - raw) < 1e-3);
		// Wald's interval on the logit: logit(0.6) ± 1.96 / √(n p (1 − p)).
		const half = normalQuantile(0.975) / Math.sqrt(1_000 * 0.6 * 0.4);
		assert.ok(Math.abs((interval?.[0] ?? 0) - logistic(logit(0.6) - half)) < 1e-3);
		assert.ok(Math.abs((interval?.[1] ?? 0) - logistic(logit(0.6) + half)) < 1e-3);
	});

	test("cannot be told from a few pairs, and stays finite where length decides everything", () => {
		assert.equal(preferenceRate(group(9, 5, 10)).controlled, null);
		const split = preferenceRate([...group(20, 20, 100), ...group(20, 0, -100)]);
		assert.ok(Math.abs((split.controlled ?? 0) - 0.5) < 1e-6);
		assert.ok(Number.isFinite(split.lengthEffect));
		assert.throws(() => preferenceRate([pair(2, 1)]), /preference 2/);
	});

	/** Pairs of answers of a candidate that writes longer ones, before a judge that likes length. */
	const draw = (quality: number, random: () => number): ComparedPair[] =>
		Array.from({ length: 150 }, () => {
			const longer = 250 + 350 * normalQuantile(random() * 0.998 + 0.001);
			const chance = logistic(quality + 1.2 * Math.tanh(longer / 430));
			return pair(random() < 0.15 ? 0.5 : random() < chance ? 1 : 0, Math.max(0, 600 + longer), 600);
		});

	test("length alone makes nobody better: the interval holds ½ in about 95 % (seeded), the raw rate does not", () => {
		const random = seededRandom(11);
		const rounds = 600;
		let [held, raw] = [0, 0];
		for (let round = 0; round < rounds; round++) {
			const { interval, raw: counted } = preferenceRate(draw(0, random));
			if (interval !== null && interval[0] <= 0.5 && interval[1] >= 0.5) held++;
			raw += counted;
		}
		assert.ok(Math.abs(held / rounds - 0.95) < 0.025, `held in ${held} of ${rounds}`);
		assert.ok(raw / rounds > 0.58, "the judge's liking of length shows in the raw rate");
	});

	test("a better candidate is still found better (seeded)", () => {
		const random = seededRandom(12);
		const found = Array.from({ length: 100 }, () => preferenceRate(draw(0.8, random))).filter(
			({ interval }) => (interval?.[0] ?? 0) > 0.5,
		).length;
		assert.ok(found > 75, `${found} of 100`);
	});
});
