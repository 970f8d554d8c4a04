import type { Store } from "@faultline/collector";
import { nextItem, placesLeft, type QueueItem } from "../core/rating-queue.ts";
import { type DrawOptions, drawRatings } from "./draw-ratings.ts";
import { type Rating, readRatings, writeRatings } from "./ratings.ts";
import { type ChosenRun, type RatingScope, readChosen } from "./read-rating-frame.ts";
import { command, select } from "./select.ts";

/** So long a rater holds a run without giving a sign. */
export const LEASE_MS: number = 10 * 60_000;
/** New runs are chosen at most so often. */
const DRAW_EVERY_MS = 60_000;
const TRIES = 20;

/** What a rater says of a run, as it comes from the page. */
export type Answer = Pick<Rating, "traceId" | "rating" | "scale" | "blameStep" | "comment">;

/** A queue with everybody's part in it. */
export interface Desk {
	readonly chosen: ReadonlyMap<string, ChosenRun>;
	readonly items: readonly QueueItem[];
	readonly ratings: readonly Rating[];
}

/** Hands runs out to raters and takes their ratings. */
export interface RatingDesk {
	/** The run that this person should rate next, which is theirs for ten minutes, none of `without`; null where there is none. */
	take(rater: string, scope: RatingScope, without?: ReadonlySet<string>): Promise<ChosenRun | null>;
	/** Gives a run back unrated. */
	giveBack(rater: string, traceId: string): Promise<void>;
	/** Holds a run on. */
	keep(rater: string, traceId: string): Promise<void>;
	/** Stores a rating; resolves when it survives the end of this process. Sent again, it replaces itself. */
	save(rater: string, answer: Answer, nowMs: number): Promise<void>;
}

/**
 * The desk over a database. Several processes may be desks over the same one: a lease is written first and then looked for, and who then finds the run
 * full gives it back. Of two who take the same run at once at least one sees the other, so never both keep it; that needs no clocks that agree.
 *
 * @example
 * const desk = openRatingDesk(store);
 * const run = await desk.take("ann", { sinceMs, untilMs });
 */
export function openRatingDesk(store: Store, draw: DrawOptions = {}): RatingDesk {
	// Within this process one after another, so that raters need not give runs back at all.
	let tail: Promise<unknown> = Promise.resolve();
	const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
		const result = tail.then(work, work);
		tail = result.catch(() => {});
		return result;
	};
	const lastDraws = new Map<string, number>();
	const drawSometimes = async (scope: RatingScope): Promise<boolean> => {
		const key = JSON.stringify([scope.pipeline, scope.serviceVersion]);
		if (scope.untilMs - (lastDraws.get(key) ?? Number.NEGATIVE_INFINITY) < DRAW_EVERY_MS) return false;
		lastDraws.set(key, scope.untilMs);
		return (await drawRatings(store, scope, draw)).added > 0;
	};
	return {
		take: (rater, scope, without = new Set()) =>
			inTurn(async () => {
				const run = await takeNext(store, rater, scope, without);
				if (run !== null || !(await drawSometimes(scope))) return run;
				return takeNext(store, rater, scope, without);
			}),
		giveBack: (rater, traceId) => lease(store, rater, traceId, 0),
		keep: (rater, traceId) => lease(store, rater, traceId, LEASE_MS),
		async save(rater, answer, nowMs) {
			const chosen = await readChosenRun(store, answer.traceId);
			await writeRatings(store, [
				{
					...answer,
					spanId: "",
					rater,
					probability: chosen === null ? null : chosen.probability * chosen.sampleProbability,
					pipeline: chosen?.pipeline ?? "",
					serviceVersion: chosen?.serviceVersion ?? "",
					runStartMs: chosen === null ? null : Number(chosen.startNs / 1_000_000n),
					createdMs: nowMs,
				},
			]);
			await lease(store, rater, answer.traceId, 0);
		},
	};
}

/** Reads a queue with its ratings and leases. Leases are by the database's clock. */
export async function readDesk(store: Store, scope: RatingScope): Promise<Desk> {
	const chosen = await readChosen(store, scope);
	const ratings = await readRatings(store, scope.sinceMs);
	const leases = await select<{ trace_id: string; rater: string }>(store, "rating-leases.sql");
	const raters = Map.groupBy(
		ratings.filter(({ spanId }) => spanId === ""),
		({ traceId }) => traceId,
	);
	const holders = Map.groupBy(leases, (row) => row.trace_id);
	return {
		chosen: new Map(chosen.map((run) => [run.traceId, run])),
		items: chosen.map(({ traceId, position, double }) => ({
			traceId,
			order: position,
			double,
			raters: (raters.get(traceId) ?? []).map(({ rater }) => rater),
			leases: (holders.get(traceId) ?? []).map(({ rater }) => ({ rater, untilMs: Number.POSITIVE_INFINITY })),
		})),
		ratings,
	};
}

async function takeNext(
	store: Store,
	rater: string,
	scope: RatingScope,
	except: ReadonlySet<string>,
): Promise<ChosenRun | null> {
	const without = new Set(except);
	for (let attempt = 0; attempt < TRIES; attempt++) {
		const desk = await readDesk(store, scope);
		const item = nextItem(desk.items, rater, 0, without);
		if (item === null) return null;
		await lease(store, rater, item.traceId, LEASE_MS);
		const now = (await readDesk(store, scope)).items.find(({ traceId }) => traceId === item.traceId);
		if (now !== undefined && placesLeft(now, rater, 0) > 0) return desk.chosen.get(item.traceId) ?? null;
		await lease(store, rater, item.traceId, 0);
		without.add(item.traceId);
	}
	return null;
}

/** Holds a run for so long from now; 0 gives it back. */
const lease = (store: Store, rater: string, traceId: string, forMs: number): Promise<void> =>
	command(store, "take-lease.sql", { trace_id: traceId, rater, for_ms: forMs });

/** How a run was chosen; null where it was not. */
export async function readChosenRun(store: Store, traceId: string): Promise<ChosenRun | null> {
	const [row] = await select<{ start_ms: string }>(store, "chosen-start.sql", { trace_id: traceId });
	if (row === undefined) return null;
	const startMs = Number(row.start_ms);
	const found = await readChosen(store, { sinceMs: startMs, untilMs: startMs + 1 });
	return found.find((run) => run.traceId === traceId) ?? null;
}
