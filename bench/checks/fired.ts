import { readRun } from "../../evaluator/src/core/read-run.ts";
import { learnReference, type Reference } from "../../evaluator/src/core/reference.ts";
import { learnScales, type Scales, strangenessOf } from "../../evaluator/src/core/scale.ts";
import type { Reading } from "../../evaluator/src/core/score.ts";
import { pOfSurprise } from "../../evaluator/src/core/surprise.ts";
import { componentKey, type Run } from "../../evaluator/src/core/trace.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";

/** A contract fires below this score, a measure below this p-value beside the component's healthy executions. */
export const CONTRACT_FIRES_BELOW = 0.5;
export const MEASURE_FIRES_BELOW = 0.001;

/** What is known of healthy runs; nothing where an application has not been seen before. */
export interface Known {
	readonly reference: Reference | null;
	readonly scales: Scales;
}

export const NOTHING: Known = { reference: null, scales: new Map() };

/** Learns from healthy runs what the checks usually read. */
export function learnKnown(runs: readonly Run[]): Known {
	const reference = learnReference(runs);
	const read = runs.map((run) => readRun(run, builtInScorers, reference));
	return { reference, scales: learnScales(read, reference.runs) };
}

/** What one check did in one run. */
export interface Firing {
	/** Steps of which it could tell. */
	readonly read: number;
	/** Names of the steps at which it fired; hand-offs by the step that received. */
	readonly at: readonly string[];
}

/** Check → what it did in a run; checks that could tell of no step are left out. */
export function firingsOf(run: Run, known: Known): ReadonlyMap<string, Firing> {
	const read = readRun(run, builtInScorers, known.reference);
	const found = new Map<string, { read: number; at: string[] }>();
	for (const [index, readings] of read.readings.entries()) {
		const step = read.steps[index];
		for (const reading of step === undefined ? [] : readings) {
			const fires = step === undefined ? null : isFiring(reading, componentKey(step), known.scales);
			if (fires === null) continue;
			const name = reading.scorer.split("@")[0] ?? "";
			const firing = found.get(name) ?? { read: 0, at: [] };
			found.set(name, firing);
			firing.read++;
			if (fires) firing.at.push(step?.name.replace(/^hand-off to /, "") ?? "");
		}
	}
	return found;
}

/** Null where the check could not tell. */
function isFiring(reading: Reading, component: string, scales: Scales): boolean | null {
	if (reading.value === null) return null;
	if (reading.reads === "contract") return reading.value < CONTRACT_FIRES_BELOW;
	const z = strangenessOf(reading, component, scales, false);
	return z === null ? null : pOfSurprise(z) < MEASURE_FIRES_BELOW;
}
