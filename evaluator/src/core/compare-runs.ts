import { type AttributeOptions, attributeChange, type Change } from "./attribute-change.ts";
import type { ReferenceChoice } from "./choose-reference.ts";
import { type ClusterMix, clusterMix } from "./cluster-mix.ts";
import { gatherPopulationEvidence, type PopulationEvidence } from "./gather-evidence.ts";
import type { Count, Interval } from "./interval.ts";
import type { JudgeOptions } from "./judge.ts";
import { type Judgement, judgeRuns } from "./judge-runs.ts";
import { decomposeRates } from "./kitagawa.ts";
import { declaredShares, UNKNOWN } from "./origin-mixture.ts";
import { originCase, originsOf } from "./origin-shares.ts";
import { taskKey } from "./reference.ts";
import { componentKey, type Run } from "./trace.ts";

/** A comparison of two populations of one pipeline, with the versions of every component on both sides. */
export interface Comparison {
	readonly change: Change;
	readonly judgement: Judgement;
	/** What speaks against the named components, scorer by scorer. */
	readonly evidence: readonly PopulationEvidence[];
	/** How much of the change is another mix of tasks; null where the two sides share too few tasks to tell. */
	readonly mix: { readonly inputs: number; readonly response: number } | null;
	readonly versions: ReadonlyMap<
		string,
		{ readonly baseline: readonly string[]; readonly candidate: readonly string[] }
	>;
}

/**
 * Compares two sets of runs and says which component changed the failure rate.
 *
 * Healthy runs are the passing ones of the side that passes more often, the baseline's where that is not clear.
 */
export function compareRuns(
	baseline: readonly Run[],
	candidate: readonly Run[],
	options: AttributeOptions & Omit<JudgeOptions, "reference">,
): Comparison {
	const inBaseline = new Set(baseline.map((run) => run.traceId));
	const judgement = judgeRuns([...baseline, ...candidate], {
		...options,
		reference: healthierSide(baseline, candidate),
	});
	const origins = originsOf(judgement.likelihoods, suspected(judgement));
	const declared = declaredShares(origins.filter((origin) => origin !== UNKNOWN));
	const prior = Float64Array.from(origins, (origin) => declared.get(origin) ?? 0);
	const sides = {
		baseline: [] as ReturnType<typeof originCase>[],
		candidate: [] as ReturnType<typeof originCase>[],
	};
	for (const likelihood of judgement.likelihoods) {
		const { run } = likelihood.evidence;
		const side = inBaseline.has(run.traceId) ? sides.baseline : sides.candidate;
		side.push(originCase(likelihood, origins, taskKey(run)));
	}
	const mix = mixOf(baseline, candidate);
	const attributed = attributeChange(origins, prior, sides, options);
	const gather = (named: readonly string[]): PopulationEvidence[] =>
		gatherPopulationEvidence(judgement.evidence, (traceId) => inBaseline.has(traceId), named);
	const topics = (): ClusterMix | null =>
		mix === null ? clusterMix(baseline, candidate, { random: options.random, resamples: 199 }) : null;
	const change = { ...attributed, verdict: reconsider(attributed, mix, topics) };
	// Where it cannot be told who is to blame, what behaves differently at all is worth a look.
	const suspects = change.verdict.kind === "inconclusive" ? origins : [];
	return {
		change,
		judgement,
		evidence: gather("origins" in change.verdict ? change.verdict.origins : suspects),
		mix,
		versions: versionsOf(judgement, inBaseline),
	};
}

/** Hand-offs stand in the table only where a fault may have begun in one: at least half a run of all. */
const MIN_SUSPECTED = 0.5;
/** More origins than this cannot be told apart, nor their contributions be computed. */
const MAX_ORIGINS = 28;

