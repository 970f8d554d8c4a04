import type { Store } from "@faultline/collector";
import type { Run } from "../core/trace.ts";
import { readRuns } from "../store/read-runs.ts";

const HOUR_MS = 3_600_000;
/** Ages between which some runs are taken each: after a busy hour of a bad deploy there are still runs of the good one. */
const AGES_MS = [0, 6, 24, 72, 168].map((hours) => hours * HOUR_MS);

/**
 * Runs that new ones are compared with, at most `limit`: half of them the newest, the others from each of four spans of time over the last seven days.
 *
 * @param untilMs milliseconds since the epoch.
 */
export async function readCompared(store: Store, untilMs: number, limit: number): Promise<Run[]> {
	const spans = AGES_MS.slice(1).map((age, index) => ({
		sinceMs: untilMs - age,
		untilMs: untilMs - (AGES_MS[index] ?? 0),
	}));
	const found = new Map<string, Run>();
	const take = async (sinceMs: number, until: number, most: number): Promise<void> => {
		for (const run of await readRuns(store, { sinceMs, untilMs: until }, { limit: most }))
			found.set(run.traceId, run);
	};
	await take(untilMs - (AGES_MS.at(-1) ?? 0), untilMs, Math.ceil(limit / 2));
	for (const span of spans) await take(span.sinceMs, span.untilMs, Math.floor(limit / 2 / spans.length));
	return [...found.values()].sort((a, b) => a.startUs - b.startUs);
}
