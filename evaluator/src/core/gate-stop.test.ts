import assert from "node:assert/strict";
import { test } from "node:test";
import { drawEvaluations } from "../testing/draw-evaluations.ts";
import { makeEvaluation } from "../testing/make-evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import { lookEarly } from "./gate-stop.ts";
import { seededRandom, shuffle } from "./random.ts";

const first = (evaluation: Evaluation, count: number): Evaluation => ({
	...evaluation,
	cases: evaluation.cases.filter((one) => one.trial === 0).slice(0, count),
});

test("stops once enough fixtures got worse, and bets once on a fixture however often it runs", () => {
	const baseline = makeEvaluation(Array.from({ length: 30 }, () => [true, true, true]));
	const broken = makeEvaluation(Array.from({ length: 30 }, () => [false, false, false]));
	const stopsAt = Array.from({ length: 30 }, (_, at) => at + 1).find(
		(count) => lookEarly(baseline, first(broken, count), { falseBlock: 0.05 }).stop,
	);
	assert.equal(stopsAt, 10);
	assert.equal(
		lookEarly(baseline, { ...broken, cases: broken.cases.slice(0, 15) }, { falseBlock: 0.05 }).fixtures,
		5,
	);
	const errored = makeEvaluation(
		Array.from({ length: 12 }, () => [{ status: "errored", outcome: "unknown" } as const]),
	);
	assert.ok(lookEarly(baseline, errored, { falseBlock: 0.05 }).stop);
	const unknown = makeEvaluation(Array.from({ length: 30 }, () => [{ outcome: "unknown" } as const]));
	assert.equal(lookEarly(baseline, unknown, { falseBlock: 0.05 }).stop, false);
});

test("looking after every case stops an unchanged candidate in less than its share of the false blocks", (t) => {
	const random = seededRandom(41);
	let [early, saved, caught] = [0, 0, 0];
	const trials = 600;
	const options = { fixtures: 120, trials: 2, flaky: 0.5, failing: 0.05, how: "break" } as const;
	for (let trial = 0; trial < trials; trial++) {
		const stopsAt = (loss: number): number => {
			const { baseline, candidate } = drawEvaluations({ ...options, loss }, random);
			const mixed = shuffle(candidate.cases, random);
			for (let count = 1; count <= mixed.length; count += 7) {
				const look = lookEarly(
					baseline,
					{ ...candidate, cases: mixed.slice(0, count) },
					{ falseBlock: 0.05 },
				);
				if (look.stop) return count;
			}
			return Number.POSITIVE_INFINITY;
		};
		if (stopsAt(0) < Number.POSITIVE_INFINITY) early++;
		if (trial % 10 > 0) continue;
		const at = stopsAt(0.4);
		if (at < Number.POSITIVE_INFINITY) {
			caught++;
			saved += 1 - at / (options.fixtures * options.trials);
		}
	}
	t.diagnostic(
		`unchanged stopped ${early / trials}; a loss of 40 points stopped ${caught / (trials / 10)}, saving ${saved / caught} of the cases`,
	);
	assert.ok(early / trials <= 0.012);
	assert.ok(caught / (trials / 10) > 0.9);
});
