import type { Store } from "@faultline/collector";
import type { ComparedScore } from "../core/calibrate-judges.ts";
import { type Rating, readRatings } from "./ratings.ts";
import { ratingOf } from "./read-estimated-runs.ts";
import {
	type ChosenRun,
	type FrameRun,
	type JudgeScore,
	type RatingScope,
	readChosen,
	readFrame,
	readJudgeScores,
} from "./read-rating-frame.ts";

/**
 * What judges said of runs of users and of their steps, beside what people say of the same. A person who fails a run blames one step: for a judge of
 * steps that step failed and the run's others passed, where it was not rated itself. Runs that were not drawn to be judged count where none were.
 */
export async function readComparedScores(
	store: Store,
	scope: RatingScope,
	judge = "",
): Promise<ComparedScore[]> {
	const frame = new Map((await readFrame(store, scope)).map((run) => [run.traceId, run]));
	const scores = (await readJudgeScores(store, scope, judge)).filter(({ traceId }) => frame.has(traceId));
	const chosen = new Map((await readChosen(store, scope)).map((run) => [run.traceId, run]));
	const ratings = Map.groupBy(await readRatings(store, scope.sinceMs), ({ traceId }) => traceId);
	return scores.flatMap((score) => {
		const run = frame.get(score.traceId);
		if (run === undefined) return [];
		const label = labelOf(score, run, ratings.get(score.traceId) ?? [], chosen.get(score.traceId));
		return [
			{
				judge: score.judge,
				version: score.version,
				pipeline: run.pipeline,
				serviceVersion: run.serviceVersion,
				fails: score.fails,
				scoredMs: score.createdMs,
				...label,
			},
		];
	});
}

const NO_LABEL = { people: null, weight: null, ratedMs: null } as const;

function labelOf(
	{ spanId, step }: JudgeScore,
	run: FrameRun,
	ratings: readonly Rating[],
	chosen: ChosenRun | undefined,
): Pick<ComparedScore, "people" | "weight" | "ratedMs"> {
	const own = ratings.filter((rating) => rating.spanId === spanId);
	const told = spanId !== "" && own.length === 0 ? ratings.filter((rating) => rating.spanId === "") : own;
	const label = ratingOf(told, run, chosen);
	if (label === null) return NO_LABEL;
	const people =
		spanId === "" || own.length > 0
			? label.failed
			: label.blame === null
				? null
				: (label.blame.get(step) ?? 0);
	if (people === null) return NO_LABEL;
	return {
		people,
		weight: label.probability === null ? null : 1 / (label.probability * (run.sampleProbability ?? 1)),
		ratedMs: Math.max(...told.map(({ createdMs }) => createdMs)),
	};
}
