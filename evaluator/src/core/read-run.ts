import { type Content, readContent } from "./content.ts";
import { type DataFlow, readDataFlow } from "./data-flow.ts";
import { occurrences, type Reference, sameTaskReferences } from "./reference.ts";
import type { ComponentReference, Reading, Scorer, StepView } from "./score.ts";
import { compareShape, shapeOf } from "./shape.ts";
import { componentKey, isCut, type Run, type Step, stepsOf } from "./trace.ts";

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
	const keys = steps.map(componentKey);
	const views: StepView[] = [];
	for (const [index, step] of steps.entries()) {
		const content = contents[index];
		if (content === undefined) continue;
		const known = reference?.components.get(componentKey(step)) ?? null;
		const isReference = reference?.runs.has(run.traceId) ?? false;
		views.push({
			run,
			step,
			index,
			...content,
			question,
			sources: (flow.sources[index] ?? []).flatMap((source) => views[source] ?? []),
			// Found when asked for: kept for every step, an agent's loop would hold its steps squared.
			get later() {
				return steps.filter((_, other) => other > index && keys[other] === keys[index]);
			},
			reference: known,
			isReference,
			lostInput: isCut(step, "input") ? [] : lostInput(content.input, known, isReference),
			sameTask: reference === null ? [] : sameTaskReferences(reference, run, names[index] ?? ""),
		});
	}
	const readings = views.map((view) => scorers.flatMap((scorer) => readStep(scorer, view)));
	return { run, steps, flow, readings: blameTheGiver(views, readings) };
}

function lostInput(
	input: Content,
	reference: ComponentReference | null,
	isReference: boolean,
): readonly string[] {
	if (reference === null || input.raw === "") return [];
	const compared = compareShape(
		shapeOf(input.json),
		reference.inputShape,
		reference.executions,
		isReference ? 1 : 0,
	);
	return compared?.missing ?? [];
}

/**
 * A step whose input came without what it always had cannot be judged by what it made of it: its own readings could not tell. What it
 * could not use is held against the step that gave it this input, on the yardstick of the step that read it.
 */
function blameTheGiver(
	views: readonly StepView[],
	readings: readonly Reading[][],
): readonly (readonly Reading[])[] {
	const judged = readings.map((list) => [...list]);
	for (const view of views) {
		const lost = view.lostInput.slice(0, 3).map((path) => `\`${path}\``);
		if (lost.length === 0) continue;
		const giver = view.sources.findLast((source) => losesShape(source));
		judged[view.index] = (judged[view.index] ?? []).map((reading) => {
			if (reading.sort !== "local" || reading.value === null) return reading;
			if (giver !== undefined && reading.reads === "measure") {
				const text = `${view.step.name}, which reads its output: ${reading.text}`;
				const scorer = `${reading.scorer}@${view.step.name}`;
				judged[giver.index]?.push({ ...reading, scorer, yardstick: componentKey(view.step), text });
			}
			return { ...reading, value: null, text: `its input came without ${lost.join(", ")}; ${reading.text}` };
		});
	}
	return judged;
}

function losesShape({ step, output, reference, isReference }: StepView): boolean {
	if (reference === null || isCut(step, "output")) return false;
	const compared = compareShape(
		shapeOf(output.json),
		reference.shape,
		reference.executions,
		isReference ? 1 : 0,
	);
	return compared !== null && compared.missing.length > 0;
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
