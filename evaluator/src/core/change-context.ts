import { type BehaviourComparison, behaviourChange } from "./behaviour-change.ts";
import { slicesOf } from "./candidate-slices.ts";
import { type ClusterMix, clusterMix } from "./cluster-mix.ts";
import { findSlices, type SliceSearch } from "./find-slices.ts";
import type { Random } from "./random.ts";
import { taskKey } from "./reference.ts";
import { failed, type SinceWhen, sinceWhen } from "./since-when.ts";
import type { Component, Run } from "./trace.ts";

/** What stands beside the attribution of a change: none of it is blame. */
export interface ChangeContext {
	readonly behaviour: BehaviourComparison;
	/** Null where the two sides ran at the same time, so that they are no stream with a before and an after. */
	readonly since: SinceWhen | null;
	/** For each named component, the share of runs whose evidence names it; empty where `since` is null. */
	readonly sinceNamed: readonly { readonly component: Component; readonly since: SinceWhen }[];
	readonly slices: SliceSearch;
	/** By topics of the inputs; null where the inputs fall into none. */
	readonly clusterMix: ClusterMix | null;
}

/** Which component's fault each run shows, as far as its evidence says. */
export interface Naming {
	readonly named: readonly Component[];
	readonly originOf: (run: Run) => Component | null;
}

/** So large a share of the later side's runs may have started before the earlier side's last: deploys roll out. */
const OVERLAP = 0.1;

/**
 * Reads what surrounds a change between two sets of runs of one pipeline: what behaves differently, since when, in which slices, and how much
 * of it another mix of topics explains.
 *
 * @example
 * readChangeContext(baseline, candidate, { random: seededRandom(1) }).since?.changes[0]?.deploys;
 */
export function readChangeContext(
	baseline: readonly Run[],
	candidate: readonly Run[],
	{
		random,
		naming = { named: [], originOf: () => null },
	}: { readonly random: Random; readonly naming?: Naming },
): ChangeContext {
	const isStream = follow(baseline, candidate) || follow(candidate, baseline);
	const all = [...baseline, ...candidate];
	const isNamed = (run: Run, component: Component): boolean => {
		const origin = naming.originOf(run);
		return origin !== null && origin.step === component.step && origin.kind === component.kind;
	};
	return {
		behaviour: behaviourChange(baseline, candidate, { random }),
		since: isStream ? sinceWhen(all, failed, { random }) : null,
		sinceNamed: isStream
			? naming.named.map((component) => ({
					component,
					since: sinceWhen(all, (run) => isNamed(run, component), { random }),
				}))
			: [],
		slices: searchSlices(baseline, candidate, random),
		clusterMix: clusterMix(baseline, candidate, { random }),
	};
}

/** Looks for the slices in which the change is concentrated; without a baseline, the failures. */
export function searchSlices(
	baseline: readonly Run[],
	candidate: readonly Run[],
	random: Random,
): SliceSearch {
	const runs = [...baseline, ...candidate];
	const slices = slicesOf(runs);
	const sliced = runs.map((run, at) => ({
		run,
		failed: run.outcome === "fail",
		side: at < baseline.length ? ("baseline" as const) : ("candidate" as const),
		cluster: taskKey(run),
		slices: slices[at] ?? [],
	}));
	return findSlices(
		sliced.filter(({ run }) => run.outcome !== "unknown"),
		{ random },
	);
}

function follow(first: readonly Run[], second: readonly Run[]): boolean {
	const last = first.reduce((latest, run) => Math.max(latest, run.startUs), Number.NEGATIVE_INFINITY);
	return second.filter((run) => run.startUs < last).length <= OVERLAP * second.length;
}
