import { mean, sum } from "./moments.ts";

/** A run that may be rated. */
export interface RatableRun {
	readonly traceId: string;
	/** Runs among which enough are to be rated: a deploy, or a part of one. */
	readonly stratum: string;
	/** In 0..1, the same whenever it is asked for, and unrelated to the run: a hash of its id. */
	readonly draw: number;
	/** How surely each judge that scored the run says it failed, 0..1; empty where none did. */
	readonly judged: readonly number[];
}

/** Why a run has the chance that it has; the largest reason. */
export type RatingReason = "spread" | "judge-unsure" | "judges-disagree" | "stratum-behind";

export interface PlannedRating {
	readonly traceId: string;
	/** Chance with which the run is chosen, above 0. */
	readonly probability: number;
	readonly chosen: boolean;
	/** In 0..1 for chosen runs: smaller ones are rated first. Of the chance it says nothing, so that a list that is left half done is a sample too. */
	readonly order: number;
	readonly reason: RatingReason;
}

export interface PlanOptions {
	/** How many runs of each stratum are to be rated, on average over draws. */
	readonly target: number;
}

/** Of every run's chance, this share is the same for all: no weight is more than 1 / FLOOR times the mean one. */
const FLOOR = 0.4;

/**
 * Which runs people should rate next: Poisson sampling with chances in proportion to what a rating would tell (Hájek 1964; Särndal, Swensson, Wretman 1992,
 * section 3.5), drawn with permanent random numbers (Ohlsson 1998), so that a later, larger plan keeps every run of an earlier one and a restart draws the same.
 *
 * The chance grows with √(p(1 − p)), p the judge's doubt (Neyman 1934), and with how far judges are apart, over a floor that all runs share; in each stratum the
 * chances add up to the target. Every chance depends on what judges said and never on a rating or on the run's own number: rates weighted by 1 / chance
 * are then without bias.
 *
 * @throws RangeError when the target is not positive or a run's number is not in 0..1.
 * @example
 * planRatings(runs, { target: 100 }).filter(({ chosen }) => chosen);
 */
export function planRatings(runs: readonly RatableRun[], { target }: PlanOptions): PlannedRating[] {
	if (!(target > 0 && target < Number.POSITIVE_INFINITY))
		throw new RangeError(`the target is ${target} ratings; give a positive number`);
	const wrong = runs.find(({ draw }) => !(draw >= 0 && draw < 1));
	if (wrong !== undefined) throw new RangeError(`the run's number is ${wrong.draw}; give 0..1`);
	return [...Map.groupBy(runs, ({ stratum }) => stratum).values()].flatMap((members) =>
		planStratum(members, target),
	);
}

function planStratum(runs: readonly RatableRun[], target: number): PlannedRating[] {
	const sizes = sizesOf(runs);
	const chances = chancesOf(
		sizes.map(({ size }) => size),
		target,
	);
	return runs.map(({ traceId, draw }, at) => {
		const probability = chances[at] ?? 1;
		return {
			traceId,
			probability,
			chosen: draw < probability,
			order: draw / probability,
			reason: probability >= 1 && runs.length <= target ? "stratum-behind" : (sizes[at]?.reason ?? "spread"),
		};
	});
}

function sizesOf(runs: readonly RatableRun[]): { size: number; reason: RatingReason }[] {
	const known = runs.map(({ judged }) => doubtOf(judged));
	const usual = mean(known.filter((doubt) => doubt !== null));
	const doubts = relative(known.map((doubt) => doubt ?? usual ?? 1));
	const gaps = relative(
		runs.map(({ judged }) => (judged.length < 2 ? 0 : Math.max(...judged) - Math.min(...judged))),
	);
	const parts = [doubts, gaps].filter((each) => each !== null);
	return runs.map((_, at) => {
		if (parts.length === 0) return { size: 1, reason: "spread" };
		const told = parts.map((values) => ((1 - FLOOR) / parts.length) * (values[at] ?? 0));
		const [doubt, gap] = [doubts?.[at] ?? 0, gaps?.[at] ?? 0];
		const reason = Math.max(doubt, gap) <= 1 ? "spread" : gap > doubt ? "judges-disagree" : "judge-unsure";
		return { size: FLOOR + sum(told), reason };
	});
}

/**
 * Standard deviation of a run's label, as far as it can be guessed before there are labels: what a judge fails outright is a coin's toss, of what it passes
 * outright two in a hundred fail. Null where no judge scored the run: it counts as the mean one.
 */
function doubtOf(judged: readonly number[]): number | null {
	const said = mean(judged);
	if (said === null) return null;
	const failing = 0.02 + 0.48 * said;
	return Math.sqrt(failing * (1 - failing));
}

/** Values over their mean; null where they are all the same and tell nothing apart. */
function relative(values: readonly number[]): number[] | null {
	const middle = mean(values);
	const differ = values.some((value) => value !== values[0]);
	return middle === null || middle === 0 || !differ ? null : values.map((value) => value / middle);
}

/** Chances in proportion to sizes that add up to the target; those that would be above 1 are 1, and the rest share what is left. */
function chancesOf(sizes: readonly number[], target: number): number[] {
	if (sizes.length <= target) return sizes.map(() => 1);
	const certain = new Set<number>();
	for (;;) {
		const rest = sum(sizes.map((size, at) => (certain.has(at) ? 0 : size)));
		const scale = (target - certain.size) / rest;
		const over = sizes.flatMap((size, at) => (!certain.has(at) && size * scale >= 1 ? [at] : []));
		if (over.length === 0) return sizes.map((size, at) => (certain.has(at) ? 1 : size * scale));
		for (const at of over) certain.add(at);
	}
}
