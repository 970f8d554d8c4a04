import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";
import { correctRate, type JudgedRate } from "./rogan-gladen.ts";

const known = (judged: [number, number], hit: [number, number], clear: [number, number]): JudgedRate => ({
	judged: { successes: judged[0], n: judged[1] },
	sensitivity: { successes: hit[0], n: hit[1] },
	specificity: { successes: clear[0], n: clear[1] },
});

test("gives the corrected rate and Lang and Reiczigel's interval", () => {
	// numpy, the published formulas written out
	const cases: [JudgedRate, number, number, number][] = [
		[known([300, 1000], [45, 50], [40, 50]), 0.14285714285714296, 0, 0.263301023017307],
		[known([700, 1000], [60, 60], [50, 60]), 0.64, 0.5819202595866004, 0.7019604103268005],
	];
	for (const [input, estimate, low, high] of cases) {
		const result = correctRate(input);
		assert.ok(result.kind === "estimate");
		for (const [actual, expected] of [
			[result.estimate, estimate],
			[result.low, low],
			[result.high, high],
		] as const) {
			assert.ok(Math.abs(actual - expected) < 1e-10, `${actual} is not ${expected}`);
		}
	}
});

test("refuses a judge that is hardly better than chance, and one that was not calibrated", () => {
	const weak = correctRate(known([500, 1000], [30, 50], [30, 50]));
	assert.ok(weak.kind === "judge-too-weak");
	assert.match(weak.reason, /is 0.20, below 0.3; use another judge/);
	const none = correctRate(known([500, 1000], [0, 0], [30, 50]));
	assert.ok(none.kind === "uncalibrated");
	assert.match(none.reason, /"sensitivity"; label runs of both kinds/);
	assert.throws(() => correctRate(known([2, 1], [1, 1], [1, 1])), /2 of 1 is no count/);
});

test("95% intervals miss about 5% of the time; without the calibration's own variance, far more often", (t) => {
	const random = seededRandom(27);
	const draw = (n: number, rate: number): [number, number] => {
		let successes = 0;
		for (let i = 0; i < n; i++) successes += random() < rate ? 1 : 0;
		return [successes, n];
	};
	for (const [rate, sensitivity, specificity] of [
		[0.85, 0.9, 0.8],
		[0.1, 0.95, 0.9],
	] as const) {
		let [missed, blind] = [0, 0];
		for (let trial = 0; trial < 600; trial++) {
			const positive = rate * sensitivity + (1 - rate) * (1 - specificity);
			const input = known(draw(2000, positive), draw(75, sensitivity), draw(75, specificity));
			const result = correctRate(input);
			assert.ok(result.kind === "estimate");
			missed += result.low > rate || result.high < rate ? 1 : 0;
			const youden = input.sensitivity.successes / 75 + input.specificity.successes / 75 - 1;
			const half = (1.96 * Math.sqrt((positive * (1 - positive)) / 2000)) / youden;
			blind += Math.abs(result.estimate - rate) > half ? 1 : 0;
		}
		t.diagnostic(`rate ${rate}: misses ${missed / 600}, without the calibration's variance ${blind / 600}`);
		assert.ok(missed / 600 < 0.08, String(missed / 600));
		assert.ok(blind / 600 > 0.3, "ignoring the calibration must show");
	}
});
