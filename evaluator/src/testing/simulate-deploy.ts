import { planRatings } from "../core/plan-ratings.ts";
import type { Random } from "../core/random.ts";
import type { JudgedUnit } from "../core/weighted-ppi.ts";

/** A deploy whose failure rate is known, with a judge whose errors are known. */
export interface DeploySetting {
	/** Share of all runs that people would fail, as the estimate should find it. */
	readonly rate: number;
	/** Judged runs, and how many of them people rate, on average. */
	readonly judged: number;
	readonly labels: number;
	readonly sensitivity: number;
	readonly specificity: number;
	/** Judged runs were drawn at two rates, the lower one for runs that fail less; else all at one. */
	readonly unequal?: boolean;
	/** The judge gives probabilities between 0 and 1 rather than pass and fail. */
	readonly graded?: boolean;
	/** Raters who err so often, on their own. */
	readonly raterError?: number;
}

/** Of runs drawn at the low rate (weight 3): how much rarer failures are than among the others. */
const LIGHT = 3;

/**
 * One deploy as it comes out of sampling, judging and rating: the real plan of ratings, made-up runs.
 *
 * @example
 * estimateShare(simulateDeploy(setting, seededRandom(1)));
 */
export function simulateDeploy(setting: DeploySetting, random: Random): JudgedUnit[] {
	const { rate, judged, labels, sensitivity, specificity, unequal = false, graded = false } = setting;
	// Weighted by 3 and 1, half of the drawn runs each, the share of failures is the rate.
	const rates = unequal ? { often: 1.6 * rate, rarely: 0.8 * rate } : { often: rate, rarely: rate };
	const runs = Array.from({ length: judged }, (_, at) => {
		const rarely = unequal && random() < 0.5;
		const failed = random() < (rarely ? rates.rarely : rates.often);
		const says = random() < (failed ? sensitivity : 1 - specificity);
		const judge = graded ? (says ? 1 - 0.6 * random() ** 2 : 0.6 * random() ** 2) : says ? 1 : 0;
		return { at, failed, judge, weight: rarely ? LIGHT : 1, draw: random() };
	});
	const plan = planRatings(
		runs.map(({ at, judge, draw }) => ({ traceId: `${at}`, stratum: "", draw, judged: [judge] })),
		{ target: labels },
	);
	return runs.map(({ at, failed, judge, weight }) => {
		const { chosen, probability } = plan[at] ?? { chosen: false, probability: 1 };
		const said = random() < (setting.raterError ?? 0) ? !failed : failed;
		return { judge, weight, label: chosen ? { value: said ? 1 : 0, probability } : null };
	});
}
