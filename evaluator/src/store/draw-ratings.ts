import { createHash } from "node:crypto";
import type { Store } from "@faultline/collector";
import { weekOf } from "../core/estimate-failures.ts";
import { type PlannedRating, planRatings } from "../core/plan-ratings.ts";
import { dateTimeText } from "./date-time-text.ts";
import {
	type FrameRun,
	type JudgeScore,
	type RatingScope,
	readChosen,
	readFrame,
	readJudgeScores,
} from "./read-rating-frame.ts";

export interface DrawOptions {
	/** Runs of every deploy and week that are to be rated, on average. */
	readonly target?: number;
	/** Share of the chosen runs that two people rate. */
	readonly doubleShare?: number;
}

export const DEFAULT_TARGET = 100;
export const DEFAULT_DOUBLE_SHARE = 0.2;

/** What a draw came to. */
export interface Draw {
	/** Runs that could have been chosen, those that are chosen now, and those of them that were not before. */
	readonly runs: number;
	readonly chosen: number;
	readonly added: number;
}

/**
 * Chooses runs for rating and stores them with their chances (`planRatings`; a stratum is a deploy in a week). Drawn again, every chosen run stays, and its chance is the
 * largest that it had: with a number of its own that never changes, that is the chance of having been chosen by now. The number is a hash of the trace id, so
 * that two processes, and one that was started again, choose the same.
 *
 * @example
 * await drawRatings(store, { sinceMs, untilMs }, { target: 100 });
 */
export async function drawRatings(
	store: Store,
	scope: RatingScope,
	{ target = DEFAULT_TARGET, doubleShare = DEFAULT_DOUBLE_SHARE }: DrawOptions = {},
): Promise<Draw> {
	const frame = drawnOnly(await readFrame(store, scope));
	const judged = judgedRuns(await readJudgeScores(store, scope));
	const before = new Map((await readChosen(store, scope)).map((run) => [run.traceId, run]));
	const plan = planRatings(
		frame.map((run) => ({
			traceId: run.traceId,
			stratum: stratumOf(run),
			draw: shareOf("rating", run.traceId),
			judged: judged.get(run.traceId) ?? [],
		})),
		{ target },
	);
	const changed = frame.flatMap((run, at) => {
		const planned = plan[at];
		const old = before.get(run.traceId);
		if (
			planned === undefined ||
			(old === undefined ? !planned.chosen : planned.probability <= old.probability)
		)
			return [];
		return [rowOf(run, planned, old?.double ?? shareOf("double", run.traceId) < doubleShare)];
	});
	if (changed.length > 0) await store.insert("rating_queue", changed);
	const added = changed.filter(({ trace_id }) => !before.has(trace_id)).length;
	return { runs: frame.length, chosen: before.size + added, added };
}

/** Per deploy, the runs that were drawn to be judged; all of them where none was drawn. */
function drawnOnly(runs: readonly FrameRun[]): FrameRun[] {
	const deploys = Map.groupBy(runs, (run) => JSON.stringify([run.pipeline, run.serviceVersion]));
	return [...deploys.values()].flatMap((members) => {
		const drawn = members.filter(({ sampleProbability }) => sampleProbability !== null);
		return drawn.length > 0 ? drawn : members;
	});
}

/** Per run, the newest word of every judge on the whole run. */
function judgedRuns(scores: readonly JudgeScore[]): ReadonlyMap<string, readonly number[]> {
	const words = new Map<string, Map<string, number>>();
	for (const { traceId, spanId, judge, failing } of scores) {
		if (spanId !== "" || failing === null) continue;
		const known = words.get(traceId);
		if (known === undefined) words.set(traceId, new Map([[judge, failing]]));
		else known.set(judge, failing);
	}
	return new Map([...words].map(([traceId, byJudge]) => [traceId, [...byJudge.values()]]));
}

const stratumOf = (run: FrameRun): string =>
	`${run.pipeline} ${run.serviceVersion} ${new Date(weekOf(Number(run.startNs / 1_000_000n))).toISOString().slice(0, 10)}`;

/** A number in 0..1 that belongs to a run for ever; another one for every purpose. */
function shareOf(purpose: string, traceId: string): number {
	const hash = createHash("sha256").update(`faultline ${purpose}\n${traceId}`).digest();
	return hash.readUIntBE(0, 6) / 2 ** 48;
}

function rowOf(
	run: FrameRun,
	{ probability, order, reason }: PlannedRating,
	double: boolean,
): { readonly trace_id: string; readonly [column: string]: unknown } {
	return {
		trace_id: run.traceId,
		pipeline: run.pipeline,
		service_name: run.serviceName,
		service_version: run.serviceVersion,
		environment: run.environment,
		run_start: dateTimeText(run.startNs),
		stratum: stratumOf(run),
		sample_probability: run.sampleProbability ?? 1,
		probability,
		position: order,
		double_rated: double,
		reason,
	};
}
