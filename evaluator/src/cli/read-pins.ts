import type { Store } from "@faultline/collector";
import type { Fixture, FixtureStep } from "../core/fixture.ts";
import { recordedSteps } from "../core/recorded-steps.ts";
import { readRuns } from "../store/read-runs.ts";
import { UsageError } from "./io.ts";

/**
 * The recorded calls that pins come from: the fixture's own, or those of a stored run.
 *
 * @throws UsageError where no such run is stored.
 */
export async function readPins(
	from: string | undefined,
	fixture: Fixture,
	store: Store,
): Promise<readonly FixtureStep[]> {
	if (from === undefined || from === "fixture") return fixture.steps;
	const [run] = await readRuns(store, { traceIds: [from] });
	if (run === undefined) {
		throw new UsageError(
			`--pins-from ${from}: no such run is stored; give fixture, or the trace id of a stored run`,
		);
	}
	return recordedSteps(run);
}
