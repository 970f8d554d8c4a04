import assert from "node:assert/strict";
import { test } from "node:test";
import { betaCdf, betaQuantile, logBeta, logGamma } from "./beta.ts";
import { seededRandom } from "./random.ts";

const near = (actual: number, expected: number, share = 1e-10): void =>
	assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} is not ${expected}`);

test("gives scipy's log gamma and mpmath's log beta", () => {
	// scipy.special.gammaln(x); mpmath.log(mpmath.beta(a, b)) with 40 digits
	near(logGamma(1e-5), 11.512919692895826, 1e-13);
	near(logGamma(0.5), 0.5723649429247, 1e-13);
	near(logGamma(3.7), 1.428072326665388, 1e-13);
	near(logGamma(12.5), 18.73434751193645, 1e-13);
	near(logGamma(1e5), 1051287.7089736569, 1e-13);
	const cases: [number, number, number][] = [
		[0.5, 0.5, 1.1447298858494002],
		[2, 3, -2.4849066497880004],
		[0.001, 50, 6.903276885609827],
		[7.5, 1e5, -78.81282049483067],
		[12, 30, -25.27486496841981],
		[1e5, 2e5, -190958.88527911686],
	];
	for (const [a, b, expected] of cases) {
		near(logBeta(a, b), expected, 1e-13);
		near(logBeta(b, a), expected, 1e-13);
	}
});

test("gives mpmath's incomplete beta function to 1e-10", () => {
	// mpmath.betainc(a, b, 0, x, regularized=True)
	const cases: [number, number, number, number][] = [
		[0.5, 2, 3, 0.6875],
		[0.01, 0.5, 0.5, 0.06376856085851985],
		[0.999, 30, 2, 0.9995438962809783],
		[0.3, 300, 700, 0.5036711828607676],
		[0.25, 300, 700, 0.00017989197772738934],
		[1e-8, 0.1, 5, 0.1938859268782],
		[0.6667, 20000, 10000, 0.5043430831790848],
	];
	for (const [x, a, b, expected] of cases) near(betaCdf(x, a, b), expected);
	assert.equal(betaCdf(0, 2, 3), 0);
	assert.equal(betaCdf(1, 2, 3), 1);
});

test("gives scipy's beta quantiles to 1e-10", () => {
	// scipy.stats.beta.ppf(p, a, b)
	const cases: [number, number, number, number][] = [
		[0.025, 3, 8, 0.06673951117773447],
		[0.975, 9, 2, 0.9747892736731666],
		[0.5, 0.5, 0.5, 0.5],
		[1e-10, 5, 2, 0.006996448663432208],
		[0.025, 1, 100000, 2.531780477933314e-7],
		[0.9, 300, 700, 0.3186521266739313],
		[0.01, 0.1, 5, 1.3321008721895307e-21],
	];
	for (const [p, a, b, expected] of cases) near(betaQuantile(p, a, b), expected);
	assert.equal(betaQuantile(0, 2, 3), 0);
	assert.equal(betaQuantile(1, 2, 3), 1);
});

test("draws made by the quantile fall outside a 95% range about 5% of the time", () => {
	const random = seededRandom(2);
	const low = betaQuantile(0.025, 3, 8);
	const high = betaQuantile(0.975, 3, 8);
	let outside = 0;
	for (let i = 0; i < 5000; i++) {
		const x = betaQuantile(random(), 3, 8);
		if (x < low || x > high) outside++;
	}
	assert.ok(Math.abs(outside / 5000 - 0.05) < 0.012, String(outside / 5000));
});

test("refuses parameters that are not positive and shares outside 0..1", () => {
	assert.throws(() => logGamma(0), /needs a positive number/);
	assert.throws(() => logBeta(0, 1), /two positive parameters, not 0 and 1/);
	assert.throws(() => betaCdf(0.5, Number.NaN, 1), RangeError);
	assert.throws(() => betaCdf(1.5, 1, 1), /a share lies in 0..1/);
	assert.throws(() => betaQuantile(-0.1, 1, 1), /a probability lies in 0..1/);
});
