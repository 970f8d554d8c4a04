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
		200,
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

test("recovers the strength of a pool, and its 95% intervals miss the rates drawn from it about 5% of the time", (t) => {
	const random = seededRandom(3);
	let [missed, rawError, shrunkError] = [0, 0, 0];
	const strengths: number[] = [];
	for (let pool = 0; pool < 150; pool++) {
		const rates = Array.from({ length: 10 }, () => betaQuantile(random(), 2, 18));
		const members = rates.map((rate) => ({ successes: draw(60, rate, random), n: 60 }));
		const prior = poolPrior(members);
		strengths.push(prior.alpha + prior.beta);
		for (const [at, member] of members.entries()) {
			const rate = rates[at] ?? 0;
			const shrunk = shrunkRate(member, prior);
			if (shrunk.low > rate || shrunk.high < rate) missed++;
			rawError += (member.successes / member.n - rate) ** 2;
			shrunkError += (shrunk.mean - rate) ** 2;
		}
	}
	const median = strengths.sort((a, b) => a - b)[75] ?? 0;
	t.diagnostic(
		`intervals miss ${missed / 1500}; median strength ${median.toFixed(1)} of 20; squared error ${(shrunkError / rawError).toFixed(2)} of the raw rate's`,
	);
	assert.ok(missed / 1500 < 0.08);
	assert.ok(median > 12 && median < 40);
	assert.ok(shrunkError < rawError);
});

function draw(n: number, rate: number, random: Random): number {
	let successes = 0;
	for (let i = 0; i < n; i++) if (random() < rate) successes++;
	return successes;
}
