import type { Store } from "@faultline/collector";
import { onlyOf } from "../cli/eval-behavioural.ts";
import { UsageError } from "../cli/io.ts";
import { parseSelector } from "../cli/parse-selector.ts";
import { comparePopulations } from "../core/compare-populations.ts";
import type { Run } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readLabels } from "../store/read-labels.ts";
import { readRuns } from "../store/read-runs.ts";
import type { TimeRange } from "../store/read-verdicts.ts";

export interface CompareRequest extends TimeRange {
	/** In the form of `compare --baseline`. */
	readonly baseline: string;
	readonly candidate: string;
	readonly pipeline?: string | undefined;
}

/** Runs of a side that are read at most: the newest. */
const MOST_RUNS = 5_000;

/**
 * As `faultline compare`, on so many runs as an agent can wait for.
 *
 * @throws UsageError where a side fits no run, or the sides have no one pipeline in common.
 * @example
 * await compareForAgent(store, { baseline: "service.version=41", candidate: "service.version=42", sinceMs, untilMs }, now);
 */
export async function compareForAgent(
	store: Store,
	{ baseline, candidate, pipeline, sinceMs, untilMs }: CompareRequest,
	now: number,
): Promise<object> {
	const read = async (name: string, text: string): Promise<Run[]> => {
		const selector = { sinceMs, untilMs, ...parseSelector(text, now) };
		const named = pipeline === undefined ? {} : { pipeline };
		const runs = await readRuns(store, { ...selector, ...named }, { limit: MOST_RUNS });
		if (runs.length === 0) throw new UsageError(`${name} ${text} fits no stored run`);
		return runs;
	};
	const before = await read("baseline", baseline);
	const after = await read("candidate", candidate);
	const known = new Set(before.map((run) => run.pipeline));
	const shared = [...new Set(after.map((run) => run.pipeline))].filter((name) => known.has(name));
	if (shared.length === 0)
		throw new UsageError("the two sides have no pipeline in common; nothing can be compared");
	const only = onlyOf(shared, pipeline);
	const of = (runs: readonly Run[]): Run[] => runs.filter((run) => run.pipeline === only);
	const labels = await readLabels(
		store,
		[...before, ...after].map((run) => run.traceId),
	);
	const compared = comparePopulations(only, of(before), of(after), {
		scorers: builtInScorers,
		labels,
		seed: 1,
	});
	return { ...compared.presented, examples: compared.examples };
}
