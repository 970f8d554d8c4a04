import type { Store } from "@faultline/collector";
import { type Rating, writeRatings } from "./ratings.ts";
import { readChosen } from "./read-rating-frame.ts";
import { selectByTraces } from "./select.ts";

/** What an import came to. */
export interface RatingImport {
	readonly ratings: number;
	/** Of runs that are not stored (any more): they are kept, and no rate can use them. */
	readonly unknownRuns: number;
	/** Whose chance of having been chosen nobody knows: rates leave them out. */
	readonly withoutChance: number;
}

const KEPT_MS = 400 * 86_400_000;

/**
 * Stores ratings from elsewhere, with what is known of their runs. One that says no chance gets that of the queue, where its run was chosen. Imported again, they replace
 * themselves.
 */
export async function importRatings(
	store: Store,
	ratings: readonly (Omit<Rating, "pipeline" | "serviceVersion" | "runStartMs" | "createdMs"> & {
		readonly createdMs: number | null;
	})[],
	nowMs: number,
): Promise<RatingImport> {
	const scope = { sinceMs: nowMs - KEPT_MS, untilMs: nowMs + KEPT_MS };
	const ids = [...new Set(ratings.map(({ traceId }) => traceId))];
	const heads = await selectByTraces<{
		trace_id: string;
		pipeline: string;
		service_version: string;
		start_ms: string;
	}>(store, "run-heads.sql", ids, { since_ms: scope.sinceMs, until_ms: scope.untilMs });
	const runs = new Map(heads.map((head) => [head.trace_id, head]));
	const chosen = new Map((await readChosen(store, scope)).map((run) => [run.traceId, run]));
	const complete = ratings.map((rating): Rating => {
		const head = runs.get(rating.traceId);
		const place = chosen.get(rating.traceId);
		return {
			...rating,
			probability:
				rating.probability ?? (place === undefined ? null : place.probability * place.sampleProbability),
			pipeline: head?.pipeline ?? "",
			serviceVersion: head?.service_version ?? "",
			runStartMs: head === undefined ? null : Number(head.start_ms),
			createdMs: rating.createdMs ?? nowMs,
		};
	});
	await writeRatings(store, complete);
	return {
		ratings: complete.length,
		unknownRuns: complete.filter(({ runStartMs }) => runStartMs === null).length,
		withoutChance: complete.filter(({ probability }) => probability === null).length,
	};
}
