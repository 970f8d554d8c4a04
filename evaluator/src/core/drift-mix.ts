import { type ClusterMix, clusterMix } from "./cluster-mix.ts";
import { type DescribedText, describeDrift } from "./describe-drift.ts";
import { streamKey, textsOf } from "./drift-streams.ts";
import { clusterRuns } from "./input-clusters.ts";
import type { Random } from "./random.ts";
import type { Run } from "./trace.ts";
import { wordsOf } from "./words.ts";

const INPUTS = streamKey({ step: "", kind: "", text: "input" });
/** A word counts as new when its share has grown at least so many times. */
const NEW = 4;
const PER_TASK = 4;
const NAMED = 3;

/**
 * As `clusterMix`, for inputs that have drifted: inputs with a word that has come up are a cluster of their own. Clusters of like inputs are too coarse for a
 * topic that is new, and would count its failures as another response to the inputs that it was put among.
 *
 * @example
 * driftMix(lastWeek, thisWeek, { random: seededRandom(1) })?.inputs;
 */
export function driftMix(
	before: readonly Run[],
	after: readonly Run[],
	{ random }: { readonly random: Random },
): ClusterMix | null {
	const inputsOf = (runs: readonly Run[]): DescribedText[] => textsOf(runs, PER_TASK).get(INPUTS) ?? [];
	const { words } = describeDrift(inputsOf(before), inputsOf(after), { clusters: false });
	const risen = words
		.filter((word) => word.after.successes / word.after.n >= (NEW * word.before.successes) / word.before.n)
		.map(({ name }) => name);
	const runs = [...before, ...after];
	const usual = clusterRuns(runs);
	if (risen.length === 0) return clusterMix(before, after, { random, clusters: usual });
	const name = `with ${risen.slice(0, NAMED).join(", ")}${risen.length > NAMED ? " …" : ""}`;
	const clusters = new Map(
		runs.map(({ traceId, input }) => {
			const held = new Set(wordsOf(input));
			return [traceId, risen.some((word) => held.has(word)) ? name : (usual.get(traceId) ?? "")];
		}),
	);
	return clusterMix(before, after, { random, clusters });
}
