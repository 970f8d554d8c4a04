import type { Outcome } from "./trace.ts";

/** A run as far as its root tells, with the number of its steps. */
export interface RunEntry {
	readonly traceId: string;
	readonly serviceVersion: string;
	readonly outcome: Outcome;
	/** Runs of one task have the same one. */
	readonly task: string;
	readonly steps: number;
}

export interface LearningBounds {
	readonly runs: number;
	readonly steps: number;
}

/** Enough for every rate that is learned, and read in seconds. */
const BOUNDS: LearningBounds = { runs: 1_500, steps: 15_000 };

/**
 * Chooses the runs from which a pipeline's judge learns, where there are too many to read them all: the deploys, and the outcomes within each,
 * take turns, so that a rare one is not crowded out; within both, tasks in the order of their hash, with all of their trials, because trials of one
 * task tell most about each other. The same runs always give the same choice.
 *
 * @example
 * chooseLearningRuns(entries).size; // at most 1,500
 */
export function chooseLearningRuns(
	runs: readonly RunEntry[],
	{ runs: mostRuns, steps: mostSteps }: LearningBounds = BOUNDS,
): ReadonlySet<string> {
	const total = runs.reduce((sum, run) => sum + run.steps, 0);
	if (runs.length <= mostRuns && total <= mostSteps) return new Set(runs.map(({ traceId }) => traceId));
	const order = (run: RunEntry): number => hashOf(run.task);
	const sorted = runs.toSorted((a, b) => order(a) - order(b) || (a.traceId < b.traceId ? -1 : 1));
	const queues = [
		...Map.groupBy(sorted, ({ serviceVersion, outcome }) => `${serviceVersion} ${outcome}`).values(),
	].map((queue) => queue.values());
	const chosen = new Set<string>();
	let steps = 0;
	for (let open = queues; open.length > 0; ) {
		const left: typeof queues = [];
		for (const queue of open) {
			const next = queue.next();
			if (next.done) continue;
			if (chosen.size >= mostRuns || (chosen.size > 0 && steps + next.value.steps > mostSteps)) return chosen;
			chosen.add(next.value.traceId);
			steps += next.value.steps;
			left.push(queue);
		}
		open = left;
	}
	return chosen;
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(text: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
	return hash;
}
