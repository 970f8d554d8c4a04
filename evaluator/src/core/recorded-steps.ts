import type { FixtureStep } from "./fixture.ts";
import { isCut, type Run, type Step, stepsOf } from "./trace.ts";

/**
 * The steps of a run as a fixture records them, in the order in which data went through them. A call that failed, or whose output
 * was not captured whole, has output null: it cannot be pinned.
 *
 * @example
 * recordedSteps(run).map(({ step, index }) => `${step} ${index}`); // ["search_docs 0", "model 0", "model 1", …]
 */
export function recordedSteps(run: Run): FixtureStep[] {
	const indexes = callIndexes(run);
	return stepsOf(run).map((step) => ({
		step: step.name,
		kind: step.kind,
		index: indexes.get(step.spanId) ?? 0,
		version: step.version,
		input: recordedValue(step, "input"),
		output: step.failed ? null : recordedValue(step, "output"),
		error: step.failed ? step.statusMessage || "failed" : null,
	}));
}

/** Span id → how many calls of the same step started before it: the number by which a replay knows the call. */
export function callIndexes(run: Run): ReadonlyMap<string, number> {
	const indexes = new Map<string, number>();
	const calls = new Map<string, number>();
	for (const { spanId, name } of [...stepsOf(run)].sort((a, b) => a.startUs - b.startUs)) {
		const index = calls.get(name) ?? 0;
		indexes.set(spanId, index);
		calls.set(name, index + 1);
	}
	return indexes;
}

function recordedValue(step: Step, side: "input" | "output"): unknown {
	const text = step[side];
	return text === "" || isCut(step, side) ? null : parseRecorded(text);
}

/** Recorded content as a value: parsed JSON, or the text itself. */
export function parseRecorded(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
