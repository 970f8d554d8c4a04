import assert from "node:assert/strict";
import { test } from "node:test";
import { type LabelledRun, ppiMean } from "./ppi.ts";
import { seededRandom } from "./random.ts";

test("gives ppi-python's estimate and numpy's interval", () => {
	const human = [1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1];
	const judge = [1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1];
	const labelled = human.map((verdict, at) => ({ human: verdict, judge: judge[at] ?? 0 }));
	const judged = [...new Array<number>(33).fill(1), ...new Array<number>(12).fill(0)];
	// lambda by numpy.cov and var with ddof=1; ppi_py.ppi_mean_pointestimate(Y, f, U, lam=lambda) = 0.74242424
	const result = ppiMean(labelled, judged);
	assert.ok(Math.abs((result?.lambda ?? 9) - 0.4545454545454547) < 1e-12);
	assert.ok(Math.abs((result?.estimate ?? 9) - 0.7424242424242424) < 1e-12);
	// estimate ± 1.96 · sqrt(lambda² Var(f) / N + Var(Y − lambda f) / n), every variance by numpy with ddof=1
	assert.ok(Math.abs((result?.low ?? 9) - 0.5201206175836417) < 1e-12);
	assert.ok(Math.abs((result?.high ?? 9) - 0.9647278672648432) < 1e-12);
});

test("a judge that says nothing leaves the labels' own mean, and one label says nothing", () => {
	const labelled = [
		{ human: 1, judge: 1 },
		{ human: 0, judge: 1 },
	];
	assert.equal(ppiMean(labelled, [1, 1, 1])?.lambda, 0);
	assert.equal(ppiMean(labelled, [])?.estimate, 0.5);
	assert.equal(ppiMean(labelled.slice(1), [1, 0]), null);
	assert.throws(() => ppiMean(labelled, [Number.NaN]), /leave unrated runs out/);
});

test("95% intervals miss about 5% of the time, narrower than the labels alone; the judge's mean misses always", (t) => {
	const random = seededRandom(26);
	const trials = 600;
	const run = (): LabelledRun => {
		const human = random() < 0.85 ? 1 : 0;
		return { human, judge: random() < (human === 1 ? 0.9 : 0.2) ? 1 : 0 };
	};
	const misses = (interval: { low: number; high: number } | null): number =>
		interval === null || interval.low > 0.85 || interval.high < 0.85 ? 1 : 0;
	let [ppi, labels, naive, ppiWidth, labelWidth] = [0, 0, 0, 0, 0];
	for (let trial = 0; trial < trials; trial++) {
		const labelled = Array.from({ length: 150 }, run);
		const judged = Array.from({ length: 2000 }, () => run().judge);
		const result = ppiMean(labelled, judged);
		const alone = ppiMean(labelled, []);
		const believed = ppiMean(
			judged.map((judge) => ({ human: judge, judge })),
			[],
		);
		ppi += misses(result);
		labels += misses(alone);
		naive += misses(believed);
		ppiWidth += (result?.high ?? 0) - (result?.low ?? 0);
		labelWidth += (alone?.high ?? 0) - (alone?.low ?? 0);
	}
	t.diagnostic(
		`misses: PPI++ ${ppi / trials}, labels ${labels / trials}, judge ${naive / trials}; width ${(ppiWidth / trials).toFixed(3)} against ${(labelWidth / trials).toFixed(3)}`,
	);
	assert.ok(ppi / trials < 0.085);
	assert.ok(naive / trials > 0.99);
	assert.ok(ppiWidth < 0.9 * labelWidth);
});
