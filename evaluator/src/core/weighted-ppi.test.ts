import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeploySetting, simulateDeploy } from "../testing/simulate-deploy.ts";
import { wilson } from "./interval.ts";
import { ppiMean } from "./ppi.ts";
import { seededRandom } from "./random.ts";
import { estimateShare, type JudgedUnit, kish } from "./weighted-ppi.ts";

const near = (found: number | undefined, expected: number, tolerance = 1e-12): void =>
	assert.ok(Math.abs((found ?? Number.NaN) - expected) < tolerance, `${found} is not ${expected}`);

const unit = (
	judge: number | null,
	value: number | null,
	{ weight = 1, probability = 1 } = {},
): JudgedUnit => ({
	judge,
	weight,
	label: value === null ? null : { value, probability },
});

test("estimate, standard error and effective labels are those of the formulas in numpy", () => {
	// The docstring's formulas written out over arrays; see each ψ = own + λ · help.
	const judged = [1, 0, 1, 0, 1, 0, 0.4, 0, 0, 0];
	const labels = [1, 0, 1, null, null, null, 0, 0, null, null];
	const result = estimateShare(
		judged.map((judge, at) =>
			unit(
				judge,
				labels[at] ?? null,
				judge > 0 ? { weight: 1, probability: 0.8 } : { weight: 2, probability: 0.4 },
			),
		),
	);
	near(result?.lambda, 0.8606503817784686);
	near(result?.estimate, 0.17692812283080417);
	near(result?.standardError, 0.10651113057776761);
	near(result?.effectiveLabels, 3.4571428571428573);
});

test("with equal chances it is PPI++ over disjoint sets", () => {
	const random = seededRandom(3);
	const units = Array.from({ length: 400 }, (_, at) => {
		const failed = random() < 0.3 ? 1 : 0;
		const judge = random() < (failed === 1 ? 0.9 : 0.1) ? 1 : 0;
		return unit(judge, at < 80 ? failed : null, { probability: 0.2 });
	});
	const labelled = units.flatMap(({ judge, label }) =>
		label === null ? [] : [{ human: label.value, judge: judge ?? 0 }],
	);
	const rest = units.filter(({ label }) => label === null).map(({ judge }) => judge ?? 0);
	const disjoint = ppiMean(labelled, rest);
	const found = estimateShare(units);
	near(found?.estimate, disjoint?.estimate ?? 9, 0.002);
	near(found?.standardError, disjoint?.standardError ?? 9, 0.002);
});

test("without a judge and weights the interval is Wilson's", () => {
	for (const [failed, n] of [
		[0, 20],
		[3, 60],
		[20, 20],
	] as const) {
		const found = estimateShare(Array.from({ length: n }, (_, at) => unit(null, at < failed ? 1 : 0)));
		const expected = wilson(failed, n);
		near(found?.low, expected?.low ?? 9, 1e-9);
		near(found?.high, expected?.high ?? 9, 1e-9);
		near(found?.effectiveRuns, n, 1e-6 * n);
	}
});

test("one run rated by two people is one label, and trials of one task are one cluster", () => {
	const apart = Array.from({ length: 60 }, (_, at) => unit(null, at % 3 === 0 ? 1 : 0));
	const together = apart.map((one, at) => ({ ...one, cluster: `task ${Math.floor(at / 3) % 20}` }));
	const copied = [...apart, ...apart].map((one, at) => ({ ...one, cluster: `run ${at % 60}` }));
	const [single, doubled] = [estimateShare(apart), estimateShare(copied)];
	near(doubled?.standardError, single?.standardError ?? 9, 1e-9);
	near(doubled?.high, single?.high ?? 9, 0.002);
	assert.notEqual(estimateShare(together)?.standardError, single?.standardError);
	assert.equal(estimateShare([unit(1, 0.5), unit(0, 0)])?.labels, 2);
});

test("says null below two labels, and refuses what cannot be", () => {
	assert.equal(estimateShare([unit(1, 1), unit(0, null)]), null);
	assert.throws(() => estimateShare([unit(1, 1, { probability: 0 })]), /chance is 0/);
	assert.throws(() => estimateShare([unit(2, 1)]), /judge says 2/);
	assert.throws(() => estimateShare([unit(1, 1, { weight: 0 })]), /weighs 0/);
	assert.equal(kish([]), 0);
	near(kish([1, 1, 2]), 16 / 6);
});

test("95 % intervals hold the true rate in 93 % to 97 %, with few failures, unequal chances and raters who err", (t) => {
	const settings: (DeploySetting & { readonly trials: number })[] = [
		{ rate: 0.02, judged: 500, labels: 100, sensitivity: 0.7, specificity: 0.9, unequal: true, trials: 800 },
		{ rate: 0.05, judged: 1000, labels: 150, sensitivity: 0.9, specificity: 0.95, graded: true, trials: 600 },
		{
			rate: 0.15,
			judged: 1000,
			labels: 200,
			sensitivity: 0.6,
			specificity: 0.98,
			unequal: true,
			trials: 600,
		},
	];
	for (const { trials, ...setting } of settings) {
		const random = seededRandom(8);
		let [held, drift, naive] = [0, 0, 0];
		for (let trial = 0; trial < trials; trial++) {
			const units = simulateDeploy(setting, random);
			const found = estimateShare(units);
			assert.ok(found !== null);
			if (found.low <= setting.rate && setting.rate <= found.high) held++;
			drift += (found.estimate - setting.rate) / trials;
			const said = units.filter(({ judge }) => (judge ?? 0) >= 0.5).length;
			const believed = wilson(said, units.length);
			if (believed !== null && believed.low <= setting.rate && setting.rate <= believed.high) naive++;
		}
		t.diagnostic(
			`rate ${setting.rate}: covers ${((100 * held) / trials).toFixed(1)} %, bias ${(100 * drift).toFixed(2)} points; the judge alone ${((100 * naive) / trials).toFixed(1)} %`,
		);
		assert.ok(held / trials > 0.93 && held / trials < 0.975, `${held} of ${trials}`);
		assert.ok(Math.abs(drift) < 0.004);
	}
});

test("trials of one task that end alike are counted as such: intervals hold the rate of tasks", (t) => {
	const random = seededRandom(41);
	const trials = 300;
	let [held, apart] = [0, 0];
	for (let trial = 0; trial < trials; trial++) {
		const units = Array.from({ length: 150 }, (_, task) => {
			const fails = random() < 0.15;
			return Array.from({ length: 4 }, (): JudgedUnit => {
				const judge = random() < (fails ? 0.95 : 0.03) ? 0.95 : 0.02;
				const label = random() < 0.25 ? { value: fails ? 1 : 0, probability: 0.25 } : null;
				return { judge, weight: 1, label, cluster: `${task}` };
			});
		}).flat();
		const found = estimateShare(units);
		if (found !== null && found.low <= 0.15 && found.high >= 0.15) held++;
		const alone = estimateShare(units.map(({ judge, weight, label }) => ({ judge, weight, label })));
		if (alone !== null && alone.low <= 0.15 && alone.high >= 0.15) apart++;
	}
	t.diagnostic(
		`covers ${((100 * held) / trials).toFixed(1)} %, taken for independent ${((100 * apart) / trials).toFixed(1)} %`,
	);
	assert.ok(held / trials > 0.92 && held / trials < 0.985);
	assert.ok(apart / trials < 0.9);
});
