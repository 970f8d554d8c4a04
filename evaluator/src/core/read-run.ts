import { inputLacks } from "./needed-words.ts";
import { type NodeRun, readNodes } from "./nodes.ts";
import { occurrences, type Reference, sameTaskReferences, taskKey, taskPeers } from "./reference.ts";
import type { ComponentReference, QuestionReference, Reading, Scorer, StepView } from "./score.ts";
import { compareShape } from "./shape.ts";
import { componentKey, isCut, type Run, type Step } from "./trace.ts";

/** A run with what every scorer read off every node. */
export interface ReadRun {
	readonly run: Run;
	/** The places where a fault can begin, in data-flow order: see `NodeRun`. */
	readonly steps: readonly Step[];
	readonly sources: readonly (readonly number[])[];
	readonly edges: NodeRun["edges"];
	readonly matters: NodeRun["matters"];
	/** Per node, in the order of `steps`. */
	readonly readings: readonly (readonly Reading[])[];
}

/** How the runs of a task ended, this one included. */
export type TaskRecord = ReadonlyMap<string, { readonly passed: number; readonly failed: number }>;

/** Counts how the runs of each task ended. */
export function recordTasks(runs: readonly Run[]): TaskRecord {
	const record = new Map<string, { passed: number; failed: number }>();
	for (const run of runs) {
		const task = record.get(taskKey(run)) ?? { passed: 0, failed: 0 };
		record.set(taskKey(run), task);
		if (run.outcome === "pass") task.passed++;
		if (run.outcome === "fail") task.failed++;
	}
	return record;
}

/**
 * Reads one run with all scorers.
 *
 * A scorer that throws counts as one that could not tell: it harms no other scorer and no other step.
 *
 * @param reference null where nothing healthy is known; learned scorers then stay silent.
 * @param record how the runs of each task ended.
 */
export function readRun(
	run: Run,
	scorers: readonly Scorer[],
	reference: Reference | null,
	record: TaskRecord = new Map(),
): ReadRun {
	const read = readNodes(run, reference?.usualSources);
	const views = viewsOf(read, reference, record);
	const readings = views.map((view) => {
		const found = scorers.flatMap((scorer) => readStep(scorer, view));
		return lacksExpected(view) ? found.map(cannotTell) : found;
	});
	return {
		run,
		steps: read.nodes,
		sources: read.sources,
		edges: read.edges,
		matters: read.matters,
		readings: blameTheGiver(views, readings),
	};
}

/** What each scorer gets to see of each node of a run. */
export function viewsOf(
	{ run, nodes, contents, sources, question }: NodeRun,
	reference: Reference | null,
	record: TaskRecord = new Map(),
): StepView[] {
	const numbers = occurrences(nodes);
	const keys = nodes.map(componentKey);
	const isReference = reference?.runs.has(run.traceId) ?? false;
	const asked = askedOf(run, reference, record);
	const peers = reference === null ? null : taskPeers(reference, run);
	const views: StepView[] = [];
	for (const [index, step] of nodes.entries()) {
		const content = contents[index];
		if (content === undefined) continue;
		const known = reference?.components.get(componentKey(step)) ?? null;
		views.push({
			run,
			step,
			index,
			...content,
			question,
			asked,
			sources: (sources[index] ?? []).flatMap((source) => views[source] ?? []),
			// Found when asked for: kept for every step, an agent's loop would hold its steps squared.
			get later() {
				return nodes.filter((_, other) => other > index && keys[other] === keys[index]);
			},
			reference: known,
			isReference,
			lostInput: isCut(step, "input") ? [] : lostInput(content.input, known, isReference),
			sameTask: peers === null ? [] : sameTaskReferences(peers, keys[index] ?? "", numbers[index] ?? 0),
		});
	}
	return views;
}

function askedOf(run: Run, reference: Reference | null, record: TaskRecord): QuestionReference {
	const task = record.get(taskKey(run)) ?? { passed: 0, failed: 0 };
	return {
		questions: reference?.asked.size ?? 0,
		isKnown: reference?.asked.has(taskKey(run)) ?? false,
		words: reference?.questionWords ?? new Map(),
		sameTask: {
			passed: task.passed - (run.outcome === "pass" ? 1 : 0),
			failed: task.failed - (run.outcome === "fail" ? 1 : 0),
		},
	};
}

function lostInput(
	input: StepView["input"],
	reference: ComponentReference | null,
	isReference: boolean,
): readonly string[] {
	if (reference === null || input.raw === "") return [];
	const compared = compareShape(input.shape, reference.inputShape, reference.executions, isReference ? 1 : 0);
	return compared?.missing ?? [];
}

/**
 * A step whose input came without what it always had cannot be judged by what it made of it: its own readings could not tell. What it
 * could not use is held against the node that gave it this input, on the yardstick of the step that read it.
 */
function blameTheGiver(views: readonly StepView[], readings: readonly Reading[][]): readonly Reading[][] {
	const judged = readings.map((list) => [...list]);
	for (const view of views) {
		const lost = view.lostInput.slice(0, 3).map((path) => `\`${path}\``);
		if (lost.length === 0) continue;
		const giver = giverOf(view);
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

/** Who lost it: the step whose output lacks what it always had, else the hand-off. */
function giverOf(view: StepView): StepView | undefined {
	const direct = view.sources.findLast((source) => losesShape(source));
	if (direct?.step.kind !== "edge") return direct;
	return direct.sources.findLast((source) => losesShape(source)) ?? direct;
}

function losesShape({ step, output, reference, isReference }: StepView): boolean {
	if (reference === null || isCut(step, "output")) return false;
	const compared = compareShape(output.shape, reference.shape, reference.executions, isReference ? 1 : 0);
	return compared !== null && compared.missing.length > 0;
}

/** Every passing run of the task had words in this step's input that this run has not: what it then does otherwise is not its own doing. */
function lacksExpected(view: StepView): boolean {
	return view.sameTask.length > 0 && view.sameTask.every((other) => inputLacks(view, other).size > 0);
}

const cannotTell = (reading: Reading): Reading =>
	reading.sort === "local" && reading.reads === "measure"
		? { ...reading, value: null, text: `its input lacks what passing runs of the task had; ${reading.text}` }
		: reading;

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
