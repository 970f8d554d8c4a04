import assert from "node:assert/strict";
import { it } from "node:test";
import { BURN_WINDOWS, burnFactor } from "./burn-rate.ts";

// The Site Reliability Workbook (2018), table 5-8, for 30 days; for 28 days the factors that the generator "sloth" computes.
const cases = [
	{ periodDays: 30, factors: [14.4, 6, 1] },
	{ periodDays: 28, factors: [13.44, 5.6, 0.9333] },
];
for (const { periodDays, factors } of cases) {
	it(`fires at ${factors.join(", ")} times the budget over ${periodDays} days`, () => {
		assert.deepEqual(
			BURN_WINDOWS.map((window) => burnFactor(window, { endToEndBudget: 0.05, periodDays })),
			factors,
		);
	});
}

it("refuses an objective under which the rule could never fire", () => {
	const [fast] = BURN_WINDOWS;
	assert.ok(fast !== undefined);
	assert.throws(() => burnFactor(fast, { endToEndBudget: 0.07, periodDays: 30 }), /below 0\.0694/);
	assert.throws(() => burnFactor(fast, { endToEndBudget: 0, periodDays: 30 }), /above 0/);
	assert.throws(() => burnFactor(fast, { endToEndBudget: Number.NaN, periodDays: 30 }), RangeError);
});
