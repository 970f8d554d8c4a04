import assert from "node:assert/strict";
import { test } from "node:test";
import { betaQuantile } from "./beta.ts";
import { poolPrior, shrunkRate } from "./beta-binomial.ts";
import { type Random, seededRandom } from "./random.ts";

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
	assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

test("gives scipy's posterior mean and interval", () => {
	// scipy.stats.beta(0.5, 49.5): mean and ppf(.025), ppf(.975)
	const none = shrunkRate({ successes: 0, n: 40 }, { alpha: 0.5, beta: 9.5 });
	near(none.mean, 0.01);
	near(none.low, 9.970066657287003e-6, 1e-14);
	near(none.high, 0.049723385287822046);
	// scipy.stats.beta(12.6, 107.4).ppf(.05), .ppf(.95)
	const some = shrunkRate({ successes: 12, n: 100 }, { alpha: 0.6, beta: 19.4 }, { confidence: 0.9 });
	near(some.low, 0.06318203489519517);
	near(some.high, 0.15431309454440978);
});

test("without trials it is the prior, and the pool's mean pulls small members most", () => {
	const prior = poolPrior([{ successes: 10, n: 99 }], { strength: 20 });
	near(prior.alpha + prior.beta, 20);
	near(prior.alpha / 20, 0.105);
	near(shrunkRate({ successes: 0, n: 0 }, prior).mean, 0.105);
	const small = shrunkRate({ successes: 1, n: 2 }, prior).mean;
	const large = shrunkRate({ successes: 100, n: 200 }, prior).mean;
	assert.ok(small < 0.2 && large > 0.4);
});

test("members alike pull together at full strength, members unlike hardly, one alone at the weakest", () => {
	const strength = (members: Parameters<typeof poolPrior>[0]): number => {
		const { alpha, beta } = poolPrior(members);
		return alpha + beta;
	};
	near(
		strength([
			{ successes: 10, n: 100 },
			{ successes: 10, n: 100 },
		]),
		20,
	);
	assert.ok(
		strength([
			{ successes: 1, n: 100 },
			{ successes: 60, n: 100 },
		]) < 5,
	);
	near(strength([{ successes: 10, n: 100 }]), 2);
	near(strength([]), 2);
	near(
		strength([
			{ successes: 0, n: 100 },
			{ successes: 0, n: 50 },
		]),
		2,
	);
});

test("refuses impossible counts and strengths", () => {
	assert.throws(() => poolPrior([{ successes: 2, n: 1 }]), /2 of 1 is no count/);
	assert.throws(() => poolPrior([], { strength: 0 }), /a prior's strength is 0/);
	assert.throws(
		() => shrunkRate({ successes: 0, n: 1 }, { alpha: 1, beta: 1 }, { confidence: 1 }),
		RangeError,
	);
});

test("95% intervals miss the rates of a pool's members about 5% of the time, and shrinking makes errors smaller", (t) => {
	// Four unlike members are too few to estimate a strength from: the third case shows what is left of the problem.
	const cases = [
		{ members: 10, alpha: 2, beta: 18, most: 0.07 },
		{ members: 10, alpha: 20, beta: 180, most: 0.07 },
		{ members: 4, alpha: 0.5, beta: 20, most: 0.17 },
	];
	for (const { members, alpha, beta, most } of cases) {
		const random = seededRandom(3);
		let [missed, rawError, shrunkError] = [0, 0, 0];
		for (let pool = 0; pool < 150; pool++) {
			const rates = Array.from({ length: members }, () => betaQuantile(random(), alpha, beta));
			const counts = rates.map((rate) => ({ successes: draw(60, rate, random), n: 60 }));
			const prior = poolPrior(counts);
			for (const [at, rate] of rates.entries()) {
				const count = counts[at] ?? { successes: 0, n: 0 };
				const shrunk = shrunkRate(count, prior);
				missed += shrunk.low > rate || shrunk.high < rate ? 1 : 0;
				rawError += (count.successes / count.n - rate) ** 2;
				shrunkError += (shrunk.mean - rate) ** 2;
			}
		}
		const share = missed / (150 * members);
		const error = (shrunkError / rawError).toFixed(2);
		t.diagnostic(
			`${members} members from Beta(${alpha}, ${beta}): misses ${share}, squared error ${error} of the raw`,
		);
		assert.ok(share < most, String(share));
		assert.ok(shrunkError < rawError);
	}
});

test("recovers the strength of a pool it was drawn from", (t) => {
	const random = seededRandom(3);
	const strengths = Array.from({ length: 150 }, () => {
		const members = Array.from({ length: 10 }, () => {
			const rate = betaQuantile(random(), 2, 18);
			return { successes: draw(60, rate, random), n: 60 };
		});
		const prior = poolPrior(members, { strongest: 200 });
		return prior.alpha + prior.beta;
	});
	const median = strengths.sort((a, b) => a - b)[75] ?? 0;
	t.diagnostic(`median strength ${median.toFixed(1)}, drawn from 20`);
	assert.ok(median > 12 && median < 40);
});

function draw(n: number, rate: number, random: Random): number {
	let successes = 0;
	for (let i = 0; i < n; i++) if (random() < rate) successes++;
	return successes;
}
