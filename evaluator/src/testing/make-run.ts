import { readNodes } from "../core/nodes.ts";
import { viewsOf as viewsOfNodes } from "../core/read-run.ts";
import type { Reference } from "../core/reference.ts";
import type { StepView } from "../core/score.ts";
import type { Run, Step } from "../core/trace.ts";

/** What a test says of a step; everything else gets a default. Values that are no strings are recorded as JSON. */
export interface StepSpec extends Partial<Omit<Step, "input" | "output">> {
	readonly input?: unknown;
	readonly output?: unknown;
}

/** What a test says of a run. */
export interface RunSpec extends Partial<Omit<Run, "spans" | "input" | "output">> {
	readonly steps?: readonly StepSpec[];
	readonly input?: unknown;
	readonly output?: unknown;
}

const START_US = 1_700_000_000_000_000;
const STEP_US = 1000;

/**
 * A run whose steps follow each other without a pause, all below the root, with span ids `s0`, `s1`, … and the names of their kinds.
 *
 * @example
 * makeRun({ outcome: "fail", steps: [{ kind: "retrieval", output: [{ id: "a" }] }, { kind: "model" }] });
 */
export function makeRun({ steps = [], input = "", output = "", ...spec }: RunSpec = {}): Run {
	return {
		traceId: "t",
		rootSpanId: "root",
		pipeline: "docs-answer",
		serviceName: "docs",
		serviceVersion: "1",
		environment: "test",
		startUs: START_US,
		durationUs: steps.length * STEP_US,
		outcome: "unknown",
		taskId: null,
		...spec,
		input: recorded(input),
		output: recorded(output),
		spans: steps.map((step, index) => makeStep(step, index)),
	};
}

function makeStep({ input = "", output = "", ...spec }: StepSpec, index: number): Step {
	const kind = spec.kind ?? "custom";
	return {
		spanId: `s${index}`,
		parentSpanId: "root",
		name: kind === "" ? "span" : kind,
		version: "1",
		startUs: START_US + index * STEP_US,
		durationUs: STEP_US,
		failed: false,
		statusMessage: "",
		attributes: {},
		links: [],
		...spec,
		kind,
		input: recorded(input),
		output: recorded(output),
	};
}

/** What each scorer would get to see of each node of a run: the question, the hand-offs and the steps. */
export const nodeViewsOf = (run: Run, reference: Reference | null = null): readonly StepView[] =>
	viewsOfNodes(readNodes(run, reference?.usualSources), reference);

/** The same of its steps only. */
export const viewsOf = (run: Run, reference: Reference | null = null): readonly StepView[] =>
	nodeViewsOf(run, reference).filter(({ step }) => step.kind !== "edge" && step.kind !== "input");

const recorded = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
