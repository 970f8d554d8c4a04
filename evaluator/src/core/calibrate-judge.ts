import { clusterBootstrap } from "./bootstrap.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import type { Estimated } from "./difference.ts";
import { wilson } from "./interval.ts";
import { sum } from "./moments.ts";
import type { Random } from "./random.ts";
import { kish } from "./weighted-ppi.ts";

/** One run or step that a judge and people said something of. */
export interface CalibrationCase {
	/** Whether the judge fails it; null where it could not tell. */
	readonly judge: boolean | null;
	/** Share of the people who rated it that fail it: 1, 0, or between where they disagree. */
	readonly people: number;
	/** How many runs it stands for: 1 / the chance with which it came to be rated. */
	readonly weight: number;
}

/** How good a judge is, as far as people's ratings tell. */
export interface JudgeCalibration {
	/** Rated cases that the judge answered, and those that it did not. */
	readonly labels: number;
	readonly unanswered: number;
	readonly effectiveLabels: number;
	/** Labels that people failed and passed. */
	readonly failed: number;
	readonly passed: number;
	/** Share of all that people fail; null below the least number of labels, as all that follows. */
	readonly baseRate: Estimated | null;
	/** Of what people fail, the judge fails so much; of what they pass, it passes so much. */
	readonly sensitivity: Estimated | null;
	readonly specificity: Estimated | null;
	/** Cohen's κ of judge and people; its interval is null where no resample changes it. */
	readonly kappa: {
		readonly estimate: number;
		readonly low: number | null;
		readonly high: number | null;
	} | null;
	/** Further labels that are needed before all of these are given; 0 where none are. */
	readonly missing: number;
}

/** Below so many labels no corrected figure is given, and no share of a kind below so many of the kind. */
export const LEAST_LABELS = 50;
export const LEAST_OF_A_KIND = 10;

/**
 * Sensitivity, specificity and κ of a judge against people, weighted back to all runs (Hájek 1971), with Wilson intervals over the effective number of labels
 * (Kish 1965) and a bootstrap interval of κ. A failure is what is to be found: sensitivity is over what people fail.
 *
 * @example
 * calibrateJudge(cases, { random: seededRandom(1) }).sensitivity?.low;
 */
export function calibrateJudge(
	cases: readonly CalibrationCase[],
	{ random, resamples = 1000 }: { readonly random: Random; readonly resamples?: number },
): JudgeCalibration {
	const answered = cases.filter(({ judge }) => judge !== null);
	const failed = sum(answered.map(({ people }) => people));
	const passed = answered.length - failed;
	const enough = answered.length >= LEAST_LABELS;
	const share = (
		kind: (one: CalibrationCase) => number,
		hit: (one: CalibrationCase) => number,
		least: number,
	): Estimated | null => {
		const count = sum(answered.map(kind));
		return enough && count >= least ? weightedShare(answered, kind, hit) : null;
	};
	return {
		labels: answered.length,
		unanswered: cases.length - answered.length,
		effectiveLabels: kish(answered.map(({ weight }) => weight)),
		failed,
		passed,
		baseRate: share(
			() => 1,
			({ people }) => people,
			0,
		),
		sensitivity: share(
			({ people }) => people,
			({ judge }) => (judge ? 1 : 0),
			LEAST_OF_A_KIND,
		),
		specificity: share(
			({ people }) => 1 - people,
			({ judge }) => (judge ? 0 : 1),
			LEAST_OF_A_KIND,
		),
		kappa: enough ? kappaOf(answered, random, resamples) : null,
		missing: missingLabels(answered.length, failed, passed),
	};
}

/** Labels until there are enough, and enough of both kinds at the share that was found so far (at least one in a hundred). */
export function missingLabels(labels: number, failed: number, passed: number): number {
	const wait = (count: number): number =>
		count >= LEAST_OF_A_KIND
			? 0
			: Math.ceil((LEAST_OF_A_KIND - count) / Math.max(0.01, labels === 0 ? 0.5 : count / labels));
	return Math.max(0, LEAST_LABELS - labels, wait(failed), wait(passed));
}

function weightedShare(
	cases: readonly CalibrationCase[],
	kind: (one: CalibrationCase) => number,
	hit: (one: CalibrationCase) => number,
): Estimated | null {
	const weights = cases.map((one) => one.weight * kind(one));
	const whole = sum(weights);
	const estimate = sum(cases.map((one, at) => (weights[at] ?? 0) * hit(one))) / whole;
	const n = kish(weights.filter((weight) => weight > 0));
	const interval = wilson(Math.min(n, estimate * n), n);
	return interval === null ? null : { estimate, ...interval };
}

function kappaOf(
	cases: readonly CalibrationCase[],
	random: Random,
	resamples: number,
): JudgeCalibration["kappa"] {
	const kappa = (sample: readonly CalibrationCase[]): number | null =>
		cohenKappa(
			sample.flatMap(({ judge, people, weight }) =>
				[
					{ second: "fail", weight: weight * people },
					{ second: "pass", weight: weight * (1 - people) },
				]
					.filter((part) => part.weight > 0)
					.map((part) => ({ first: judge ? "fail" : "pass", ...part })),
			),
		);
	const { estimate, low, high } = clusterBootstrap(cases, kappa, {
		random,
		resamples,
		method: "percentile",
	});
	return estimate === null ? null : { estimate, low, high };
}
