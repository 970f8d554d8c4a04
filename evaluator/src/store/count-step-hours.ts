import type { Store } from "@faultline/collector";
import { command } from "./select.ts";

const HOUR_US = 3_600_000_000;
/** Bound in one statement; a year of hours would not fit into a request's URL. */
const HOURS_PER_STATEMENT = 200;

/**
 * Brings `step_hours` up to date for the hours of these runs. Counting again what has not changed changes nothing.
 * @param startsUs when the judged runs started, microseconds since the epoch
 */
export async function countStepHours(
	store: Store,
	startsUs: readonly number[],
	evaluator: string,
): Promise<void> {
	const hours = [...new Set(startsUs.map((us) => Math.floor(us / HOUR_US)))].sort((a, b) => a - b);
	for (let at = 0; at < hours.length; at += HOURS_PER_STATEMENT)
		await command(store, "count-step-hours.sql", {
			hours: hours
				.slice(at, at + HOURS_PER_STATEMENT)
				.map((hour) => new Date(hour * 3_600_000).toISOString().slice(0, 19).replace("T", " ")),
			evaluator,
		});
}
