import { readContent } from "./content.ts";
import { type DataFlow, readDataFlow } from "./data-flow.ts";
import { occurrences, type Reference, sameTaskReferences } from "./reference.ts";
import type { Reading, Scorer, StepView } from "./score.ts";
import { componentKey, type Run, type Step, stepsOf } from "./trace.ts";

/** A run with what every scorer read off every step. */
export interface ReadRun {
	readonly run: Run;
	readonly steps: readonly Step[];
	readonly flow: DataFlow;
	/** Per step, in the order of `steps`. */
	readonly readings: readonly (readonly Reading[])[];
}

/**
 * Reads one run with all scorers.
 *
 * A scorer that throws counts as one that could not tell: it harms no other scorer and no other step.
 *
 * @param reference null where nothing healthy is known; learned scorers then stay silent.
 */
export function readRun(run: Run, scorers: readonly Scorer[], reference: Reference | null): ReadRun {
	const steps = stepsOf(run);
	const contents = steps.map((step) => ({
		input: readContent(step.input),
		output: readContent(step.output),
	}));
	const flow = readDataFlow(steps, contents);
	const question = readContent(run.input);
	const names = occurrences(steps);
	const views: StepView[] = [];
	for (const [index, step] of steps.entries()) {
		const content = contents[index];
		if (content === undefined) continue;
		views.push({
			run,
			step,
			index,
			...content,
			question,
			sources: (flow.sources[index] ?? []).flatMap((source) => views[source] ?? []),
			later: steps.slice(index + 1).filter((other) => componentKey(other) === componentKey(step)),
			reference: reference?.components.get(componentKey(step)) ?? null,
			isReference: reference?.runs.has(run.traceId) ?? false,
			sameTask: reference === null ? [] : sameTaskReferences(reference, run, names[index] ?? ""),
		});
	}
	const readings = views.map((view) => scorers.flatMap((scorer) => readStep(scorer, view)));
	return { run, steps, flow, readings };
}

function readStep(scorer: Scorer, view: StepView): Reading[] {
	const { name, sort, reads, strange } = scorer;
	try {
		const found = scorer.read(view);
		const declared = scorer.declared?.(view.step.kind);
		const known = declared === undefined ? {} : { declared };
		return found === null ? [] : [{ scorer: name, sort, reads, strange, ...known, ...found }];
	} catch (cause) {
		const text = `the scorer failed: ${cause instanceof Error ? cause.message : String(cause)}`;
		return [{ scorer: name, sort, reads, strange, value: null, text }];
	}
}
