import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateDeploy } from "../testing/simulate-deploy.ts";
import { type CalibrationCase, calibrateJudge, missingLabels } from "./calibrate-judge.ts";
import { seededRandom } from "./random.ts";

const near = (found: number | null | undefined, expected: number): void =>
	assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-12, `${found} is not ${expected}`);

/** Every third fails, the judge errs on every fifth, all are rated. */
const CASES: CalibrationCase[] = Array.from({ length: 60 }, (_, at) => {
	const value = at % 3 === 0 ? 1 : 0;
	const failing = at % 5 === 0 ? 1 - value : value;
	return { failing, fails: failing === 1, weight: 1 + (at % 4), label: { value, probability: 1 } };
});

test("shares and κ are those of numpy and scikit-learn", () => {
	const unanswered = { failing: null, fails: null, weight: 1, label: { value: 1, probability: 1 } };
	const found = calibrateJudge([...CASES, unanswered], { random: seededRandom(1) });
	// (w * people * judge).sum() / (w * people).sum(), and of the others
	near(found.sensitivity?.estimate, 0.8);
	near(found.specificity?.estimate, 0.8);
	near(found.baseRate?.estimate, 1 / 3);
	// cohen_kappa_score(judge, people, sample_weight=w)
	near(found.kappa?.estimate, 0.5714285714285714);
	assert.ok((found.kappa?.low ?? 9) < 0.5714 && (found.kappa?.high ?? 0) > 0.5714);
	for (const share of [found.sensitivity, found.specificity, found.baseRate])
		assert.ok(share !== null && share.low < share.estimate && share.high > share.estimate);
	near(found.effectiveLabels, 50);
	assert.deepEqual([found.labels, found.unanswered, found.failed, found.missing], [60, 1, 20, 0]);
});

test("people who disagree count half on either side", () => {
	const found = calibrateJudge(
		CASES.map((one) => ({ ...one, weight: 1, label: { value: 0.5, probability: 1 } })),
		{ random: seededRandom(1) },
	);
	near(found.baseRate?.estimate, 0.5);
	assert.deepEqual([found.failed, found.passed], [30, 30]);
	near(found.sensitivity?.estimate, CASES.filter(({ fails }) => fails).length / 60);
});

test("failures that the judge passed and people seldom saw count as often as they happen", () => {
	// 1000 runs; the judge fails 100, half of them rightly; of the 900 that it passes 45 fail, and a ninth of these runs is rated.
	const cases = Array.from({ length: 1000 }, (_, at): CalibrationCase => {
		const fails = at < 100;
		const value = fails ? at % 2 : at % 20 === 0 ? 1 : 0;
		const rated = fails || at % 180 < 20;
		return {
			failing: Number(fails),
			fails,
			weight: 1,
			label: rated ? { value, probability: fails ? 1 : 1 / 9 } : null,
		};
	});
	const { sensitivity } = calibrateJudge(cases, { random: seededRandom(1) });
	near(sensitivity?.estimate, 50 / 95);
	assert.ok((sensitivity?.low ?? 1) < 0.4 && (sensitivity?.high ?? 0) > 0.65, "five labels bear half of it");
});

test("with too few labels nothing is said but how many are missing", () => {
	const few = calibrateJudge(CASES.slice(0, 30), { random: seededRandom(1) });
	assert.deepEqual([few.baseRate, few.sensitivity, few.specificity, few.kappa], [null, null, null, null]);
	assert.equal(few.missing, 20);
	const passing = calibrateJudge(
		CASES.map((one, at) => ({ ...one, label: { value: at < 3 ? 1 : 0, probability: 1 } })),
		{ random: seededRandom(1) },
	);
	assert.equal(passing.sensitivity, null, "three failures are too few for a sensitivity");
	assert.notEqual(passing.specificity, null);
	const cases: [number, number, number, number][] = [
		[0, 0, 0, 50],
		[60, 3, 57, 140],
		[60, 0, 60, 1000],
		[49, 10, 39, 1],
		[80, 20, 60, 0],
	];
	for (const [labels, failed, passed, missing] of cases)
		assert.equal(missingLabels(labels, failed, passed), missing);
});

test("intervals hold the truth in about 95 % where people look at doubtful runs more often", (t) => {
	const random = seededRandom(21);
	const trials = 200;
	const held = { sensitivity: 0, specificity: 0, baseRate: 0 };
	const truth = { sensitivity: 0.8, specificity: 0.9, baseRate: 0.15 };
	for (let trial = 0; trial < trials; trial++) {
		const units = simulateDeploy(
			{ rate: 0.15, judged: 1000, labels: 150, sensitivity: 0.8, specificity: 0.9, unequal: true },
			random,
		);
		const cases = units.map(({ judge, weight, label }) => ({
			failing: judge,
			fails: judge === 1,
			weight,
			label,
		}));
		const found = calibrateJudge(cases, { random, resamples: 2 });
		for (const name of ["sensitivity", "specificity", "baseRate"] as const) {
			const share = found[name];
			if (share !== null && share.low <= truth[name] && truth[name] <= share.high) held[name] += 1 / trials;
		}
	}
	t.diagnostic(`covers ${JSON.stringify(held)}`);
	for (const share of Object.values(held)) assert.ok(share > 0.925 && share < 0.985, `${share}`);
});
