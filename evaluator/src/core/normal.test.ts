import assert from "node:assert/strict";
import { test } from "node:test";
import { normalCdf, normalDensity, normalQuantile } from "./normal.ts";
import { seededRandom } from "./random.ts";

const relative = (actual: number, expected: number): number =>
	Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-305);

test("gives scipy's cumulative probabilities to 1e-12, in the tails too", () => {
	// scipy.stats.norm.cdf(z)
	const cases: [number, number][] = [
		[-37, 5.7255712225239266e-300],
		[-8, 6.22096057427174e-16],
		[-3.5, 0.00023262907903552502],
		[-3, 0.0013498980316300933],
		[-1.96, 0.024997895148220435],
		[-0.3, 0.3820885778110474],
		[0, 0.5],
		[0.5, 0.6914624612740131],
		[2.9999, 0.998649658717045],
		[3.1, 0.9990323967867817],
		[6, 0.9999999990134123],
	];
	for (const [z, expected] of cases)
		assert.ok(relative(normalCdf(z), expected) < 1e-12, `z = ${z}: ${normalCdf(z)}`);
	assert.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
	assert.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
});

test("gives scipy's quantiles to 1e-12", () => {
	// scipy.stats.norm.ppf(p)
	const cases: [number, number][] = [
		[1e-300, -37.0470962993612],
		[1e-20, -9.262340089798409],
		[1e-5, -4.264890793922825],
		[0.02425, -1.972961051311885],
		[0.1, -1.2815515655446004],
		[0.3, -0.5244005127080409],
		[0.975, 1.959963984540054],
		[0.999999, 4.753424308817087],
	];
	for (const [p, expected] of cases) {
		assert.ok(relative(normalQuantile(p), expected) < 1e-12, `p = ${p}: ${normalQuantile(p)}`);
	}
	assert.equal(normalQuantile(0), Number.NEGATIVE_INFINITY);
	assert.equal(normalQuantile(1), Number.POSITIVE_INFINITY);
	assert.ok(Math.abs(normalQuantile(0.5)) < 1e-15);
});

test("density is the slope of the cumulative probability", () => {
	for (const z of [-4, -1, 0, 0.7, 2.5]) {
		assert.ok(relative((normalCdf(z + 1e-5) - normalCdf(z - 1e-5)) / 2e-5, normalDensity(z)) < 1e-6);
	}
});

test("normal draws made by the quantile exceed 1.96 in size about 5% of the time", () => {
	const random = seededRandom(1);
	let beyond = 0;
	for (let i = 0; i < 20_000; i++) if (Math.abs(normalQuantile(random())) > 1.959963984540054) beyond++;
	assert.ok(Math.abs(beyond / 20_000 - 0.05) < 0.006, String(beyond / 20_000));
});

test("refuses what is no number or no probability", () => {
	assert.throws(() => normalCdf(Number.NaN), /leave the case out/);
	assert.throws(() => normalQuantile(1.2), /a probability lies in 0..1/);
	assert.throws(() => normalQuantile(Number.NaN), RangeError);
});
