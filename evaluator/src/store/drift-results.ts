import type { Store } from "@faultline/collector";
import type { DriftStream } from "../core/drift-streams.ts";
import type {
	PresentedDay,
	PresentedDescription,
	PresentedDriftComparison,
	PresentedStreamComparison,
	PresentedWatch,
} from "../core/present-drift.ts";
import { rounded } from "../core/present-verdict.ts";
import { select } from "./select.ts";

/** Which watched buckets are meant; an empty pipeline and a bucket length of 0 fit all. */
export interface DriftDaysSelector {
	readonly pipeline?: string;
	readonly bucketSeconds?: number;
	/** Milliseconds since the epoch, both ends included. */
	readonly sinceMs: number;
	readonly untilMs: number;
}

/** The watch over one stream, as it is stored. */
export interface StoredStream extends DriftStream {
	readonly pipeline: string;
	readonly bucketSeconds: number;
	readonly days: readonly PresentedDay[];
}

interface DayRow extends DriftStream {
	readonly pipeline: string;
	readonly bucket_seconds: number;
	readonly bucket: number;
	readonly since: number;
	readonly texts: number;
	readonly past_texts: number;
	readonly p: number | null;
	readonly aspect: string;
	readonly log_wealth: number;
	readonly log_threshold: number;
	readonly alarm: boolean;
	readonly body: string;
}

/**
 * Reads what the watch found, stream by stream, buckets in order.
 *
 * @example
 * const streams = await readDriftDays(store, { pipeline: "docs-answer", sinceMs, untilMs });
 */
export async function readDriftDays(
	store: Store,
	{ pipeline = "", bucketSeconds = 0, sinceMs, untilMs }: DriftDaysSelector,
): Promise<StoredStream[]> {
	const rows = await select<DayRow>(store, "drift-days.sql", {
		pipeline,
		bucket_seconds: bucketSeconds,
		since_ms: Math.floor(sinceMs),
		until_ms: Math.floor(untilMs),
	});
	const groups = Map.groupBy(rows, (row) =>
		JSON.stringify([row.pipeline, row.bucket_seconds, row.step, row.kind, row.text]),
	);
	return [...groups.values()].flatMap((group) => {
		const [first] = group;
		if (first === undefined) return [];
		const { step, kind, text } = first;
		return [
			{
				pipeline: first.pipeline,
				bucketSeconds: first.bucket_seconds,
				step,
				kind,
				text,
				days: group.map(toDay),
			},
		];
	});
}

function toDay(row: DayRow): PresentedDay {
	const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
	return {
		bucket: iso(row.bucket),
		texts: row.texts,
		past_texts: row.past_texts,
		p: row.p === null ? null : rounded(row.p),
		aspect: row.aspect,
		evidence: rounded(Math.exp(row.log_wealth)),
		needed: rounded(Math.exp(row.log_threshold)),
		since: iso(row.since),
		alarm: row.alarm,
		changed: row.body === "" ? null : (JSON.parse(row.body) as PresentedDescription),
	};
}

/** The watch in the shape of `drift --json`. */
export const presentWatch = (
	pipeline: string,
	streams: readonly StoredStream[],
	more: { readonly bucketSeconds: number; readonly alpha: number; readonly newBuckets: number },
	pageOf: (traceId: string) => string | null,
): PresentedWatch => ({
	mode: "watch",
	pipeline,
	bucket_seconds: more.bucketSeconds,
	alpha: more.alpha,
	new_buckets: more.newBuckets,
	streams: streams.map(({ step, kind, text, days }) => ({
		step,
		kind,
		text,
		days: days.map((day) => ({
			...day,
			changed: day.changed === null ? null : withPages(day.changed, pageOf),
		})),
	})),
});

const withPages = (
	changed: PresentedDescription,
	pageOf: (traceId: string) => string | null,
): PresentedDescription => ({
	...changed,
	examples: changed.examples.map((example) => ({ ...example, page: pageOf(example.trace_id) })),
});

/**
 * Writes a comparison of two sets of runs; one of the same millisecond replaces itself.
 *
 * @example
 * await writeDriftComparison(store, comparison, Date.now());
 */
export async function writeDriftComparison(
	store: Store,
	{ pipeline, baseline, candidate, streams, mix }: PresentedDriftComparison,
	comparedAtMs: number,
): Promise<void> {
	await store.insert(
		"drift_comparisons",
		streams.map((stream) => ({
			pipeline,
			compared_at: (comparedAtMs / 1000).toFixed(3),
			baseline: baseline.runs,
			candidate: candidate.runs,
			step: stream.step,
			kind: stream.kind,
			text: stream.text,
			texts_before: stream.texts_before,
			texts_after: stream.texts_after,
			p: stream.p,
			q: stream.q,
			aspect: stream.aspect,
			body: JSON.stringify(stream),
			mix: mix === null ? "" : JSON.stringify(mix),
		})),
	);
}

/** A comparison as it is stored. */
export interface StoredComparison {
	readonly pipeline: string;
	readonly comparedMs: number;
	readonly baseline: string;
	readonly candidate: string;
	/** Surest first. */
	readonly streams: readonly PresentedStreamComparison[];
	readonly mix: PresentedDriftComparison["mix"];
}

/**
 * The newest comparisons of a pipeline, newest first.
 *
 * @example
 * const [newest] = await readDriftComparisons(store, { pipeline: "docs-answer", sinceMs, untilMs });
 */
export async function readDriftComparisons(
	store: Store,
	{ pipeline = "", sinceMs, untilMs }: DriftDaysSelector,
	limit = 3,
): Promise<StoredComparison[]> {
	const rows = await select<{
		pipeline: string;
		compared_ms: string;
		baseline: string;
		candidate: string;
		q: number | null;
		body: string;
		mix: string;
	}>(store, "drift-comparisons.sql", {
		pipeline,
		since_ms: Math.floor(sinceMs),
		until_ms: Math.ceil(untilMs),
		limit,
	});
	const groups = Map.groupBy(rows, (row) => `${row.compared_ms} ${row.pipeline}`);
	return [...groups.values()].flatMap((group) => {
		const [first] = group;
		if (first === undefined) return [];
		const streams = group.map(({ body }) => JSON.parse(body) as PresentedStreamComparison);
		return [
			{
				pipeline: first.pipeline,
				comparedMs: Number(first.compared_ms),
				baseline: first.baseline,
				candidate: first.candidate,
				streams: streams.sort((a, b) => (a.p ?? 2) - (b.p ?? 2)),
				mix: first.mix === "" ? null : (JSON.parse(first.mix) as PresentedDriftComparison["mix"]),
			},
		];
	});
}
