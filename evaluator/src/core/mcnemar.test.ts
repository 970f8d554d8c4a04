import assert from "node:assert/strict";
import { test } from "node:test";
import { mcnemar } from "./mcnemar.ts";
import { seededRandom } from "./random.ts";

test("gives scipy's exact p-values", () => {
	// scipy.stats.binomtest(min(b, c), b + c).pvalue; mid-p = that minus binom.pmf(min(b, c), b + c, .5), at most 1
	const cases: [number, number, number, number][] = [
		[3, 14, 0.012725830078125, 0.007537841796874994],
		[14, 3, 0.012725830078125, 0.007537841796874994],
		[8, 8, 1, 1],
		[0, 6, 0.03125, 0.015625],
		[0, 0, 1, 1],
	];
	for (const [improved, worsened, exact, midP] of cases) {
		const test = mcnemar({ improved, worsened });
		assert.ok(Math.abs(test.exact - exact) < 1e-10, `${improved}, ${worsened}: ${test.exact}`);
		assert.ok(Math.abs(test.midP - midP) < 1e-10, `${improved}, ${worsened}: ${test.midP}`);
	}
});

test("refuses counts that are not integers", () => {
	assert.throws(() => mcnemar({ improved: -1, worsened: 3 }), RangeError);
	assert.throws(() => mcnemar({ improved: 1.5, worsened: 3 }), RangeError);
});

test("rejects equal deploys at most 5% of the time, mid-p nearer to 5%, and beats unpaired counts at a real drop", (t) => {
	const random = seededRandom(11);
	const share = (improves: number, worsens: number): { exact: number; midP: number } => {
		let [exact, midP] = [0, 0];
		for (let trial = 0; trial < 3000; trial++) {
			let [improved, worsened] = [0, 0];
			for (let task = 0; task < 300; task++) {
				const change = random();
				if (change < improves) improved++;
				else if (change < improves + worsens) worsened++;
			}
			const test = mcnemar({ improved, worsened });
			if (test.exact <= 0.05) exact++;
			if (test.midP <= 0.05) midP++;
		}
		return { exact: exact / 3000, midP: midP / 3000 };
	};
	const equal = share(0.08, 0.08);
	const few = share(0.01, 0.01);
	const worse = share(0.05, 0.1);
	t.diagnostic(`equal, 16% changed: exact ${equal.exact}, mid-p ${equal.midP}`);
	t.diagnostic(`equal, 2% changed: exact ${few.exact}, mid-p ${few.midP}`);
	t.diagnostic(`-5 points, 15% changed, n 300: power exact ${worse.exact}, mid-p ${worse.midP}`);
	assert.ok(equal.exact <= 0.055 && few.exact <= 0.055);
	assert.ok(equal.midP <= 0.06 && equal.midP >= 0.035 && few.midP <= 0.06);
	assert.ok(worse.midP > 0.5);
});
