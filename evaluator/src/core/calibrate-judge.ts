import { clusterBootstrap } from "./bootstrap.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import type { Estimated } from "./difference.ts";
import { sum } from "./moments.ts";
import type { Random } from "./random.ts";
import { shareOfTwo } from "./share-of-two.ts";
import { estimateShare, kish, type PeopleLabel } from "./weighted-ppi.ts";

/** One run or step that a judge was asked about. */
export interface CalibrationCase {
	/** How surely the judge says that it failed, and whether that counts as a failure; null where it could not tell. */
	readonly failing: number | null;
	readonly fails: boolean | null;
	/** How many runs it stands for: 1 / the chance with which it was drawn to be judged. */
	readonly weight: number;
	/** What people say, and with which chance they were asked; null where nobody was. */
	readonly label: PeopleLabel | null;
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

export interface CalibrationOptions {
	readonly random: Random;
	/** Of the bootstrap of κ, 1000 by default. */
	readonly resamples?: number;
}

/** Below so many labels no corrected figure is given, and no share of a kind below so many of the kind. */
export const LEAST_LABELS = 50;
export const LEAST_OF_A_KIND = 10;

/** A judged case with its answer. */
interface Answered extends CalibrationCase {
	readonly failing: number;
	readonly fails: boolean;
}

/**
 * Sensitivity, specificity and κ of a judge against people, weighted back to all runs. A failure is what is to be found: sensitivity is over what people fail.
 *
 * People rate most often where the judge is in doubt, so the few failures that it passed weigh much: the shares of all runs on which judge and people
 * say this and that are estimated each (`estimateShare`), and put together (`shareOfTwo`). This is Begg and Greenes' correction of 1983 for cases that
 * are verified more often when the test is positive.
 *
 * @example
 * calibrateJudge(cases, { random: seededRandom(1) }).sensitivity?.low;
 */
export function calibrateJudge(
	cases: readonly CalibrationCase[],
	{ random, resamples = 1000 }: CalibrationOptions,
): JudgeCalibration {
	const answered = cases.flatMap((one): Answered[] =>
		one.fails === null ? [] : [{ ...one, fails: one.fails, failing: one.failing ?? Number(one.fails) }],
	);
	const labels = answered.flatMap((one) =>
		one.label === null
			? []
			: [{ fails: one.fails, people: one.label.value, weight: one.weight / one.label.probability }],
	);
	const failed = sum(labels.map(({ people }) => people));
	const passed = labels.length - failed;
	const enough = labels.length >= LEAST_LABELS;
	const both = (judgeFails: boolean, peopleFail: boolean): Estimated | null =>
		shareWhere(answered, judgeFails, peopleFail);
	return {
		labels: labels.length,
		unanswered: cases.filter(({ fails, label }) => fails === null && label !== null).length,
		effectiveLabels: kish(labels.map(({ weight }) => weight)),
		failed,
		passed,
		baseRate: enough
			? estimateShare(answered.map(({ failing, weight, label }) => ({ judge: failing, weight, label })))
			: null,
		sensitivity: enough && failed >= LEAST_OF_A_KIND ? ratio(both(true, true), both(false, true)) : null,
		specificity: enough && passed >= LEAST_OF_A_KIND ? ratio(both(false, false), both(true, false)) : null,
		kappa: enough ? kappaOf(labels, random, resamples) : null,
		missing: missingLabels(labels.length, failed, passed),
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

const ratio = (part: Estimated | null, rest: Estimated | null): Estimated | null =>
	part === null || rest === null ? null : shareOfTwo(part, rest);

/** Of all cases, the share that the judge fails (or passes) and people fail (or pass). Which the judge says is known of all of them. */
function shareWhere(cases: readonly Answered[], judgeFails: boolean, peopleFail: boolean): Estimated | null {
	return estimateShare(
		cases.map(({ failing, fails, weight, label }) => {
			const candidate = fails === judgeFails;
			const sure = peopleFail ? failing : 1 - failing;
			return {
				// Candidates apart from the others, and by how surely they are what is counted.
				judge: candidate ? 0.2 + 0.8 * sure : 0,
				weight,
				label:
					label === null
						? null
						: { ...label, value: candidate ? (peopleFail ? label.value : 1 - label.value) : 0 },
			};
		}),
	);
}

interface WeightedPair {
	readonly fails: boolean;
	readonly people: number;
	readonly weight: number;
}

function kappaOf(
	labels: readonly WeightedPair[],
	random: Random,
	resamples: number,
): JudgeCalibration["kappa"] {
	const kappa = (sample: readonly WeightedPair[]): number | null =>
		cohenKappa(
			sample.flatMap(({ fails, people, weight }) =>
				[
					{ second: "fail", weight: weight * people },
					{ second: "pass", weight: weight * (1 - people) },
				]
					.filter((part) => part.weight > 0)
					.map((part) => ({ first: fails ? "fail" : "pass", ...part })),
			),
		);
	const { estimate, low, high } = clusterBootstrap(labels, kappa, {
		random,
		resamples,
		method: "percentile",
	});
	return estimate === null ? null : { estimate, low, high };
}
