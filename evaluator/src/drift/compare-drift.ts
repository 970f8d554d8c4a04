import { benjaminiHochberg } from "../core/benjamini-hochberg.ts";
import { type DescribedText, describeDrift } from "../core/describe-drift.ts";
import { driftMix } from "../core/drift-mix.ts";
import { chooseStreams, streamOfKey, textsOf } from "../core/drift-streams.ts";
import { testDrift } from "../core/drift-test.ts";
import { presentClusterMix } from "../core/present-context.ts";
import {
	largestAspect,
	type PresentedDriftComparison,
	type PresentedStreamComparison,
	presentAspects,
	presentDescription,
} from "../core/present-drift.ts";
import { rounded } from "../core/present-verdict.ts";
import { seededRandom, shuffle } from "../core/random.ts";
import type { Run } from "../core/trace.ts";
import type { EmbedTexts } from "./embed-texts.ts";
import { embedAll } from "./watch-stored.ts";

/** One side: how it was named, and its runs. */
export interface DriftSide {
	readonly name: string;
	readonly runs: readonly Run[];
}

export interface CompareDriftOptions {
	readonly pipeline: string;
	readonly seed: number;
	readonly embed?: EmbedTexts | null;
	/** Where the page shows a run, or null. */
	readonly pageOf?: (traceId: string) => string | null;
	readonly onCompared?: (done: number, total: number) => void;
}

/** Streams whose corrected p-value is at most this have changed. */
const SURE = 0.05;
/** Texts of a side that are tested at most; words are counted in all of them. */
const MOST_TEXTS = 400;
const PERMUTATIONS = 999;
/** Runs of one task that are looked at on a side. */
const PER_TASK = 4;

/**
 * Compares what two sets of runs were asked and answered, stream by stream (`testDrift`), corrected for all streams, and says of those that changed
 * which words and clusters moved; and splits the change of the failure rate into another mix of inputs and another response to the same inputs.
 *
 * @example
 * (await compareDrift(lastWeek, thisWeek, { pipeline: "docs-answer", seed: 1 })).streams[0]?.q;
 */
export async function compareDrift(
	baseline: DriftSide,
	candidate: DriftSide,
	{ pipeline, seed, embed = null, pageOf = () => null, onCompared = () => {} }: CompareDriftOptions,
): Promise<PresentedDriftComparison> {
	const random = seededRandom(seed);
	const before = textsOf(baseline.runs, PER_TASK);
	const after = textsOf(candidate.runs, PER_TASK);
	const keys = chooseStreams(new Map([...after, ...before]));
	const compared: (PresentedStreamComparison & { readonly sides: readonly [Texts, Texts] })[] = [];
	for (const [at, key] of keys.entries()) {
		const sides: [Texts, Texts] = [before.get(key) ?? [], after.get(key) ?? []];
		const [first, second] = sides.map((texts) => shuffle(texts, random).slice(0, MOST_TEXTS));
		const test = testDrift(await embedAll(first ?? [], embed), await embedAll(second ?? [], embed), {
			random,
			permutations: PERMUTATIONS,
		});
		compared.push({
			...streamOfKey(key),
			texts_before: sides[0].length,
			texts_after: sides[1].length,
			p: test.p,
			q: null,
			aspect: largestAspect(test),
			aspects: presentAspects(test),
			changed: null,
			sides,
		});
		onCompared(at + 1, keys.length);
	}
	const qValues = benjaminiHochberg(compared.map(({ p }) => p));
	const streams = compared.map(({ sides: [first, second], ...stream }, at): PresentedStreamComparison => {
		const q = qValues[at] ?? null;
		const changed =
			q !== null && q <= SURE
				? presentDescription(describeDrift(first, second, { clusters: stream.step === "" }), pageOf)
				: null;
		return { ...stream, q: q === null ? null : rounded(q), changed };
	});
	return {
		mode: "comparison",
		pipeline,
		baseline: { runs: baseline.name, count: baseline.runs.length },
		candidate: { runs: candidate.name, count: candidate.runs.length },
		streams: streams.toSorted((a, b) => (a.p ?? 2) - (b.p ?? 2)),
		mix: presentClusterMix(driftMix(baseline.runs, candidate.runs, { random })),
	};
}

type Texts = readonly DescribedText[];
