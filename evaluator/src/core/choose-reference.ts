import { newcombe } from "./interval.ts";
import type { Run } from "./trace.ts";

/** Which runs count as healthy, and in words why. */
export interface ReferenceChoice {
	readonly runs: readonly Run[];
	readonly text: string;
}

const MIN_RUNS = 20;

/**
 * Proposes healthy runs to compare with: the passing runs of every version whose pass rate is not clearly below the best one's. Where
 * no run has a stated outcome, all runs are taken, on the assumption that most of them are healthy.
 *
 * @param versions only runs of these service versions are considered, when given.
 * @example
 * chooseReference(runs).text; // "212 passing runs of version 1.4.0"
 */
export function chooseReference(runs: readonly Run[], versions?: readonly string[]): ReferenceChoice {
	const considered =
		versions === undefined ? runs : runs.filter((run) => versions.includes(run.serviceVersion));
	const stated = considered.filter((run) => run.outcome !== "unknown");
	if (stated.length === 0) {
		return { runs: considered, text: `all ${considered.length} runs, since no run says how it ended` };
	}
	const groups = Map.groupBy(stated, (run) => run.serviceVersion);
	const counts = [...groups].map(([version, group]) => ({
		version,
		successes: group.filter((run) => run.outcome === "pass").length,
		n: group.length,
	}));
	const large = counts.filter((count) => count.successes >= MIN_RUNS);
	const best = large.toSorted((a, b) => b.successes / b.n - a.successes / a.n)[0];
	const healthy =
		best === undefined ? counts : large.filter((count) => (newcombe(count, best)?.low ?? 0) <= 0.02);
	const names = new Set(healthy.map((count) => count.version));
	const chosen = stated.filter((run) => run.outcome === "pass" && names.has(run.serviceVersion));
	const named = [...names].filter((name) => name !== "");
	const of =
		named.length === 0 ? "" : ` of version${named.length > 1 ? "s" : ""} ${named.slice(0, 5).join(", ")}`;
	return { runs: chosen, text: `${chosen.length} passing runs${of}` };
}
