import { clusterBootstrapVector } from "./bootstrap.ts";
import { clusterRuns } from "./input-clusters.ts";
import type { Interval } from "./interval.ts";
import { decomposeRates } from "./kitagawa.ts";
import type { Random } from "./random.ts";
import { taskKey } from "./reference.ts";
import type { Run } from "./trace.ts";

/** How much of a change of the failure rate is another mix of topics, and how much another response to the same topics. */
export interface ClusterMix {
	readonly inputs: number;
	readonly inputsInterval: Interval | null;
	readonly response: number;
	readonly responseInterval: Interval | null;
	/** The topics that add most to it, by their part in the mix. */
	readonly clusters: readonly { readonly name: string; readonly inputs: number; readonly response: number }[];
}

/**
 * Splits the change of the failure rate over clusters of like inputs (`clusterRuns`, `decomposeRates`), for sides that share too few tasks to be
 * compared task by task; intervals by a bootstrap over tasks. Null where a side has no run that says how it ended, or where the inputs
 * fall into no clusters.
 *
 * @example
 * clusterMix(baseline, candidate, { random: seededRandom(1) })?.response;
 */
export function clusterMix(
	baseline: readonly Run[],
	candidate: readonly Run[],
	{
		random,
		resamples = 499,
		clusters = clusterRuns([...baseline, ...candidate]),
	}: {
		readonly random: Random;
		readonly resamples?: number;
		/** Trace id → name of the cluster; `clusterRuns` by default. */
		readonly clusters?: ReadonlyMap<string, string>;
	},
): ClusterMix | null {
	if (new Set(clusters.values()).size < 2) return null;
	const stated = (side: "before" | "after", runs: readonly Run[]) =>
		runs
			.filter((run) => run.outcome !== "unknown")
			.map((run) => ({
				side,
				task: taskKey(run),
				cluster: clusters.get(run.traceId) ?? "",
				failed: run.outcome === "fail",
			}));
	const items = [...stated("before", baseline), ...stated("after", candidate)];
	const split = (sample: typeof items) =>
		decomposeRates(
			[...Map.groupBy(sample, (item) => item.cluster)].map(([name, group]) => {
				const count = (side: "before" | "after") => {
					const inside = group.filter((item) => item.side === side);
					return { successes: inside.filter((item) => item.failed).length, n: inside.length };
				};
				return { name, before: count("before"), after: count("after") };
			}),
		);
	const whole = split(items);
	if (whole === null) return null;
	const tasks = [...Map.groupBy(items, (item) => `${item.side} ${item.task}`).values()];
	const [inputs, response] = clusterBootstrapVector(
		tasks,
		(sample) => {
			const parts = split(sample.flat());
			return [parts?.mix ?? null, parts?.response ?? null];
		},
		{ random, resamples, method: "percentile", stratum: (task) => task[0]?.side ?? "" },
	);
	const intervalOf = (estimate: typeof inputs): Interval | null =>
		estimate === undefined || estimate.low === null || estimate.high === null
			? null
			: { low: estimate.low, high: estimate.high };
	return {
		inputs: whole.mix,
		inputsInterval: intervalOf(inputs),
		response: whole.response,
		responseInterval: intervalOf(response),
		clusters: whole.strata
			.map(({ name, mix, response: own }) => ({ name, inputs: mix, response: own }))
			.sort((a, b) => Math.abs(b.inputs + b.response) - Math.abs(a.inputs + a.response)),
	};
}
