import type { Random } from "./random.ts";
import type { Outcome } from "./trace.ts";

/** One production run that may be drawn. */
export interface SliceRun {
	readonly traceId: string;
	/** What makes two runs the same task: runs of one input are trials of one task. */
	readonly task: string;
	readonly cluster: string;
	readonly outcome: Outcome;
	readonly route: string;
}

export interface DrawnRun {
	readonly run: SliceRun;
	/** How many production runs it stands for; the weights of a slice add up to the runs it was drawn from. */
	readonly weight: number;
}

interface Task {
	/** Drawn among the task's runs, so that the outcomes of a slice are those of production. */
	readonly run: SliceRun;
	readonly runs: number;
}

/**
 * Draws a representative slice: one run for each of at most `size` tasks, stratified by cluster, outcome and route. Every stratum gets at least
 * one place and the rest in proportion to its runs (largest remainders); where there are more strata than places, the smallest ones are drawn
 * from together. Within a stratum tasks are drawn without replacement, and a task stands for its own runs scaled up to the stratum's
 * (ratio estimator, Cochran 1977, section 6).
 *
 * @throws RangeError when `size` is no positive integer.
 * @example
 * drawSlice(runs, 200, seededRandom(1)).reduce((sum, { weight }) => sum + weight, 0); // runs.length
 */
export function drawSlice(runs: readonly SliceRun[], size: number, random: Random): readonly DrawnRun[] {
	if (!(Number.isSafeInteger(size) && size > 0))
		throw new RangeError(`a slice of ${size} runs cannot be drawn; give a positive integer`);
	const strata = poolSmallest(strataOf(tasksOf(runs, random)), size);
	const places = allocate(strata, size);
	return strata.flatMap((stratum, index) => drawFrom(stratum, places[index] ?? 0, random));
}

/** The name of a run's stratum. */
export const stratumOf = ({ cluster, outcome, route }: Omit<SliceRun, "traceId" | "task">): string =>
	JSON.stringify([cluster, outcome, route]);

function tasksOf(runs: readonly SliceRun[], random: Random): Task[] {
	const byTask = [...Map.groupBy(runs, (run) => run.task)].sort(([a], [b]) => (a < b ? -1 : 1));
	return byTask.flatMap(([, trials]) => {
		const ordered = trials.toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1));
		const run = ordered[Math.floor(random() * ordered.length)];
		return run === undefined ? [] : [{ run, runs: trials.length }];
	});
}

function strataOf(tasks: readonly Task[]): Task[][] {
	return [...Map.groupBy(tasks, ({ run }) => stratumOf(run))]
		.sort(([a, tasksOfA], [b, tasksOfB]) => runsOf(tasksOfB) - runsOf(tasksOfA) || (a < b ? -1 : 1))
		.map(([, members]) => members);
}

function poolSmallest(strata: readonly Task[][], size: number): Task[][] {
	if (strata.length <= size) return [...strata];
	return [...strata.slice(0, size - 1), strata.slice(size - 1).flat()];
}

const runsOf = (tasks: readonly Task[]): number => tasks.reduce((sum, { runs }) => sum + runs, 0);

/** One place each, then again and again the place that brings the shares nearest to production's, never more places than tasks. */
function allocate(strata: readonly Task[][], size: number): number[] {
	const places = strata.map(() => 1);
	const total = runsOf(strata.flat());
	const weights = strata.map((stratum) => (runsOf(stratum) / total) * size);
	let left = Math.min(size, strata.flat().length) - strata.length;
	while (left > 0) {
		let best = -1;
		let missing = Number.NEGATIVE_INFINITY;
		strata.forEach((stratum, index) => {
			const taken = places[index] ?? 0;
			const lacking = (weights[index] ?? 0) - taken;
			if (taken < stratum.length && lacking > missing) [best, missing] = [index, lacking];
		});
		places[best] = (places[best] ?? 0) + 1;
		left--;
	}
	return places;
}

function drawFrom(stratum: readonly Task[], places: number, random: Random): DrawnRun[] {
	const rest = [...stratum];
	const drawn: Task[] = [];
	while (drawn.length < places && rest.length > 0) {
		drawn.push(...rest.splice(Math.floor(random() * rest.length), 1));
	}
	const scale = runsOf(stratum) / runsOf(drawn);
	return drawn.map(({ run, runs }) => ({ run, weight: runs * scale }));
}
