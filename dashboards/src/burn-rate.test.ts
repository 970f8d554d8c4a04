import assert from "node:assert/strict";
import { it } from "node:test";
import { alarmRate, BURN_WINDOWS, burnFactor, fires, lowerRate } from "./burn-rate.ts";

// The Site Reliability Workbook (2018), tables 5-6 and 5-8, for 30 days; for 28 days the factors that the generator "sloth" computes.
const cases = [
	{ periodDays: 30, factors: [14.4, 6, 3, 1] },
	{ periodDays: 28, factors: [13.44, 5.6, 2.8, 0.9333] },
];
for (const { periodDays, factors } of cases) {
	it(`fires at ${factors.join(", ")} times the budget over ${periodDays} days`, () => {
		assert.deepEqual(
			BURN_WINDOWS.map((window) => burnFactor(window, periodDays)),
			factors,
		);
	});
}

it("can fire under every budget: a factor past all runs stops halfway to all of them", () => {
	for (const budget of [0.001, 0.02, 0.05, 0.1, 0.5, 0.9]) {
		for (const window of BURN_WINDOWS) {
			const alarm = alarmRate(window, budget, 30);
			assert.ok(alarm >= budget && alarm < 1, `${window.name} at ${budget}: ${alarm}`);
		}
	}
	const [fast] = BURN_WINDOWS;
	assert.ok(fast !== undefined);
	assert.ok(Math.abs(alarmRate(fast, 0.01, 30) - 0.144) < 1e-12);
	assert.equal(alarmRate(fast, 0.1, 30), 0.55);
});

it("counts the lower end of Wilson's interval in the long window", () => {
	// statsmodels: proportion_confint(15, 60, alpha=0.1, method="wilson")[0] = 0.17031
	assert.ok(Math.abs(lowerRate({ broken: 15, total: 60 }) - 0.1703) < 2e-4);
	assert.equal(lowerRate({ broken: 0, total: 10 }), 0);
});

it("asks for both windows, enough runs, and more than the alarm rate", () => {
	const [fast] = BURN_WINDOWS;
	assert.ok(fast !== undefined);
	const bad = { broken: 40, total: 50 };
	assert.equal(fires(fast, bad, { broken: 5, total: 6 }, 0.5), true);
	assert.equal(fires(fast, bad, { broken: 1, total: 6 }, 0.5), false);
	assert.equal(fires(fast, bad, { broken: 2, total: 2 }, 0.5), false);
	assert.equal(fires(fast, { broken: 19, total: 19 }, { broken: 5, total: 6 }, 0.5), false);
	assert.equal(fires(fast, { broken: 26, total: 50 }, { broken: 5, total: 6 }, 0.5), false);
});
