import { betOnDay, type DriftBet, logWealth, startDriftBet } from "./drift-bet.ts";
import { type DriftTest, type DriftText, testDrift } from "./drift-test.ts";
import { type Random, shuffle } from "./random.ts";

/** The texts of one stream in one bucket of time, usually a day. */
export interface DriftDay<Text extends DriftText> {
	/** Milliseconds since the epoch. */
	readonly startMs: number;
	readonly texts: readonly Text[];
}

/** Where the watch over one stream stands after a day. */
export interface WatchState {
	/** Start of the first day that later ones are compared with: the watch's first, or that of the last alarm. */
	readonly sinceMs: number;
	readonly bet: DriftBet;
	/** The day on which the evidence was lowest, and how low (natural logarithm): if something changed, then after it. */
	readonly lowestMs: number;
	readonly lowest: number;
}

/** What one day said. */
export interface WatchedDay<Text extends DriftText> {
	readonly startMs: number;
	readonly texts: readonly Text[];
	/** What the day was compared with: a sample of the days since `sinceMs`. */
	readonly past: readonly Text[];
	readonly sinceMs: number;
	readonly test: DriftTest;
	/** Natural logarithms of the evidence so far and of what an alarm needs. */
	readonly logWealth: number;
	readonly logThreshold: number;
	readonly alarm: boolean;
	/** Where there was a change, it probably came after this day: since then the evidence has only been higher (Hinkley 1971). */
	readonly lowestMs: number;
	/** From which the next day goes on. */
	readonly state: WatchState;
}

export interface WatchOptions {
	/** Chance of a false alarm in all the time until the first one, over all streams together; default 0.05. */
	readonly alpha?: number;
	/** Streams that are watched together; each gets an equal part of alpha. Default 1. */
	readonly streams?: number;
	/** A source of chance for a day, always the same for it. */
	readonly randomOf: (startMs: number) => Random;
	readonly permutations?: number;
	/** Texts of the past that a day is compared with at most; default 300. */
	readonly most?: number;
}

/** What is older than so many days is no longer compared with. */
export const DAYS_OF_PAST = 28;
/** A shorter past tells nothing. */
const FEWEST_PAST = 30;

/**
 * Watches one stream for drift, day by day, without end: every day is compared with a random sample of the days before it, and its p-value is bet on
 * (`betOnDay`). Days that come from one source are exchangeable, so their p-values are independent and uniform (a conformal test martingale over
 * batches: Vovk, Gammerman and Shafer 2022, chapter 8) and the evidence reaches streams / alpha with probability at most alpha / streams, though
 * one looks every day. This is exact as long as nothing was forgotten; bench/results/drift.md measures it beyond. After an alarm the watch begins anew
 * with the day that raised it, as a stream of its own.
 *
 * @param days in order; those before `from` are past only.
 * @param from the first day that is tested now, and where the watch stood before it; null: a new watch.
 * @example
 * const points = watchDrift(days, null, { randomOf: (ms) => seededRandom(ms) });
 * points.find(({ alarm }) => alarm)?.startMs;
 */
export function watchDrift<Text extends DriftText>(
	days: readonly DriftDay<Text>[],
	from: { readonly startMs: number; readonly state: WatchState } | null,
	{ alpha = 0.05, streams = 1, randomOf, permutations = 499, most = 300 }: WatchOptions,
): WatchedDay<Text>[] {
	const logThreshold = Math.log(streams / alpha);
	const points: WatchedDay<Text>[] = [];
	let state: WatchState | null = from?.state ?? null;
	days.forEach((day, at) => {
		if (from !== null && day.startMs < from.startMs) return;
		const { sinceMs, bet, ...low } = state ?? startWatch(day.startMs);
		const random = randomOf(day.startMs);
		const before = days
			.slice(Math.max(0, at - DAYS_OF_PAST), at)
			.filter(({ startMs }) => startMs >= sinceMs)
			.flatMap(({ texts }) => texts);
		const past = before.length > most ? shuffle(before, random).slice(0, most) : before;
		const test = testDrift(past.length < FEWEST_PAST ? [] : past, day.texts, { random, permutations });
		const after = test.uniformP === null ? bet : betOnDay(bet, test.uniformP);
		const evidence = logWealth(after);
		const alarm = evidence >= logThreshold;
		const { lowestMs, lowest } = evidence <= low.lowest ? { lowestMs: day.startMs, lowest: evidence } : low;
		state = alarm ? startWatch(day.startMs) : { sinceMs, bet: after, lowestMs, lowest };
		points.push({
			...day,
			past,
			sinceMs,
			test,
			logWealth: evidence,
			logThreshold,
			alarm,
			lowestMs,
			state,
		});
	});
	return points;
}

const startWatch = (startMs: number): WatchState => ({
	sinceMs: startMs,
	bet: startDriftBet(),
	lowestMs: startMs,
	lowest: 0,
});
