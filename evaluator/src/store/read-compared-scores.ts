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
	const runs = await readFrame(store, scope);
	const frame = new Map(runs.map((run) => [run.traceId, run]));
	const drawn = new Set(runs.filter(({ sampleProbability }) => sampleProbability !== null).map(deployOf));
	const scores = (await readJudgeScores(store, scope, judge)).filter(({ traceId }) => frame.has(traceId));
	const chosen = new Map((await readChosen(store, scope)).map((run) => [run.traceId, run]));
	const ratings = Map.groupBy(await readRatings(store, scope.sinceMs), ({ traceId }) => traceId);
	return scores.flatMap((score) => {
		const run = frame.get(score.traceId);
		if (run === undefined) return [];
		const { sampleProbability } = run;
		return [
			{
				judge: score.judge,
				version: score.version,
				pipeline: run.pipeline,
				serviceVersion: run.serviceVersion,
				failing: score.failing,
				fails: score.fails,
				scoredMs: score.createdMs,
				weight: sampleProbability === null ? (drawn.has(deployOf(run)) ? null : 1) : 1 / sampleProbability,
				people: labelOf(score, run, ratings.get(score.traceId) ?? [], chosen.get(score.traceId)),
			},
		];
	});
}

const deployOf = ({ pipeline, serviceVersion }: FrameRun): string =>
	JSON.stringify([pipeline, serviceVersion]);

function labelOf(
	{ spanId, step }: JudgeScore,
	run: FrameRun,
	ratings: readonly Rating[],
	chosen: ChosenRun | undefined,
): ComparedScore["people"] {
	const own = ratings.filter((rating) => rating.spanId === spanId);
	const whole = spanId !== "" && own.length === 0;
	const told = whole ? ratings.filter((rating) => rating.spanId === "") : own;
	const label = ratingOf(told, run, chosen);
	if (label === null) return null;
	const value = !whole ? label.failed : label.blame === null ? null : (label.blame.get(step) ?? 0);
	if (value === null) return null;
	return {
		// The shares of several people need not add up to 1 to the last digit.
		value: Math.min(1, value),
		probability: label.probability,
		ratedMs: Math.max(...told.map(({ createdMs }) => createdMs)),
	};
}
