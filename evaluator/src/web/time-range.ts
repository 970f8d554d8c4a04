import { UsageError } from "../cli/io.ts";
import { parseTime } from "../cli/parse-selector.ts";
import type { TimeRange } from "../store/read-verdicts.ts";

/** How far back the page looks unless it is asked to look elsewhere; every query is bounded. */
export const DEFAULT_SINCE = "30d";
/** Imported runs may carry clocks ahead of this one. */
const AHEAD_MS = 86_400_000;

/** A time range as it was asked for, and in milliseconds since the epoch. */
export interface AskedRange extends TimeRange {
	/** As in the address; empty where nothing was asked. */
	readonly since: string;
	readonly until: string;
}

/**
 * The range of `?since=&until=`: ISO times, ages such as `2h`, or milliseconds since the epoch, as Grafana writes them into links.
 *
 * @throws UsageError where one of them is no time, or the range is empty.
 */
export function readRange(
	query: { readonly since?: string; readonly until?: string },
	now: number,
): AskedRange {
	const { since = "", until = "" } = query;
	const read = (text: string): number => (/^\d{12,14}$/.test(text) ? Number(text) : parseTime(text, now));
	const sinceMs = Math.floor(read(since === "" ? DEFAULT_SINCE : since));
	const untilMs = Math.ceil(until === "" ? now + AHEAD_MS : read(until));
	if (sinceMs > untilMs) throw new UsageError(`since=${since} is later than until=${until}; swap them`);
	return { since, until, sinceMs, untilMs };
}
