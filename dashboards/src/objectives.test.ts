import assert from "node:assert/strict";
import { it } from "node:test";
import { type AlertOptions, alertSettings } from "./objectives.ts";

const refused: readonly (readonly [AlertOptions, RegExp])[] = [
	[{ objectives: { a: { success: 1 } } }, /objectives\["a"\]\.success is 1; give a share between 0 and 1/],
	[{ objectives: { a: { success: Number.NaN } } }, /success is NaN/],
	[
		{ objectives: { a: { success: 0.95, steps: { s: 95 } } } },
		/objectives\["a"\]\.steps\["s"\] is 95; give a share/,
	],
	[
		{ objectives: { a: { success: 0.95, steps: { s: 0.96, t: 0.96 } } } },
		/may together break 7\.84 % of the runs, more than the 5 %/,
	],
	[{ periodDays: 0 }, /periodDays is 0; give a number above 0/],
	[{ silentMinutes: 2000 }, /looks a day back/],
	[{ judgeNullShare: 0 }, /judgeNullShare is 0/],
];
for (const [options, message] of refused) {
	it(`refuses ${JSON.stringify(options)}`, () =>
		assert.throws(() => alertSettings(options), { name: "RangeError", message }));
}

it("fills in what is not said", () => {
	const settings = alertSettings({ objectives: { a: { success: 0.9 } } });
	assert.deepEqual(settings.objectives, { "*": { success: 0.95 }, a: { success: 0.9 } });
	assert.equal(settings.periodDays, 30);
});
