import assert from "node:assert/strict";
import { test } from "node:test";
import { compareCases } from "./compare-cases.ts";
import type { EvalCase } from "./evaluation.ts";
import { quantile } from "./quantile.ts";
import { seededRandom } from "./random.ts";

const caseOf = (fixtureId: string, trial: number, outcome: EvalCase["outcome"] | null): EvalCase => ({
	fixtureId,
	trial,
	traceId: "",
	status: outcome === null ? "errored" : "completed",
	outcome: outcome ?? "unknown",
	metrics: {},
	steps: {},
	error: "",
	durationMs: 1,
});

test("only cases that both evaluations judged are pairs", () => {
	const before = [
		caseOf("a", 0, "pass"),
		caseOf("b", 0, "pass"),
		caseOf("c", 0, "fail"),
		caseOf("d", 0, "pass"),
		caseOf("e", 0, "pass"),
	];
	const after = [
		caseOf("a", 0, "fail"),
		caseOf("b", 0, "pass"),
		caseOf("c", 0, "pass"),
		caseOf("d", 0, null),
		caseOf("f", 0, "fail"),
	];
	const paired = compareCases(before, after, seededRandom(1));
	assert.deepEqual(
		[paired.pairs, paired.improved, paired.worsened, paired.difference, paired.p],
		[3, 1, 1, 0, 1],
	);
	assert.deepEqual([paired.worse, paired.better], [["a"], ["c"]]);
	const none = compareCases(before, [], seededRandom(1));
	assert.deepEqual([none.pairs, none.difference, none.interval, none.p], [0, null, null, null]);
});

test("with several trials a fixture is one cluster: an interval covers the truth about as often as it promises", () => {
	// Two versions of the same quality; fixtures differ in how hard they are, so trials of one are alike.
	const random = seededRandom(11);
	const simulations = 300;
	let outside = 0;
	for (let simulation = 0; simulation < simulations; simulation++) {
		const rates = Array.from({ length: 40 }, () => (random() < 0.3 ? 0.2 : 0.95));
		const draw = (): EvalCase[] =>
			rates.flatMap((rate, at) =>
				[0, 1, 2].map((trial) => caseOf(`f${at}`, trial, random() < rate ? "pass" : "fail")),
			);
		const { interval, p } = compareCases(draw(), draw(), random);
		assert.equal(p, null);
		if (interval !== null && (interval[0] > 0 || interval[1] < 0)) outside++;
	}
	// 5 % promised; 3 standard errors of 300 simulations are 3.8 points
	assert.ok(outside / simulations <= 0.088, `${outside} of ${simulations} outside`);
});

test("quantiles lie between the two nearest values (type 7, the default of R and numpy)", () => {
	// In order 1 1 2 3 4 5 6 9; a share s is at place 7 s: 0.25 at 1.75 between 1 and 2, 0.95 at 6.65 between 6 and 9.
	const values = [3, 1, 4, 1, 5, 9, 2, 6];
	assert.deepEqual(
		[0, 0.25, 0.5, 0.95, 1].map((share) => Number(quantile(values, share)?.toFixed(6))),
		[1, 1.75, 3.5, 7.95, 9],
	);
	assert.equal(quantile([], 0.5), null);
	assert.throws(() => quantile([1], 1.5), RangeError);
});
