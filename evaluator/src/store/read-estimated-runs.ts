import type { Store } from "@faultline/collector";
import type { EstimatedRun, RunRating } from "../core/estimate-failures.ts";
import { joinRatings } from "../core/join-ratings.ts";
import { type Rating, readRatings } from "./ratings.ts";
import {
	type ChosenRun,
	type FrameRun,
	type JudgeScore,
	type RatingScope,
	readChosen,
	readFrame,
	readJudgeScores,
} from "./read-rating-frame.ts";
import { EVALUATOR } from "./result-rows.ts";
import { select } from "./select.ts";

/** The judge of whole runs whose newest version is used where none is named. */
export const END_TO_END = "judge/end-to-end";

/** What estimates are made of. */
export interface EstimateMaterial {
	readonly runs: readonly EstimatedRun[];
	/** The judge that was used, and its version; null where no judge scored a whole run: then what was located takes its place. */
	readonly judge: { readonly name: string; readonly version: string } | null;
	/** Ratings by people who could not tell. */
	readonly unsure: number;
}

/**
 * Reads runs of users with what a judge, the evaluator and people say of them.
 *
 * @param judge scorer of whole runs; its newest version is used.
 */
export async function readEstimatedRuns(
	store: Store,
	scope: RatingScope,
	judge: string = END_TO_END,
): Promise<EstimateMaterial> {
	const frame = await readFrame(store, scope);
	const ids = new Set(frame.map(({ traceId }) => traceId));
	const scores = (await readJudgeScores(store, scope, judge)).filter(
		({ spanId, traceId }) => spanId === "" && ids.has(traceId),
	);
	const version = scores.at(-1)?.version ?? null;
	const judged = new Map(
		scores.filter((score) => score.version === version).map((score) => [score.traceId, score]),
	);
	const broke = await readMasses(store, scope);
	const chosen = new Map((await readChosen(store, scope)).map((run) => [run.traceId, run]));
	const ratings = (await readRatings(store, scope.sinceMs)).filter(
		({ spanId, traceId }) => spanId === "" && ids.has(traceId),
	);
	const byRun = Map.groupBy(ratings, ({ traceId }) => traceId);
	return {
		runs: frame.map((run) =>
			toEstimated(run, {
				score: judged.get(run.traceId),
				broke: broke.get(run.traceId) ?? null,
				rating: ratingOf(byRun.get(run.traceId) ?? [], run, chosen.get(run.traceId)),
			}),
		),
		judge: version === null ? null : { name: judge, version },
		unsure: ratings.filter(({ rating }) => rating === "unsure").length,
	};
}

function toEstimated(
	run: FrameRun,
	known: {
		readonly score: JudgeScore | undefined;
		readonly broke: ReadonlyMap<string, number> | null;
		readonly rating: RunRating | null;
	},
): EstimatedRun {
	return {
		traceId: run.traceId,
		pipeline: run.pipeline,
		serviceVersion: run.serviceVersion,
		startMs: Number(run.startNs / 1_000_000n),
		task: run.task,
		sampleProbability: run.sampleProbability,
		judge: known.score?.failing ?? null,
		broke: known.broke,
		rating: known.rating,
	};
}

/** People's words on one run as one label. The queue knows the chance as it is by now, a rating as it was. */
export function ratingOf(
	ratings: readonly Rating[],
	run: { readonly sampleProbability: number | null },
	chosen: ChosenRun | undefined,
): RunRating | null {
	const label = joinRatings(
		ratings.map(({ rater, rating, blameStep }) => ({
			rater,
			failed: rating === "unsure" ? null : rating === "fail",
			blame: blameStep,
		})),
	);
	if (label === null) return null;
	const stored = ratings.find(({ probability }) => probability !== null)?.probability ?? null;
	const given = stored === null ? null : stored / (run.sampleProbability ?? 1);
	const probability = chosen?.probability ?? given;
	return {
		...label,
		probability: probability === null || !(probability > 0) ? null : Math.min(1, probability),
	};
}

async function readMasses(
	store: Store,
	scope: RatingScope,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
	const rows = await select<{ trace_id: string; masses: Readonly<Record<string, number>> }>(
		store,
		"step-masses.sql",
		{
			since_ms: scope.sinceMs,
			until_ms: scope.untilMs,
			pipeline: scope.pipeline ?? "",
			evaluator: EVALUATOR,
		},
	);
	return new Map(rows.map(({ trace_id, masses }) => [trace_id, new Map(Object.entries(masses))]));
}
