import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { type DescribedText, describeDrift } from "../core/describe-drift.ts";
import { driftMix } from "../core/drift-mix.ts";
import { chooseStreams, type DriftStream, streamKey, streamOfKey, textsOf } from "../core/drift-streams.ts";
import {
	DAYS_OF_PAST,
	type DriftDay,
	type WatchedDay,
	type WatchState,
	watchDrift,
} from "../core/drift-watch.ts";
import { presentClusterMix } from "../core/present-context.ts";
import { largestAspect, type PresentedDescription, presentDescription } from "../core/present-drift.ts";
import { type Random, seededRandom } from "../core/random.ts";
import type { Run } from "../core/trace.ts";
import { readRuns } from "../store/read-runs.ts";
import { select } from "../store/select.ts";
import type { EmbedTexts } from "./embed-texts.ts";

export interface WatchStoredOptions {
	readonly pipeline: string;
	/** Where a watch begins that has not begun yet, milliseconds since the epoch. */
	readonly sinceMs: number;
	readonly nowMs: number;
	/** Length of a bucket of time; a day by default. */
	readonly bucketMs?: number;
	/** Chance of a false alarm of the pipeline, all its streams together; default 0.05. */
	readonly alpha?: number;
	/** Null: texts are compared by n-grams and length alone. */
	readonly embed?: EmbedTexts | null;
	readonly onRead?: (done: number, total: number) => void;
	readonly onWatched?: (done: number, total: number) => void;
}

export const DAY_MS = 86_400_000;
/** Spans of a run that has started may still arrive so long after its bucket is over. */
const SETTLE_MS = 15 * 60_000;
/** Runs of a bucket that are looked at, and texts of the past that it is compared with; more where buckets are few because they are long. */
const TEXTS = { upToADay: { perBucket: 150, most: 300 }, longer: { perBucket: 400, most: 800 } } as const;
const textsFor = (bucketMs: number) => (bucketMs <= DAY_MS ? TEXTS.upToADay : TEXTS.longer);
const BATCH = 500;

/**
 * Goes on with the watch over a pipeline: every bucket of time that is over and was not looked at yet, stream by stream, and writes what it says to
 * `drift_days`. Buckets that were watched are never looked at again, so that how often this is called changes nothing.
 *
 * @returns how many buckets were new.
 * @example
 * await watchStored(store, { pipeline: "docs-answer", sinceMs: now - 28 * DAY_MS, nowMs: now });
 */
export async function watchStored(store: Store, options: WatchStoredOptions): Promise<number> {
	const { pipeline, nowMs, bucketMs = DAY_MS } = options;
	const floor = (ms: number): number => Math.floor(ms / bucketMs) * bucketMs;
	const until = floor(nowMs - SETTLE_MS);
	const states = await readStates(store, pipeline, bucketMs, nowMs);
	const newest = Math.max(...[...states.values()].map(({ bucketMs: at }) => at));
	const next = states.size === 0 ? floor(options.sinceMs) : newest + bucketMs;
	if (next >= until) return 0;
	const from = states.size === 0 ? next : next - DAYS_OF_PAST * bucketMs;
	const buckets = await readBuckets(store, { ...options, bucketMs }, { from, until });
	const days = await textsOfDays(buckets, options.embed ?? null);
	const keys = [...new Set([...states.keys(), ...chooseStreams(wholeOf(days))])].sort();
	const rows: object[] = [];
	for (const [at, key] of keys.entries()) {
		const known = states.get(key);
		const points = watchDrift(
			daysOf(days, key, known === undefined),
			known === undefined ? null : { startMs: next, state: known.state },
			{
				...(options.alpha === undefined ? {} : { alpha: options.alpha }),
				streams: keys.length,
				most: textsFor(bucketMs).most,
				randomOf: (startMs) => randomOf(pipeline, key, startMs),
			},
		);
		for (const point of points) rows.push(toRow(point, { pipeline, key, bucketMs, buckets, days }));
		options.onWatched?.(at + 1, keys.length);
		// Others in this process have waited for as long as a stream takes.
		await setImmediate();
	}
	for (let at = 0; at < rows.length; at += BATCH)
		await store.insert("drift_days", rows.slice(at, at + BATCH));
	return days.filter(({ startMs }) => startMs >= next).length;
}

interface StoredState {
	readonly bucketMs: number;
	readonly state: WatchState;
}

async function readStates(
	store: Store,
	pipeline: string,
	bucketMs: number,
	nowMs: number,
): Promise<Map<string, StoredState>> {
	const rows = await select<DriftStream & { bucket: number; since: number; state: string }>(
		store,
		"drift-states.sql",
		{
			pipeline,
			bucket_seconds: bucketMs / 1000,
			since_s: Math.max(0, Math.floor((nowMs - 180 * DAY_MS) / 1000)),
		},
	);
	return new Map(
		rows.map((row) => [
			streamKey(row),
			{ bucketMs: row.bucket * 1000, state: JSON.parse(row.state) as WatchState },
		]),
	);
}

