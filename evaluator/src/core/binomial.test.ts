import assert from "node:assert/strict";
import { test } from "node:test";
import { binomialCdf, binomialTest, logBinomialPmf, logChoose } from "./binomial.ts";
import { seededRandom } from "./random.ts";

const near = (actual: number, expected: number, share = 1e-10): void =>
	assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} is not ${expected}`);

test("gives scipy's binomial probabilities to 1e-10", () => {
	// scipy.stats.binom.cdf(k, n, p) and .logpmf(k, n, p)
	const cases: [number, number, number, number, number | null][] = [
		[2, 5, 0.5, 0.5, -1.1631508098056809],
		[0, 10, 0.03, 0.7374241268949283, -0.30459207484708545],
		[480, 1000, 0.5, 0.10872414660207075, -4.479332355581789],
		[9900, 10000, 0.99, 0.5134992717167584, -3.2173318729964535],
	];
	for (const [k, n, rate, cdf, logPmf] of cases) {
		near(binomialCdf(k, n, rate), cdf);
		if (logPmf !== null) near(logBinomialPmf(k, n, rate), logPmf);
	}
	assert.equal(binomialCdf(10, 10, 0.2), 1);
	assert.equal(binomialCdf(-1, 10, 0.2), 0);
	near(Math.exp(logChoose(5, 2)), 10);
	near(Math.exp(logChoose(60, 30)), 118_264_581_564_861_420);
});

test("is certain at rates 0 and 1", () => {
	assert.equal(Math.abs(logBinomialPmf(0, 4, 0)) < 1e-12, true);
	assert.equal(logBinomialPmf(1, 4, 0), Number.NEGATIVE_INFINITY);
	assert.equal(binomialCdf(3, 4, 1), 0);
	assert.equal(binomialCdf(0, 4, 0), 1);
});

test("gives scipy's exact two-sided test of one half", () => {
	// scipy.stats.binomtest(k, n).pvalue; mid-p = that minus scipy.stats.binom.pmf(k, n, .5), at most 1
	const cases: [number, number, number, number][] = [
		[3, 17, 0.012725830078125, 0.007537841796874994],
		[8, 16, 1, 1],
		[0, 6, 0.03125, 0.015624999999999879],
		[40, 60, 0.01348929373119186, 0.009853448195259268],
		[0, 0, 1, 1],
	];
	for (const [k, n, exact, midP] of cases) {
		near(binomialTest(k, n).exact, exact);
		near(binomialTest(k, n).midP, midP, 1e-9);
	}
});

test("rejects a true rate at most 5% of the time, mid-p about 5%", (t) => {
	const random = seededRandom(4);
	let exact = 0;
	let midP = 0;
	for (let trial = 0; trial < 4000; trial++) {
		let successes = 0;
		for (let i = 0; i < 60; i++) if (random() < 0.3) successes++;
		const test = binomialTest(successes, 60, 0.3);
		if (test.exact <= 0.05) exact++;
		if (test.midP <= 0.05) midP++;
	}
	t.diagnostic(`exact ${exact / 4000}, mid-p ${midP / 4000}`);
	assert.ok(exact / 4000 <= 0.055, String(exact / 4000));
	assert.ok(Math.abs(midP / 4000 - 0.05) <= 0.015, String(midP / 4000));
});

test("refuses impossible counts and rates", () => {
	assert.throws(() => binomialCdf(6, 5, 0.5), /6 of 5 is no count/);
	assert.throws(() => logChoose(2.5, 1), RangeError);
	assert.throws(() => logBinomialPmf(1, 2, Number.NaN), /give a share in 0..1/);
});
