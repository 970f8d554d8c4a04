import type { Content } from "./content.ts";
import { componentKey, type Step } from "./trace.ts";

/** How an edge is known: the application said so, the content shows it, healthy runs have it, or only the order suggests it. */
export type EdgeSource = "recorded" | "inferred" | "usual" | "assumed";

/** Step `from`'s output went into step `to`; both are indices into the run's steps. */
export interface Edge {
	readonly from: number;
	readonly to: number;
	readonly source: EdgeSource;
}

/** Component → the components whose outputs (nearly) every healthy execution of it used. */
export type UsualSources = ReadonlyMap<string, ReadonlySet<string>>;

/** A step with what went in and out, parsed. */
export interface StepContent {
	readonly input: Content;
	readonly output: Content;
}

const MIN_SHARE = 0.3;
const MIN_WORDS = 2;
/** Of the steps that a step may have used, only the latest: loops repeat themselves. */
const MAX_SOURCES = 12;

/**
 * Finds which step used which other step's output, per step by ascending index: span links first, then content (the step is the last one
 * before whose output holds at least 30 % of its words that appear in the later step's input, or of the input's own words), then what healthy executions of the component used, because a hand-off that
 * lost its content leaves no trace of itself; and where nothing says anything the step before it in time.
 *
 * Content is matched through an inverted index, so the cost is linear in the words of the run.
 */
export function readDataFlow(
	steps: readonly Step[],
	contents: readonly StepContent[],
	usual: UsualSources = new Map(),
): readonly (readonly Edge[])[] {
	const indexOf = new Map(steps.map((step, index) => [step.spanId, index]));
	const inferred = inferSources(steps, contents);
	const latest = new Map<string, number>();
	return steps.map((step, to) => {
		const known = recordedSources(step, to, indexOf);
		for (const from of inferred[to] ?? []) if (!known.has(from)) known.set(from, "inferred");
		const givers = new Set([...known.keys()].map((from) => keyAt(steps, from)));
		for (const giver of usual.get(componentKey(step)) ?? []) {
			const from = latest.get(giver);
			if (from !== undefined && !givers.has(giver)) known.set(from, "usual");
		}
		if (known.size === 0) {
			const before = lastEnded(steps, to);
			if (before !== undefined) known.set(before, "assumed");
		}
		latest.set(componentKey(step), to);
		return [...known]
			.sort((a, b) => a[0] - b[0])
			.slice(-MAX_SOURCES)
			.map(([from, source]) => ({ from, to, source }));
	});
}

function recordedSources(
	step: Step,
	to: number,
	indexOf: ReadonlyMap<string, number>,
): Map<number, EdgeSource> {
	const known = new Map<number, EdgeSource>();
	for (const link of step.links) {
		const from = indexOf.get(link);
		if (from !== undefined && from < to) known.set(from, "recorded");
	}
	return known;
}

/** The step before in time that had ended: what runs beside a step did not give it anything. */
function lastEnded(steps: readonly Step[], to: number): number | undefined {
	const start = steps[to]?.startUs ?? 0;
	for (let from = to - 1; from >= 0; from--) {
		const step = steps[from];
		if (step !== undefined && step.startUs + step.durationUs <= start + 1) return from;
	}
	return undefined;
}

const keyAt = (steps: readonly Step[], index: number): string => {
	const step = steps[index];
	return step === undefined ? "" : componentKey(step);
};

/**
 * A word comes from the last step whose output holds it: what passed through several steps was handed over by the last of them only.
 */
function inferSources(steps: readonly Step[], contents: readonly StepContent[]): number[][] {
	const lastHolder = new Map<number, number>();
	// A step that has not ended yet cannot have given anything: it waits here until the clock has passed it.
	let running: number[] = [];
	return steps.map((step, index) => {
		running = running.filter((from) => {
			const other = steps[from];
			if (other !== undefined && other.startUs + other.durationUs > step.startUs + 1) return true;
			for (const word of contents[from]?.output.words ?? []) lastHolder.set(word, from);
			return false;
		});
		running.push(index);
		const words = contents[index]?.input.words ?? new Set<number>();
		const hits = new Map<number, number>();
		for (const word of words) {
			const from = lastHolder.get(word);
			if (from !== undefined) hits.set(from, (hits.get(from) ?? 0) + 1);
		}
		return [...hits]
			.filter(([from, count]) => {
				const given = contents[from]?.output.words.size ?? 0;
				return count >= MIN_WORDS && (count >= MIN_SHARE * given || count >= MIN_SHARE * words.size);
			})
			.map(([from]) => from);
	});
}

/**
 * Per node, the sum of `values` over every node that depends on it, directly or not.
 *
 * @param sources for each node, the nodes whose output it used; all of them have a smaller index.
 */
export function sumOverDependents(
	sources: readonly (readonly number[])[],
	values: Float64Array,
): Float64Array {
	const sums = new Float64Array(sources.length);
	const seenFrom = new Int32Array(sources.length).fill(-1);
	const open: number[] = [];
	// From those that have something to tell, which are few, up to all that they depend on.
	for (const [start, value] of values.entries()) {
		if (value === 0) continue;
		open.push(start);
		for (let at = open.pop(); at !== undefined; at = open.pop()) {
			for (const from of sources[at] ?? []) {
				if (seenFrom[from] === start) continue;
				seenFrom[from] = start;
				sums[from] = (sums[from] ?? 0) + value;
				open.push(from);
			}
		}
	}
	return sums;
}
