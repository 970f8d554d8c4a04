import assert from "node:assert/strict";
import { test } from "node:test";
import { type CalibrationCase, calibrateJudge, missingLabels } from "./calibrate-judge.ts";
import { seededRandom } from "./random.ts";

const near = (found: number | null | undefined, expected: number): void =>
	assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-12, `${found} is not ${expected}`);

/** Every third fails, the judge errs on every fifth, weights 1 to 4. */
const CASES: CalibrationCase[] = Array.from({ length: 60 }, (_, at) => {
	const people = at % 3 === 0 ? 1 : 0;
	return { judge: (at % 5 === 0 ? 1 - people : people) === 1, people, weight: 1 + (at % 4) };
});

test("shares, their intervals and κ are those of numpy, statsmodels and scikit-learn", () => {
	const found = calibrateJudge([...CASES, { judge: null, people: 1, weight: 1 }], {
		random: seededRandom(1),
	});
	// e = (w·k·h).sum() / (w·k).sum(); proportion_confint(e * n, n, method="wilson") with Kish's n
	near(found.sensitivity?.estimate, 0.8);
	near(found.sensitivity?.low, 0.5617947420775218);
	near(found.sensitivity?.high, 0.9258168636815236);
	near(found.specificity?.low, 0.6367321850178423);
	near(found.specificity?.high, 0.9012667879726021);
	near(found.baseRate?.estimate, 1 / 3);
	near(found.baseRate?.high, 0.4717015710761653);
	// cohen_kappa_score(judge, people, sample_weight=w)
	near(found.kappa?.estimate, 0.5714285714285714);
	assert.ok((found.kappa?.low ?? 9) < 0.5714 && (found.kappa?.high ?? 0) > 0.5714);
	near(found.effectiveLabels, 50);
	assert.deepEqual([found.labels, found.unanswered, found.failed, found.missing], [60, 1, 20, 0]);
});

test("people who disagree count half on either side", () => {
	const found = calibrateJudge(
		CASES.map((one) => ({ ...one, people: 0.5, weight: 1 })),
		{ random: seededRandom(1) },
	);
	near(found.baseRate?.estimate, 0.5);
	assert.deepEqual([found.failed, found.passed], [30, 30]);
	near(found.sensitivity?.estimate, CASES.filter(({ judge }) => judge).length / 60);
});

test("with too few labels nothing is said but how many are missing", () => {
	const few = calibrateJudge(CASES.slice(0, 30), { random: seededRandom(1) });
	assert.deepEqual([few.baseRate, few.sensitivity, few.specificity, few.kappa], [null, null, null, null]);
	assert.equal(few.missing, 20);
	const passing = calibrateJudge(
		CASES.map((one, at) => ({ ...one, people: at < 3 ? 1 : 0 })),
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

test("intervals of sensitivity hold the truth in about 95 % of unequal samples", (t) => {
	const random = seededRandom(21);
	const trials = 600;
	let [sensitive, agreeing] = [0, 0];
	for (let trial = 0; trial < trials; trial++) {
		const cases = Array.from({ length: 150 }, () => {
			const people = random() < 0.3 ? 1 : 0;
			const judge = random() < (people === 1 ? 0.8 : 0.1);
			return { judge, people, weight: random() < 0.5 ? 1 : 3 };
		});
		const { sensitivity, specificity } = calibrateJudge(cases, { random, resamples: 2 });
		if (sensitivity && sensitivity.low <= 0.8 && sensitivity.high >= 0.8) sensitive++;
		if (specificity && specificity.low <= 0.9 && specificity.high >= 0.9) agreeing++;
	}
	t.diagnostic(`sensitivity ${(100 * sensitive) / trials} %, specificity ${(100 * agreeing) / trials} %`);
	for (const held of [sensitive, agreeing]) assert.ok(held / trials > 0.925 && held / trials < 0.975);
});
