import type { Store } from "@faultline/collector";
import { dateTimeTextOfMs } from "./date-time-text.ts";
import { select } from "./select.ts";

/** What a rater may say of a run; `unsure` is an answer, and no label. */
export const RATINGS = ["pass", "fail", "unsure"] as const;
export type RatingWord = (typeof RATINGS)[number];

/** What one person says of one run, or of one step of it. */
export interface Rating {
	readonly traceId: string;
	/** Empty for the whole run. */
	readonly spanId: string;
	readonly rater: string;
	readonly rating: RatingWord;
	/** 1 (worst) to 5; null where no scale was used. */
	readonly scale: number | null;
	/** The step that is to blame, `input` for what the user asked; empty where none was named. */
	readonly blameStep: string;
	readonly comment: string;
	/** Chance with which any run such as this one comes to be rated; null where the run was picked by hand. */
	readonly probability: number | null;
	/** Of the run; empty where they are not known. */
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly runStartMs: number | null;
	readonly createdMs: number;
}

interface RatingRow {
	trace_id: string;
	span_id: string;
	rater: string;
	rating: string;
	scale: number | null;
	blame_step: string;
	comment: string;
	probability: number | null;
	pipeline: string;
	service_version: string;
	created_ms: string;
	run_start_ms: string | null;
}

/** Other words that ratings from elsewhere come with. */
const WORDS: Readonly<Record<string, RatingWord>> = {
	pass: "pass",
	good: "pass",
	fail: "fail",
	bad: "fail",
	unsure: "unsure",
};

/** A rating's word; null where it is none. */
export const ratingWord = (text: string): RatingWord | null =>
	Object.hasOwn(WORDS, text) ? (WORDS[text] ?? null) : null;

/** Ratings that were given since a time, the oldest first: the last word of each rater on each run. */
export async function readRatings(store: Store, sinceMs: number): Promise<Rating[]> {
	const rows = await select<RatingRow>(store, "ratings.sql", { since_ms: sinceMs });
	return rows.map((row) => ({
		traceId: row.trace_id,
		spanId: row.span_id,
		rater: row.rater,
		rating: ratingWord(row.rating) ?? "unsure",
		scale: row.scale,
		blameStep: row.blame_step,
		comment: row.comment,
		probability: row.probability,
		pipeline: row.pipeline,
		serviceVersion: row.service_version,
		runStartMs: row.run_start_ms === null ? null : Number(row.run_start_ms),
		createdMs: Number(row.created_ms),
	}));
}

/** Writes ratings; resolves when they survive the end of this process. The same rater's rating of the same run is replaced. */
export async function writeRatings(store: Store, ratings: readonly Rating[]): Promise<void> {
	if (ratings.length === 0) return;
	await store.insert(
		"ratings",
		ratings.map((rating) => ({
			trace_id: rating.traceId,
			span_id: rating.spanId,
			rater: rating.rater,
			rating: rating.rating,
			scale: rating.scale,
			blame_step: rating.blameStep,
			comment: rating.comment,
			probability: rating.probability,
			pipeline: rating.pipeline,
			service_version: rating.serviceVersion,
			run_start: rating.runStartMs === null ? null : dateTimeTextOfMs(rating.runStartMs),
			created_at: dateTimeTextOfMs(rating.createdMs),
		})),
	);
}
