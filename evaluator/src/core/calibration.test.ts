import assert from "node:assert/strict";
import { test } from "node:test";
import { type Forecast, measureCalibration } from "./calibration.ts";
import { seededRandom } from "./random.ts";

const forecast = (probability: number, happened: boolean): Forecast => ({ probability, happened });

test("bins, error and Brier score of a worked example", () => {
	// By hand: bins [0, .5) holds 0.2 no, 0.4 yes: 0.3 against 0.5; [.5, 1] holds 0.5 yes, 1 yes: 0.75 against 1.
	const result = measureCalibration(
		[forecast(0.2, false), forecast(0.4, true), forecast(0.5, true), forecast(1, true)],
		{ bins: 2 },
	);
	assert.deepEqual(
		result.bins.map(({ count, observed }) => [count, observed]),
		[
			[2, 0.5],
			[2, 1],
		],
	);
	assert.ok(Math.abs((result.expectedCalibrationError ?? 9) - 0.225) < 1e-12);
	// sklearn.metrics.brier_score_loss([0, 1, 1, 1], [.2, .4, .5, 1]) = 0.1625
	assert.ok(Math.abs((result.brierScore ?? 9) - 0.1625) < 1e-12);
});

test("no forecasts say nothing, and an empty bin has no rate", () => {
	const none = measureCalibration([]);
	assert.equal(none.expectedCalibrationError, null);
	assert.equal(none.bins[0]?.observed, null);
	assert.equal(none.bins[0]?.interval, null);
	assert.throws(() => measureCalibration([forecast(1.2, true)]), /a probability lies in 0..1/);
	assert.throws(() => measureCalibration([], { bins: 0 }), RangeError);
});

test("about 5% of the bins of perfect forecasts miss, and most of those of boastful ones do", (t) => {
	const random = seededRandom(24);
	let [bins, missed, boastful, error] = [0, 0, 0, 0];
	const misses = (forecasts: readonly Forecast[]): number =>
		measureCalibration(forecasts).bins.filter(
			({ meanPredicted, interval }) =>
				interval !== null &&
				meanPredicted !== null &&
				(meanPredicted < interval.low || meanPredicted > interval.high),
		).length;
	for (let trial = 0; trial < 300; trial++) {
		const honest = Array.from({ length: 200 }, () => {
			const probability = random();
			return forecast(probability, random() < probability);
		});
		bins += 10;
		missed += misses(honest);
		boastful += misses(honest.map(({ probability, happened }) => forecast(probability ** 0.2, happened)));
		error += (measureCalibration(honest).expectedCalibrationError ?? 0) / 300;
	}
	t.diagnostic(
		`bins that miss: perfect ${missed / bins}, boastful ${boastful / bins}; mean error of perfect ${error}`,
	);
	assert.ok(Math.abs(missed / bins - 0.05) < 0.02);
	assert.ok(boastful > 3 * missed);
	assert.ok(error > 0.04 && error < 0.1);
});
