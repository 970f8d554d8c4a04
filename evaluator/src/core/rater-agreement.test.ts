import assert from "node:assert/strict";
import { test } from "node:test";
import { cohenKappa } from "./cohen-kappa.ts";
import { seededRandom } from "./random.ts";
import { type GivenRating, rateAgreement } from "./rater-agreement.ts";

const rating = (
	item: number,
	rater: string,
	failed: boolean,
	rest: Partial<GivenRating> = {},
): GivenRating => ({
	item: `${item}`,
	rater,
	failed,
	scale: null,
	blame: "",
	...rest,
});

test("κ of a pair, the raters' own shares and what is only rated once", () => {
	const ratings = Array.from({ length: 40 }, (_, at) => [
		rating(at, "ann", at % 4 === 0),
		...(at < 30 ? [rating(at, "bob", at % 4 === 0 || at % 10 === 1)] : []),
	]).flat();
	const found = rateAgreement(ratings, { random: seededRandom(2) });
	assert.deepEqual([found.rated, found.double], [40, 30]);
	const pairs = Array.from({ length: 30 }, (_, at) => ({
		first: `${at % 4 === 0}`,
		second: `${at % 4 === 0 || at % 10 === 1}`,
	}));
	const [pair] = found.pairs;
	assert.deepEqual(pair?.raters, ["ann", "bob"]);
	assert.equal(pair?.estimate, cohenKappa(pairs));
	assert.ok((pair?.low ?? 9) < (pair?.estimate ?? 0) && (pair?.high ?? 0) >= (pair?.estimate ?? 9));
	assert.ok(Math.abs((found.same ?? 0) - 27 / 30) < 1e-12);
	assert.deepEqual(
		found.raters.map(({ rater, ratings: given, failed }) => [rater, given, failed]),
		[
			["ann", 40, 10],
			["bob", 30, 11],
		],
	);
});

test("the scale and the blamed step have coefficients of their own, over who used them", () => {
	const ratings = Array.from({ length: 20 }, (_, at) => [
		rating(at, "ann", true, { scale: 1 + (at % 5), blame: at % 2 === 0 ? "search" : "model" }),
		rating(at, "bob", true, { scale: 1 + (at % 5), blame: at % 2 === 0 ? "search" : "model" }),
	]).flat();
	const found = rateAgreement(ratings, { random: seededRandom(2) });
	assert.equal(found.alpha.estimate, null, "all fail: chance explains everything");
	assert.equal(found.alphaScale.ordinal.estimate, 1);
	assert.equal(found.alphaBlame.estimate, 1);
	assert.equal(found.alphaBlame.low, null, "what no resample changes has no interval");
	assert.equal(rateAgreement([], { random: seededRandom(1) }).alpha.items, 0);
});

test("95 % intervals of α hold its long-run value", (t) => {
	const random = seededRandom(31);
	// Two raters who each err on 10 % of runs of which 20 % fail: α = 1 − observed / expected disagreement.
	const failing = 0.2 * 0.9 + 0.8 * 0.1;
	const truth = 1 - (2 * 0.9 * 0.1) / (2 * failing * (1 - failing));
	const trials = 150;
	let held = 0;
	for (let trial = 0; trial < trials; trial++) {
		const ratings = Array.from({ length: 150 }, (_, at) => {
			const failed = random() < 0.2;
			return ["ann", "bob"].map((rater) => rating(at, rater, random() < 0.1 ? !failed : failed));
		}).flat();
		const { alpha } = rateAgreement(ratings, { random, resamples: 200 });
		if ((alpha.low ?? 9) <= truth && (alpha.high ?? -9) >= truth) held++;
	}
	t.diagnostic(`holds ${(100 * held) / trials} % of ${truth.toFixed(3)}`);
	assert.ok(held / trials > 0.9 && held / trials < 0.985);
});