/** A stream that was not watched yet begins with the first bucket in which it is seen. */
function daysOf(days: readonly BucketTexts[], key: string, isNew: boolean): DriftDay<DescribedText>[] {
	const own = days.map(({ startMs, streams }) => ({ startMs, texts: streams.get(key) ?? [] }));
	const first = own.findIndex(({ texts }) => texts.length > 0);
	return isNew ? own.slice(Math.max(0, first)) : own;
}

interface Bucket {
	readonly startMs: number;
	readonly runs: readonly Run[];
}

interface BucketTexts {
	readonly startMs: number;
	readonly streams: ReadonlyMap<string, readonly DescribedText[]>;
}

async function readBuckets(
	store: Store,
	{ pipeline, bucketMs, onRead = () => {} }: WatchStoredOptions & { readonly bucketMs: number },
	{ from, until }: { readonly from: number; readonly until: number },
): Promise<Bucket[]> {
	const rows = await select<{ trace_id: string; bucket: number }>(store, "drift-sample.sql", {
		pipeline,
		since_ms: from,
		until_ms: until,
		bucket_seconds: bucketMs / 1000,
		per_bucket: textsFor(bucketMs).perBucket,
	});
	const buckets: Bucket[] = [];
	let done = 0;
	for (const [bucket, members] of Map.groupBy(rows, (row) => row.bucket)) {
		const startMs = bucket * 1000;
		const runs = await readRuns(store, {
			sinceMs: startMs,
			untilMs: startMs + bucketMs,
			pipeline,
			traceIds: members.map((row) => row.trace_id),
		});
		buckets.push({ startMs, runs });
		done += members.length;
		onRead(done, rows.length);
	}
	return buckets.sort((a, b) => a.startMs - b.startMs);
}

async function textsOfDays(buckets: readonly Bucket[], embed: EmbedTexts | null): Promise<BucketTexts[]> {
	const days: BucketTexts[] = [];
	for (const { startMs, runs } of buckets) {
		const streams = new Map<string, readonly DescribedText[]>();
		for (const [key, texts] of textsOf(runs)) streams.set(key, await embedAll(texts, embed));
		days.push({ startMs, streams });
	}
	return days;
}

/** The texts with their embeddings, where there is a model. */
export async function embedAll(
	texts: readonly DescribedText[],
	embed: EmbedTexts | null,
): Promise<readonly DescribedText[]> {
	if (embed === null) return texts;
	const vectors = await embed(texts.map(({ text }) => text));
	return texts.map((text, at) => {
		const embedding = vectors[at];
		return embedding === undefined ? text : { ...text, embedding };
	});
}

function wholeOf(days: readonly BucketTexts[]): ReadonlyMap<string, readonly DescribedText[]> {
	const whole = new Map<string, DescribedText[]>();
	for (const { streams } of days) {
		for (const [key, texts] of streams) whole.set(key, [...(whole.get(key) ?? []), ...texts]);
	}
	return whole;
}

/** The same chance for the same bucket of the same stream, whoever watches. */
function randomOf(pipeline: string, key: string, startMs: number): Random {
	return seededRandom(Number.parseInt(hash("sha256", `${pipeline} ${key} ${startMs}`).slice(0, 12), 16));
}

interface RowContext {
	readonly pipeline: string;
	readonly key: string;
	readonly bucketMs: number;
	readonly buckets: readonly Bucket[];
	readonly days: readonly BucketTexts[];
}

function toRow(point: WatchedDay<DescribedText>, context: RowContext): object {
	const { pipeline, key, bucketMs } = context;
	return {
		pipeline,
		...streamOfKey(key),
		bucket_seconds: bucketMs / 1000,
		bucket: point.startMs / 1000,
		since: point.sinceMs / 1000,
		texts: point.texts.length,
		past_texts: point.past.length,
		p: point.test.p,
		aspect: largestAspect(point.test),
		log_wealth: point.logWealth,
		log_threshold: point.logThreshold,
		alarm: point.alarm,
		state: JSON.stringify(point.state),
		body: point.alarm ? JSON.stringify(describeAlarm(point, context)) : "",
	};
}

/** What changed, between the days before the evidence began to rise and those since. */
function describeAlarm(
	{ startMs, sinceMs, lowestMs }: WatchedDay<DescribedText>,
	{ key, buckets, days }: RowContext,
): PresentedDescription {
	const isBefore = (day: { readonly startMs: number }): boolean =>
		day.startMs >= sinceMs && day.startMs <= lowestMs;
	const isAfter = (day: { readonly startMs: number }): boolean =>
		day.startMs > lowestMs && day.startMs <= startMs;
	const textsIn = (wanted: typeof isBefore): DescribedText[] =>
		days.filter(wanted).flatMap(({ streams }) => streams.get(key) ?? []);
	const runsIn = (wanted: typeof isBefore): Run[] => buckets.filter(wanted).flatMap(({ runs }) => runs);
	return {
		...presentDescription(
			describeDrift(textsIn(isBefore), textsIn(isAfter), { clusters: streamOfKey(key).step === "" }),
			() => null,
		),
		mix: presentClusterMix(driftMix(runsIn(isBefore), runsIn(isAfter), { random: seededRandom(1) })),
	};
}
