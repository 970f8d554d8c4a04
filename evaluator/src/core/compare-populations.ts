import { readChangeContext } from "./change-context.ts";
import { type Comparison, compareRuns } from "./compare-runs.ts";
import { type PresentedComparison, presentComparison } from "./present-comparison.ts";
import { nameOf } from "./present-context.ts";
import { seededRandom } from "./random.ts";
import type { Scorer } from "./score.ts";
import type { Component, Run } from "./trace.ts";

export interface ComparePopulationsOptions {
	readonly scorers: readonly Scorer[];
	/** Which step people blame, by trace. */
	readonly labels: ReadonlyMap<string, string>;
	readonly seed: number;
	/** How many runs are scored. */
	readonly onRead?: (done: number) => void;
	/** What is done next, in words. */
	readonly onStage?: (stage: string) => void;
}

/** A comparison with its surroundings, and runs to look at. */
export interface ComparedPopulations {
	readonly presented: PresentedComparison;
	/** Failing runs of the candidate whose fault began in a named component, the plainest first. */
	readonly examples: readonly string[];
}

const EXAMPLES = 8;

/**
 * Compares two sets of runs of one pipeline: which component changed the failure rate, and what stands beside it.
 *
 * @example
 * comparePopulations("docs-answer", before, after, { scorers, labels: new Map(), seed: 1 }).presented.verdict;
 */
export function comparePopulations(
	pipeline: string,
	baseline: readonly Run[],
	candidate: readonly Run[],
	{ scorers, labels, seed, onRead = () => {}, onStage = () => {} }: ComparePopulationsOptions,
): ComparedPopulations {
	const comparison = compareRuns(baseline, candidate, {
		scorers,
		random: seededRandom(seed),
		labels,
		onRead,
	});
	onStage("looking at since when, where, and what behaves differently");
	const named = namedComponents(comparison);
	const origins = new Map(comparison.judgement.verdicts.map((verdict) => [verdict.traceId, verdict.origin]));
	const context = readChangeContext(baseline, candidate, {
		// A source of its own, so that the attribution does not depend on what is looked at beside it.
		random: seededRandom(seed),
		naming: { named, originOf: (run) => origins.get(run.traceId) ?? null },
	});
	return {
		presented: presentComparison(pipeline, comparison, context),
		examples: examplesOf(comparison, candidate, named),
	};
}

const namedComponents = ({ change }: Comparison): Component[] =>
	("origins" in change.verdict ? change.verdict.origins : []).map((origin) => nameOf(origin));

function examplesOf(
	{ judgement }: Comparison,
	candidate: readonly Run[],
	named: readonly Component[],
): string[] {
	const inCandidate = new Set(candidate.map(({ traceId }) => traceId));
	const steps = new Set(named.map(({ step }) => step));
	return judgement.verdicts
		.filter(({ traceId, outcome }) => outcome === "fail" && inCandidate.has(traceId))
		.filter(({ origin }) => steps.size === 0 || (origin !== null && steps.has(origin.step)))
		.sort((a, b) => (b.origin?.probability ?? 0) - (a.origin?.probability ?? 0))
		.slice(0, EXAMPLES)
		.map(({ traceId }) => traceId);
}