function suspected({ verdicts }: Judgement): ReadonlySet<string> {
	const blame = new Map<string, number>();
	for (const { steps } of verdicts) {
		for (const { step, broke } of steps) {
			const key = componentKey(step);
			blame.set(key, (blame.get(key) ?? 0) + broke);
		}
	}
	const kept = [...blame].filter(([key, sum]) => !key.startsWith("edge/") || sum >= MIN_SUSPECTED);
	return new Set(
		kept
			.sort((a, b) => b[1] - a[1])
			.slice(0, MAX_ORIGINS)
			.map(([key]) => key),
	);
}

/** A change counts as one of the inputs where at least this share of it comes from their mix. */
const MOSTLY_INPUTS = 0.5;
/**
 * What the attribution itself cannot see: the inputs may have changed instead of the pipeline. Where too few tasks are shared to say so task by
 * task, topics of like inputs stand for tasks; these are found and not given, so the interval of their part must exclude 0 as well.
 */
function reconsider(
	{ verdict, difference }: Change,
	mix: Comparison["mix"],
	topics: () => ClusterMix | null,
): Change["verdict"] {
	if (difference.p === null || difference.p > 0.01) return verdict;
	const byTopic = topics();
	const inputs = mix?.inputs ?? (isBeyondZero(byTopic?.inputsInterval) ? (byTopic?.inputs ?? 0) : 0);
	return inputs / difference.value >= MOSTLY_INPUTS ? { kind: "inputs" } : verdict;
}

const isBeyondZero = (interval: Interval | null | undefined): boolean =>
	interval !== null && interval !== undefined && (interval.low > 0 || interval.high < 0);

/** Strata are tasks: only the same question asked on both sides tells a changed response from a changed mix. */
function mixOf(baseline: readonly Run[], candidate: readonly Run[]): Comparison["mix"] {
	const [before, after] = [failuresByTask(baseline), failuresByTask(candidate)];
	const tasks = [...new Set([...before.keys(), ...after.keys()])];
	const shared = tasks.filter((task) => before.has(task) && after.has(task));
	if (shared.length < tasks.length / 2) return null;
	const none: Count = { successes: 0, n: 0 };
	const split = decomposeRates(
		tasks.map((name) => ({ name, before: before.get(name) ?? none, after: after.get(name) ?? none })),
	);
	return split === null ? null : { inputs: split.mix, response: split.response };
}

function failuresByTask(runs: readonly Run[]): ReadonlyMap<string, Count> {
	return new Map(
		[...Map.groupBy(runs, taskKey)].map(([task, group]) => [
			task,
			{ successes: group.filter((run) => run.outcome === "fail").length, n: group.length },
		]),
	);
}

function healthierSide(baseline: readonly Run[], candidate: readonly Run[]): ReferenceChoice {
	const passing = (runs: readonly Run[]): Run[] => runs.filter((run) => run.outcome === "pass");
	const [before, after] = [passing(baseline), passing(candidate)];
	if (before.length + after.length === 0)
		return { runs: baseline, text: `all ${baseline.length} runs of the baseline` };
	const better = after.length / candidate.length > 1.2 * (before.length / baseline.length);
	const side = better ? "candidate" : "baseline";
	const runs = better ? after : before;
	return { runs, text: `the ${runs.length} passing runs of the ${side}` };
}

function versionsOf(judgement: Judgement, inBaseline: ReadonlySet<string>): Comparison["versions"] {
	const versions = new Map<string, { baseline: Set<string>; candidate: Set<string> }>();
	for (const { run, steps } of judgement.evidence) {
		for (const step of steps) {
			const key = componentKey(step);
			const found = versions.get(key) ?? { baseline: new Set(), candidate: new Set() };
			versions.set(key, found);
			if (step.version !== "")
				(inBaseline.has(run.traceId) ? found.baseline : found.candidate).add(step.version);
		}
	}
	return new Map(
		[...versions].map(([key, sides]) => [
			key,
			{ baseline: [...sides.baseline].sort(), candidate: [...sides.candidate].sort() },
		]),
	);
}
