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
		error: step.failed ? step.statusMessage || "failed without a message" : null,
	}));
}

/** Span id → how many calls of the same step started before it: the number by which a replay knows the call. */
function callIndexes(run: Run): ReadonlyMap<string, number> {
	const indexes = new Map<string, number>();
	const calls = new Map<string, number>();
	for (const { spanId, name } of [...stepsOf(run)].sort((a, b) => a.startUs - b.startUs)) {
		const index = calls.get(name) ?? 0;
		indexes.set(spanId, index);
		calls.set(name, index + 1);
	}
	return indexes;
}

/** The span of a call in a run; undefined where the run does not make it. */
export function spanOfCall(
	run: Run,
	call: { readonly step: string; readonly index: number },
): Step | undefined {
	const indexes = callIndexes(run);
	return stepsOf(run).find(({ name, spanId }) => name === call.step && indexes.get(spanId) === call.index);
}

function recordedValue(step: Step, side: "input" | "output"): unknown {
	const text = step[side];
	return text === "" || isCut(step, side) ? null : readRecorded(text);
}

/**
 * The value that was recorded: what `step()` wrote is JSON of the single argument, the list of arguments, or the result; other
 * instrumentations also write plain text.
 *
 * @example
 * readRecorded('{"a":1}'); // { a: 1 }
 * readRecorded("Error: no"); // "Error: no"
 */
export function readRecorded(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
