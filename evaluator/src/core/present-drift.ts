import type { DriftDescription, MovedShare } from "./describe-drift.ts";
import type { DriftStream } from "./drift-streams.ts";
import type { DriftTest } from "./drift-test.ts";
import type { PresentedContext } from "./present-context.ts";
import { rounded } from "./present-verdict.ts";

/** A share that moved, in tasks. */
export interface PresentedShare {
	readonly name: string;
	readonly before: readonly [held: number, tasks: number];
	readonly after: readonly [held: number, tasks: number];
	readonly q: number;
}

/** What changed, in the shape of `drift --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedDescription {
	readonly words: readonly PresentedShare[];
	readonly words_tested: number;
	readonly clusters: readonly PresentedShare[];
	readonly length: { readonly before: number | null; readonly after: number | null };
	readonly examples: readonly {
		readonly trace_id: string;
		readonly text: string;
		readonly page: string | null;
	}[];
	/** Of the change of the failure rate; null where too few runs say how they ended, or the inputs fall into no clusters. */
	readonly mix: PresentedContext["cluster_mix"];
}

/** One bucket of a watched stream. */
export interface PresentedDay {
	readonly bucket: string;
	readonly texts: number;
	readonly past_texts: number;
	/** Of this bucket alone; null where it could not be told. */
	readonly p: number | null;
	/** words, meaning or length: what differed most; empty where nothing could be told. */
	readonly aspect: string;
	/** Evidence since `since` that something has changed, and how much an alarm needs. */
	readonly evidence: number;
	readonly needed: number;
	readonly since: string;
	readonly alarm: boolean;
	readonly changed: PresentedDescription | null;
}

export interface PresentedStream extends DriftStream {
	readonly days: readonly PresentedDay[];
}

/** `drift --json`: the watch over a pipeline. */
export interface PresentedWatch {
	readonly mode: "watch";
	readonly pipeline: string;
	readonly bucket_seconds: number;
	readonly alpha: number;
	/** Buckets that were looked at for the first time now. */
	readonly new_buckets: number;
	readonly streams: readonly PresentedStream[];
}

/** One stream of `drift --baseline … --candidate … --json`. */
export interface PresentedStreamComparison extends DriftStream {
	readonly texts_before: number;
	readonly texts_after: number;
	readonly p: number | null;
	readonly q: number | null;
	readonly aspect: string;
	/** Aspect → distance in standard deviations of random regroupings, with a p-value of its own. */
	readonly aspects: Readonly<Record<string, { readonly z: number; readonly p: number }>>;
	/** Null where nothing changed, or it could not be told. */
	readonly changed: Omit<PresentedDescription, "mix"> | null;
}

export interface PresentedDriftComparison {
	readonly mode: "comparison";
	readonly pipeline: string;
	readonly baseline: { readonly runs: string; readonly count: number };
	readonly candidate: { readonly runs: string; readonly count: number };
	/** Surest first. */
	readonly streams: readonly PresentedStreamComparison[];
	/** Of the change of the failure rate: another mix of inputs, another response to the same inputs. */
	readonly mix: PresentedDescription["mix"];
}

/** The aspect that differed most; empty where none could be told. */
export const largestAspect = ({ aspects }: DriftTest): string =>
	Object.entries(aspects).sort(([, a], [, b]) => b.z - a.z)[0]?.[0] ?? "";

export const presentAspects = ({ aspects }: DriftTest): PresentedStreamComparison["aspects"] =>
	Object.fromEntries(
		Object.entries(aspects).map(([aspect, { z, p }]) => [aspect, { z: rounded(z), p: rounded(p) }]),
	);

/** @param pageOf where the page shows a run, or null. */
export function presentDescription(
	{ words, wordsTested, clusters, length, examples }: DriftDescription,
	pageOf: (traceId: string) => string | null,
): Omit<PresentedDescription, "mix"> {
	return {
		words: words.map(presentShare),
		words_tested: wordsTested,
		clusters: clusters.map(presentShare),
		length,
		examples: examples.map(({ traceId, text }) => ({ trace_id: traceId, text, page: pageOf(traceId) })),
	};
}

const presentShare = ({ name, before, after, q }: MovedShare): PresentedShare => ({
	name,
	before: [before.successes, before.n],
	after: [after.successes, after.n],
	q: rounded(q),
});
