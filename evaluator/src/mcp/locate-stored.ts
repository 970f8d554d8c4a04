import type { Store } from "@faultline/collector";
import { runUrl } from "../cli/page-url.ts";
import { readVerdicts, type TimeRange, type VerdictFilter } from "../store/read-verdicts.ts";
import { excerpt } from "./answer.ts";

/** Which judged runs are meant; what is left out fits all, but for the outcome: failed runs, unless runs are named. */
export interface LocateRequest extends TimeRange {
	readonly trace_ids?: readonly string[] | undefined;
	readonly pipeline?: string | undefined;
	readonly service_version?: string | undefined;
	readonly outcome?: string | undefined;
	readonly step?: string | undefined;
	readonly limit: number;
}

const SHOWN_EVIDENCE = 6;
const EVIDENCE_TEXT = 300;

/**
 * Stored verdicts, with how often each step is at fault over all of them.
 *
 * @example
 * await locateStored(store, { sinceMs, untilMs, limit: 20 }, null);
 */
export async function locateStored(
	store: Store,
	{ sinceMs, untilMs, trace_ids: traceIds, limit, ...wanted }: LocateRequest,
	pageUrl: string | null,
): Promise<object> {
	const filter: VerdictFilter = {
		pipeline: wanted.pipeline ?? "",
		serviceVersion: wanted.service_version ?? "",
		step: wanted.step ?? "",
		outcome: wanted.outcome ?? (traceIds === undefined ? "fail" : ""),
	};
	const filters = traceIds === undefined ? [filter] : traceIds.map((traceId) => ({ ...filter, traceId }));
	const found = await Promise.all(filters.map((one) => readVerdicts(store, { sinceMs, untilMs }, one)));
	const verdicts = found.flat().map(({ verdict }) => verdict);
	const steps = new Map<string, number>();
	for (const { origin } of verdicts) {
		if (origin !== null) steps.set(origin.step, (steps.get(origin.step) ?? 0) + 1);
	}
	return {
		judged_runs: verdicts.length,
		began_in: Object.fromEntries([...steps].sort(([, a], [, b]) => b - a)),
		runs: verdicts.slice(0, limit).map(({ evidence, edges: _, ...verdict }) => ({
			...verdict,
			evidence: evidence
				.slice(0, SHOWN_EVIDENCE)
				.map((one) => ({ ...one, text: excerpt(one.text, EVIDENCE_TEXT) })),
			page: runUrl(pageUrl, verdict.trace_id),
		})),
	};
}
