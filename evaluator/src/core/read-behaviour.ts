import { readContent } from "./content.ts";
import { selfTimeUs } from "./self-time.ts";
import { componentKey, isCut, type Run, type Step, stepsOf } from "./trace.ts";

/**
 * What is measured of a component, given that it was reached, and of what follows it:
 *
 * - `self-time`: duration less that of its children, log₂(1 + ms)
 * - `executions`: executions per run in which it was reached (loops)
 * - `errors`: share of executions whose span failed
 * - `content`: share of executions that put out anything
 * - `output-length`: log₂(1 + characters) of the output
 * - `followed-by`: share of the runs that reached it in which the other step got its result
 * - `gap`: from its end to the start of the next step, where it was the last to end before that one, log₂(1 + ms)
 * - `child`: share of its executions below which a span of that name was started
 */
export const BEHAVIOURS = [
	"self-time",
	"executions",
	"errors",
	"content",
	"output-length",
	"followed-by",
	"gap",
	"child",
] as const;

export type BehaviourMeasure = (typeof BEHAVIOURS)[number];

/** One measure of one component over a list of runs. */
export interface BehaviourRow {
	/** `kind/name`; the run as a whole is `run/` and its pipeline. */
	readonly component: string;
	readonly measure: BehaviourMeasure;
	/** The other end of an edge: `kind/name` of the step that follows, or the name of the span below. */
	readonly to: string | null;
	/** Per run, in the order given: the sum of the measure and over how many executions; 0 of 0 where it was not reached. */
	readonly sums: Float64Array;
	readonly weights: Float64Array;
}

/** A measure that fewer runs tell of is left out. */
const FEWEST_RUNS = 10;
/** The best supported ones are kept: span names can be as many as there are paths. */
const MOST_ROWS = 400;

interface Tally {
	readonly component: string;
	readonly measure: BehaviourMeasure;
	readonly to: string | null;
	readonly values: Map<number, { sum: number; weight: number }>;
}

/**
 * Measures how every component behaved in every run, given that it was reached: its own time, what it put out, what it was followed by.
 * A step that is missing is told of the one before it, not of itself.
 *
 * @param runs of one pipeline.
 * @example
 * readBehaviour(runs).find((row) => row.component === "model/answer" && row.measure === "self-time");
 */
export function readBehaviour(runs: readonly Run[]): readonly BehaviourRow[] {
	const tallies = new Map<string, Tally>();
	/** For each component, in which runs it was reached and how often. */
	const reached = new Map<string, Map<number, number>>();
	for (const [at, run] of runs.entries()) {
		const add = (
			component: string,
			measure: BehaviourMeasure,
			to: string | null,
			sum: number,
			weight = 1,
		): void => {
			const key = JSON.stringify([component, measure, to]);
			const tally = tallies.get(key) ?? { component, measure, to, values: new Map() };
			tallies.set(key, tally);
			const value = tally.values.get(at) ?? { sum: 0, weight: 0 };
			tally.values.set(at, value);
			value.sum += sum;
			value.weight += weight;
		};
		for (const [component, count] of measureRun(run, add)) {
			const counts = reached.get(component) ?? new Map<number, number>();
			reached.set(component, counts.set(at, count));
		}
	}
	return [...tallies.values()]
		.map((tally) => toRow(tally, reached.get(tally.component) ?? new Map(), runs.length))
		.map((row) => ({ row, support: row.weights.reduce((sum, weight) => sum + Number(weight > 0), 0) }))
		.filter(({ support }) => support >= FEWEST_RUNS)
		.sort((a, b) => b.support - a.support)
		.slice(0, MOST_ROWS)
		.map(({ row }) => row);
}

/** What did not follow or was not started counts 0 where the component was reached. */
function toRow(
	{ component, measure, to, values }: Tally,
	reached: ReadonlyMap<number, number>,
	runs: number,
): BehaviourRow {
	const sums = new Float64Array(runs);
	const weights = new Float64Array(runs);
	if (measure === "followed-by" || measure === "child") {
		for (const [at, count] of reached) weights[at] = measure === "child" ? count : 1;
		for (const [at, { sum }] of values) sums[at] = sum;
	} else {
		for (const [at, { sum, weight }] of values) {
			sums[at] = sum;
			weights[at] = weight;
		}
	}
	return { component, measure, to, sums, weights };
}

type Add = (
	component: string,
	measure: BehaviourMeasure,
	to: string | null,
	sum: number,
	weight?: number,
) => void;

const inMilliseconds = (us: number): number => Math.log2(1 + Math.max(0, us) / 1000);

function measureRun(run: Run, add: Add): ReadonlyMap<string, number> {
	const children = Map.groupBy(run.spans, (span) => span.parentSpanId);
	const counts = new Map<string, number>();
	const whole = `run/${run.pipeline}`;
	const root = { startUs: run.startUs, durationUs: run.durationUs };
	add(whole, "self-time", null, inMilliseconds(selfTimeUs(root, children.get(run.rootSpanId) ?? [])));
	counts.set(whole, 1);
	for (const step of run.spans) {
		if (step.kind === "") continue;
		const component = componentKey(step);
		const below = children.get(step.spanId) ?? [];
		counts.set(component, (counts.get(component) ?? 0) + 1);
		add(component, "self-time", null, inMilliseconds(selfTimeUs(step, below)));
		add(component, "errors", null, Number(step.failed));
		for (const name of new Set(below.map((span) => span.name))) add(component, "child", name, 1);
		measureOutput(step, component, add);
	}
	for (const [component, count] of counts) {
		if (component !== whole) add(component, "executions", null, count);
	}
	measureEdges(run, add);
	return counts;
}

function measureOutput(step: Step, component: string, add: Add): void {
	const { text } = readContent(step.output);
	const isEmpty = text.trim() === "";
	add(component, "content", null, Number(!isEmpty));
	// How long what was cut would have been is not known; nothing at all is told by `content`.
	if (!isEmpty && !isCut(step, "output")) add(component, "output-length", null, Math.log2(1 + text.length));
}

/**
 * Who got whose result: by the links where there are any, else the step that ended last before. The wait before a step is that of the step
 * that ended last, whoever gave the result: what ran in between is no wait.
 */
function measureEdges(run: Run, add: Add): void {
	const steps = stepsOf(run);
	const byId = new Map(steps.map((step) => [step.spanId, step]));
	const followed = new Map<string, { from: string; to: string }>();
	const ended = steps.toSorted((a, b) => endOf(a) - endOf(b));
	for (const step of steps) {
		const to = componentKey(step);
		const last = lastBefore(ended, step);
		if (last !== null) add(componentKey(last), "gap", to, inMilliseconds(step.startUs - endOf(last)));
		const linked = step.links.flatMap((id) => byId.get(id) ?? []);
		for (const giver of linked.length > 0 || last === null ? linked : [last]) {
			const from = componentKey(giver);
			followed.set(JSON.stringify([from, to]), { from, to });
		}
	}
	for (const { from, to } of followed.values()) add(from, "followed-by", to, 1);
}

const endOf = (step: Step): number => step.startUs + step.durationUs;

function lastBefore(ended: readonly Step[], step: Step): Step | null {
	let [low, high] = [0, ended.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (endOf(ended[middle] as Step) <= step.startUs) low = middle + 1;
		else high = middle;
	}
	const last = ended[low - 1];
	return last === undefined || last === step ? null : last;
}
