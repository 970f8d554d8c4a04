import type { Store } from "@faultline/collector";
import { calibrateJudges } from "../core/calibrate-judges.ts";
import { estimateDeploys, estimateWeeks } from "../core/estimate-failures.ts";
import {
	type PresentedAgreement,
	type PresentedCalibration,
	type PresentedFailures,
	presentAgreement,
	presentCalibration,
	presentFailures,
} from "../core/present-people.ts";
import { seededRandom } from "../core/random.ts";
import { rateAgreement } from "../core/rater-agreement.ts";
import { readRatings } from "./ratings.ts";
import { readComparedScores } from "./read-compared-scores.ts";
import { readEstimatedRuns } from "./read-estimated-runs.ts";
import type { RatingScope } from "./read-rating-frame.ts";

/** Intervals of the same data are the same whenever they are asked for. */
const SEED = 1;

/** Corrected failure rates of a scope, per deploy, step and week. */
export async function readFailures(
	store: Store,
	scope: RatingScope,
	judge?: string,
): Promise<PresentedFailures> {
	const { runs, ...material } = await readEstimatedRuns(store, scope, judge);
	return presentFailures({ ...material, deploys: estimateDeploys(runs), weeks: estimateWeeks(runs) });
}

/** How good every judge is on every deploy of a scope. */
export async function readCalibrations(
	store: Store,
	scope: RatingScope,
	{ nowMs, judge }: { readonly nowMs: number; readonly judge?: string },
): Promise<PresentedCalibration[]> {
	const scores = await readComparedScores(store, scope, judge);
	return calibrateJudges(scores, { nowMs, random: seededRandom(SEED) }).map(presentCalibration);
}

/** How far the people who rated runs of a scope agree. */
export async function readAgreement(store: Store, scope: RatingScope): Promise<PresentedAgreement> {
	const ratings = (await readRatings(store, scope.sinceMs)).filter(
		({ spanId, pipeline, serviceVersion, runStartMs }) =>
			spanId === "" &&
			(scope.pipeline ?? pipeline) === pipeline &&
			(scope.serviceVersion ?? serviceVersion) === serviceVersion &&
			(runStartMs === null || (runStartMs >= scope.sinceMs && runStartMs <= scope.untilMs)),
	);
	const told = ratings.filter(({ rating }) => rating !== "unsure");
	const found = rateAgreement(
		told.map(({ traceId, rater, rating, scale, blameStep }) => ({
			item: traceId,
			rater,
			failed: rating === "fail",
			scale,
			blame: blameStep,
		})),
		{ random: seededRandom(SEED) },
	);
	return presentAgreement(found, ratings.length - told.length);
}
