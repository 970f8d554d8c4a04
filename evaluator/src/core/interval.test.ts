import assert from "node:assert/strict";
import { test } from "node:test";
import { clopperPearson, type Interval, newcombe, tango, wilson } from "./interval.ts";
import { seededRandom } from "./random.ts";

function assertInterval(
	actual: Interval | null,
	[low, high]: readonly [number, number],
	tolerance = 1e-10,
): void {
	assert.ok(actual !== null);
	assert.ok(
		Math.abs(actual.low - low) < tolerance && Math.abs(actual.high - high) < tolerance,
		JSON.stringify(actual),
	);
}

test("Wilson and Clopper–Pearson give statsmodels' intervals", () => {
	// statsmodels.stats.proportion.proportion_confint(k, n, method="wilson" | "beta")
	const cases: [number, number, [number, number], [number, number]][] = [
		[8, 10, [0.49016247153664183, 0.9433178485456247], [0.4439045376923585, 0.9747892736731666]],
		[0, 20, [0, 0.1611251580528194], [0, 0.16843347098308534]],
		[20, 20, [0.8388748419471804, 1], [0.8315665290169146, 1]],
		[412, 1000, [0.38188731127995773, 0.4427861982134999], [0.3812915143086222, 0.4432281114624896]],
	];
	for (const [k, n, score, exact] of cases) {
		assertInterval(wilson(k, n), score);
		assertInterval(clopperPearson(k, n), exact);
	}
});

test("Newcombe gives statsmodels' interval of after − before", () => {
	// confint_proportions_2indep(after…, before…, method="newcomb", compare="diff")
	const count = (successes: number, n: number) => ({ successes, n });
	assertInterval(newcombe(count(56, 70), count(48, 80)), [-0.33387265403690614, -0.05243147240236498]);
	assertInterval(newcombe(count(10, 10), count(20, 20)), [-0.16112515805281957, 0.27753279986288937]);
	assertInterval(newcombe(count(90, 100), count(80, 100)), [-0.1994738700780695, -0.00014902511855754974]);
});

test("Tango gives the roots of a score test whose likelihood was maximised numerically", () => {
	// scipy: brentq over the difference; nuisance rate by minimize_scalar of the restricted log likelihood
	assertInterval(tango({ improved: 2, worsened: 9, n: 100 }), [-0.1458891641, -0.0059557141], 1e-7);
	assertInterval(tango({ improved: 9, worsened: 2, n: 100 }), [0.0059557141, 0.1458891641], 1e-7);
	assertInterval(tango({ improved: 0, worsened: 5, n: 30 }), [-0.3356435137, -0.0342343726], 1e-7);
	assertInterval(tango({ improved: 12, worsened: 12, n: 40 }), [-0.2358897596, 0.2358897596], 1e-7);
	// Without changed pairs the ends are ± z² / (n + z²).
	const end = 1.959963984540054 ** 2 / (50 + 1.959963984540054 ** 2);
	assertInterval(tango({ improved: 0, worsened: 0, n: 50 }), [-end, end]);
	assertInterval(tango({ improved: 0, worsened: 50, n: 50 }), [
		-1,
		tango({ improved: 0, worsened: 50, n: 50 })?.high ?? 9,
	]);
});

test("nothing observed gives no interval", () => {
	assert.equal(wilson(0, 0), null);
	assert.equal(clopperPearson(0, 0), null);
	assert.equal(newcombe({ successes: 0, n: 0 }, { successes: 1, n: 2 }), null);
	assert.equal(tango({ improved: 0, worsened: 0, n: 0 }), null);
});

test("refuses impossible counts and confidences", () => {
	assert.throws(() => wilson(3, 2), /3 of 2 is no count/);
	assert.throws(() => wilson(Number.NaN, 2), RangeError);
	assert.throws(() => wilson(1, 2, { confidence: 95 }), /give a share between 0 and 1/);
	assert.throws(() => tango({ improved: 3, worsened: 3, n: 5 }), /do not fit into 5 pairs/);
});

const TRIALS = 3000;

test("95% intervals of a rate miss it about 5% of the time, the exact one less", (t) => {
	for (const [rate, n] of [
		[0.9, 40],
		[0.5, 25],
		[0.97, 100],
	] as const) {
		const random = seededRandom(n);
		let score = 0;
		let exact = 0;
		for (let trial = 0; trial < TRIALS; trial++) {
			let successes = 0;
			for (let i = 0; i < n; i++) if (random() < rate) successes++;
			if (misses(wilson(successes, n), rate)) score++;
			if (misses(clopperPearson(successes, n), rate)) exact++;
		}
		t.diagnostic(`rate ${rate}, n ${n}: Wilson misses ${score / TRIALS}, Clopper–Pearson ${exact / TRIALS}`);
		assert.ok(score / TRIALS < 0.09, String(score / TRIALS));
		assert.ok(exact / TRIALS <= 0.055, String(exact / TRIALS));
	}
});

test("95% intervals of a difference miss it about 5% of the time", (t) => {
	const random = seededRandom(9);
	let independent = 0;
	let paired = 0;
	for (let trial = 0; trial < TRIALS; trial++) {
		let [first, second, improved, worsened] = [0, 0, 0, 0];
		for (let i = 0; i < 50; i++) {
			if (random() < 0.9) first++;
			if (random() < 0.8) second++;
			const change = random();
			if (change < 0.06) improved++;
			else if (change < 0.16) worsened++;
		}
		if (misses(newcombe({ successes: first, n: 50 }, { successes: second, n: 50 }), -0.1)) independent++;
		if (misses(tango({ improved, worsened, n: 50 }), -0.04)) paired++;
	}
	t.diagnostic(`Newcombe misses ${independent / TRIALS}, Tango misses ${paired / TRIALS}`);
	assert.ok(Math.abs(independent / TRIALS - 0.05) < 0.02, String(independent / TRIALS));
	assert.ok(Math.abs(paired / TRIALS - 0.05) < 0.02, String(paired / TRIALS));
});

function misses(interval: Interval | null, truth: number): boolean {
	return interval === null || interval.low > truth || interval.high < truth;
}
