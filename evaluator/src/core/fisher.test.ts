import assert from "node:assert/strict";
import { test } from "node:test";
import { fisherExact } from "./fisher.ts";
import { seededRandom } from "./random.ts";

test("gives scipy's exact p-values", () => {
	// scipy.stats.fisher_exact(table).pvalue; mid-p = that minus half of scipy.stats.hypergeom.pmf of the table
	const cases: [[number, number], [number, number], number, number][] = [
		[[56, 70], [48, 80], 0.012521129749209154, 0.010421139959037106],
		[[10, 10], [14, 20], 0.07411898446381203, 0.04148035872173801],
		[[90, 100], [78, 100], 0.03269214658288657, 0.027343662223825452],
		[[3, 5], [50, 60], 0.22715840699050638, 0.13356658104807229],
	];
	for (const [[a, m], [b, n], exact, midP] of cases) {
		const test = fisherExact({ successes: a, n: m }, { successes: b, n });
		assert.ok(Math.abs(test.exact - exact) < 1e-10, String(test.exact));
		assert.ok(Math.abs(test.midP - midP) < 1e-10, String(test.midP));
	}
	assert.deepEqual(fisherExact({ successes: 0, n: 0 }, { successes: 3, n: 5 }), { exact: 1, midP: 1 });
});

test("refuses impossible counts", () => {
	assert.throws(() => fisherExact({ successes: 4, n: 3 }, { successes: 0, n: 3 }), RangeError);
});

test("rejects equal rates at most 5% of the time, mid-p nearer to 5%", (t) => {
	const random = seededRandom(12);
	const draw = (n: number, rate: number) => {
		let successes = 0;
		for (let i = 0; i < n; i++) successes += random() < rate ? 1 : 0;
		return { successes, n };
	};
	for (const [m, n, rate] of [
		[60, 60, 0.8],
		[20, 90, 0.9],
	] as const) {
		const tests = Array.from({ length: 3000 }, () => fisherExact(draw(m, rate), draw(n, rate)));
		const exact = tests.filter((test) => test.exact <= 0.05).length / 3000;
		const midP = tests.filter((test) => test.midP <= 0.05).length / 3000;
		t.diagnostic(`${m} and ${n} runs at ${rate}: exact ${exact}, mid-p ${midP}`);
		assert.ok(exact <= 0.05);
		assert.ok(midP <= 0.06 && midP > exact);
	}
});
