import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateDeploy } from "../testing/simulate-deploy.ts";
import { differenceOf } from "./difference.ts";
import { seededRandom } from "./random.ts";
import { estimateShare } from "./weighted-ppi.ts";

test("is the formula, and has a width where nothing failed", () => {
	const before = { estimate: 0.05, low: 0.02, high: 0.1, standardError: 0.02 };
	const after = { estimate: 0.08, low: 0.04, high: 0.14, standardError: 0.03 };
	const found = differenceOf(before, after);
	// 1.959964 · √(0.9 · (0.02² + 0.03²) + 0.1 · ((0.08² + 0.1²) / (2 · 1.959964)²))
	assert.ok(Math.abs(found.estimate - 0.03) < 1e-12);
	assert.ok(
		Math.abs(found.high - found.estimate - 0.0700321841742217) < 1e-12,
		`${found.high - found.estimate}`,
	);
	const nothing = { estimate: 0, low: 0, high: 0.04, standardError: 0 };
	assert.ok(differenceOf(nothing, nothing).high > 0.005);
});

test("the same rate under a judge that got worse is called a change in about 5 %", (t) => {
	const random = seededRandom(77);
	const trials = 400;
	let alarms = 0;
	for (let trial = 0; trial < trials; trial++) {
		const side = (sensitivity: number, specificity: number) =>
			estimateShare(
				simulateDeploy(
					{ rate: 0.05, judged: 800, labels: 150, sensitivity, specificity, unequal: true },
					random,
				),
			);
		const [before, after] = [side(0.9, 0.95), side(0.6, 0.9)];
		assert.ok(before !== null && after !== null);
		const { low, high } = differenceOf(before, after);
		if (low > 0 || high < 0) alarms++;
	}
	t.diagnostic(`false alarms ${(100 * alarms) / trials} %`);
	assert.ok(alarms / trials > 0.015 && alarms / trials < 0.075);
});
