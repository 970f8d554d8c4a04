import type { BisectOptions } from "../core/bisect.ts";
import { UsageError } from "./io.ts";
import { type WorkbenchValues, wholeNumber } from "./open-workbench.ts";

/** What `bisect`'s options were given. */
export interface BisectValues extends WorkbenchValues {
	readonly from?: string | undefined;
	readonly "pins-from"?: string | undefined;
	readonly "good-config"?: string | undefined;
	readonly random?: boolean | undefined;
	readonly error?: string | undefined;
	readonly "most-replays"?: string | undefined;
	readonly trial?: string | undefined;
	readonly "failing-of"?: string | undefined;
	readonly most?: string | undefined;
	readonly concurrency?: string | undefined;
	readonly timeout?: string | undefined;
	readonly json?: boolean | undefined;
}

/** Pass rates that the sequential test tells apart: of a broken pipeline at most, of a whole one at least. */
const RATES = { low: 0.3, high: 0.8 } as const;

/**
 * How questions are repeated where chance plays; undefined where one replay answers.
 *
 * @param random the configuration says that chance plays.
 * @throws UsageError where an option is wrong.
 */
export function sequentialOf(values: BisectValues, random: boolean): BisectOptions["sequential"] {
	const error = Number(values.error ?? "0.05");
	if (!(error > 0 && error < 0.5))
		throw new UsageError(`--error is "${values.error}"; give a share such as 0.05`);
	const mostReplays = wholeNumber("most-replays", values["most-replays"], 60, 2);
	return random || values.random === true ? { ...RATES, error, mostReplays } : undefined;
}
