import type { Store } from "@faultline/collector";
import { compareDrift, type DriftSide } from "../../drift/compare-drift.ts";
import { watchStored } from "../../drift/watch-stored.ts";
import { writeDriftComparison } from "../../store/drift-results.ts";
import { readRuns } from "../../store/read-runs.ts";

const MINUTE_MS = 60_000;
const BUCKET_MS = 5_000;
/** Buckets are looked at when what belongs to them has arrived. */
const LATER_MS = 20 * MINUTE_MS;

/** Watches the demonstration's two deploys for drift in buckets of seconds, and compares them. */
export async function fillDrift(store: Store, nowMs: number): Promise<void> {
	const pipeline = "docs-answer";
	await watchStored(store, {
		pipeline,
		sinceMs: nowMs - 10 * MINUTE_MS,
		nowMs: nowMs + LATER_MS,
		bucketMs: BUCKET_MS,
	});
	const side = async (version: string): Promise<DriftSide> => ({
		name: `service.version=${version}`,
		runs: await readRuns(store, { pipeline, serviceVersion: version }),
	});
	const comparison = await compareDrift(await side("1.4.0"), await side("1.5.0"), { pipeline, seed: 1 });
	await writeDriftComparison(store, comparison, nowMs);
}
