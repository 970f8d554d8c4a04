import type { Store } from "@faultline/collector";
import type { TimeRange } from "./read-verdicts.ts";
import { EVALUATOR } from "./result-rows.ts";
import { select } from "./select.ts";

/** A step that ran in a deploy of a pipeline. */
export interface KnownName {
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly step: string;
	readonly kind: string;
}

/** What judged runs of a time range were of: for lists to choose from, the newest first. */
export async function readKnownNames(store: Store, range: TimeRange): Promise<readonly KnownName[]> {
	const rows = await select<{ pipeline: string; service_version: string; step: string; kind: string }>(
		store,
		"known-names.sql",
		{ since_ms: range.sinceMs, until_ms: range.untilMs, evaluator: EVALUATOR },
	);
	return rows.map(({ service_version, ...row }) => ({ ...row, serviceVersion: service_version }));
}

/** The distinct values of one field among the names that fit. */
export const distinct = (
	names: readonly KnownName[],
	field: keyof KnownName,
	fits: (name: KnownName) => boolean = () => true,
): string[] => [...new Set(names.filter(fits).map((name) => name[field]))].filter((value) => value !== "");
