import assert from "node:assert/strict";
import { test } from "node:test";
import { mcnemar } from "./mcnemar.ts";
import { seededRandom } from "./random.ts";
import { randomSignFlipP, signFlipP } from "./sign-flip.ts";

test("is McNemar's exact test, one-sided, where every task ran once", () => {
	for (const [improved, worsened] of [
		[3, 14],
		[0, 6],
		[2, 3],
	] as const) {
		const differences = [
			...new Array<number>(worsened).fill(-1),
			...new Array<number>(improved).fill(1),
			0,
			0,
		];
		assert.ok(
			Math.abs(2 * signFlipP(differences) - mcnemar({ improved, worsened }).exact) < 1e-12 ||
				worsened - improved <= 1,
		);
	}
	assert.equal(signFlipP([-1, -1, -1, -1, -1, 0, 1]), 7 / 64);
});

test("counts every way to flip the signs", () => {
	for (const differences of [
		[-3, 1, 2],
		[-4, -4, 1, -2, 3],
		[2, 2, -1],
	]) {
		const observed = differences.reduce((sum, value) => sum + value, 0);
		let extreme = 0;
		for (let flips = 0; flips < 2 ** differences.length; flips++) {
			const total = differences.reduce((sum, value, at) => sum + (flips & (1 << at) ? -value : value), 0);
			if (total <= observed) extreme++;
		}
		assert.equal(signFlipP(differences), extreme / 2 ** differences.length);
	}
	assert.equal(signFlipP([]), 1);
	assert.equal(signFlipP([0, 0]), 1);
	assert.throws(() => signFlipP([0.5]), RangeError);
	assert.throws(() => signFlipP([Number.NaN]), RangeError);
	assert.throws(() => signFlipP([2_000_000]), RangeError);
});

test("rejects equal deploys at most 5% of the time when tasks differ and their trials depend on each other", (t) => {
	const random = seededRandom(31);
	let [clustered, naive] = [0, 0];
	const trials = 1500;
	for (let trial = 0; trial < trials; trial++) {
		const differences = Array.from({ length: 60 }, () => {
			const rate = random();
			// All four trials of a side share one draw half of the time: a warm cache, a bad hour.
			const side = (): number => {
				const shared = random() < 0.5 ? Number(random() < rate) * 4 : null;
				return shared ?? [0, 0, 0, 0].filter(() => random() < rate).length;
			};
			return side() - side();
		});
		if (signFlipP(differences) <= 0.05) clustered++;
		// Every trial taken as a pair of its own.
		const lost = differences.reduce((sum, value) => sum + Math.max(0, -value), 0);
		const won = differences.reduce((sum, value) => sum + Math.max(0, value), 0);
		if (lost > won && mcnemar({ improved: won, worsened: lost }).exact / 2 <= 0.05) naive++;
	}
	t.diagnostic(
		`60 tasks × 4 trials: clustered ${clustered / trials}, trials taken as pairs ${naive / trials}`,
	);
	assert.ok(clustered / trials <= 0.06 && clustered / trials >= 0.03);
	assert.ok(naive / trials > 0.1);
});

test("random flips agree with counting every one", () => {
	const differences = [-3, 1, 2, -4, -1, 2, -2];
	const p = randomSignFlipP(differences, seededRandom(8), { flips: 40_000 });
	assert.ok(Math.abs(p - signFlipP(differences)) < 0.008, `${p} and ${signFlipP(differences)}`);
	assert.equal(randomSignFlipP([], seededRandom(1)), 1);
	// Tenths that add up to the same in another order are ties: 0.1 + 0.2 against 0.3.
	assert.equal(
		randomSignFlipP(
			[0.1, 0.2, -0.3].map((value) => -Math.abs(value)),
			() => 0.4,
		),
		1,
	);
});
