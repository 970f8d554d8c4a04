import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clopperPearson } from "./interval.ts";
import { weightedRate } from "./weighted-rate.ts";

const runs = (n: number, hits: number, probability: number) =>
	Array.from({ length: n }, (_, at) => ({ hit: at < hits, probability }));

describe("the weighted rate", () => {
	it("weighs every run by what it stands for", () => {
		const rate = weightedRate([...runs(10, 5, 0.1), ...runs(100, 0, 1)]);
		assert.equal(rate?.n, 110);
		assert.ok(Math.abs((rate?.standsFor ?? 0) - 200) < 1e-9);
		assert.ok(Math.abs((rate?.rate ?? 0) - 50 / 200) < 1e-12);
	});

	it("is about a binomial where every run had the same small chance", () => {
		const rate = weightedRate(runs(400, 60, 1e-9));
		const exact = clopperPearson(60, 400);
		assert.ok(Math.abs((rate?.effectiveN ?? 0) - 400) < 1e-3);
		assert.ok(Math.abs((rate?.interval.low ?? 0) - (exact?.low ?? 1)) < 1e-6);
		assert.ok(Math.abs((rate?.interval.high ?? 0) - (exact?.high ?? 1)) < 1e-6);
	});

	it("tells as much of few as Kish's number where all agree", () => {
		const rate = weightedRate([...runs(50, 0, 0.5), ...runs(50, 0, 0.1)]);
		assert.ok(Math.abs((rate?.effectiveN ?? 0) - 600 ** 2 / (50 * 4 + 50 * 100)) < 1e-9);
		assert.equal(rate?.interval.low, 0);
		assert.ok((rate?.interval.high ?? 0) > 0.04);
	});

	it("is certain of runs that were all drawn, and silent of none", () => {
		assert.deepEqual(weightedRate(runs(4, 1, 1))?.interval, { low: 0.25, high: 0.25 });
		assert.equal(weightedRate([]), null);
		assert.throws(() => weightedRate(runs(1, 1, 0)), /probability 0; give a share above 0/);
	});
});
