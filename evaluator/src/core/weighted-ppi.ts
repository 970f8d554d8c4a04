import { type ConfidenceOptions, type Interval, wilson, zOf } from "./interval.ts";
import { sum } from "./moments.ts";
import { type ScoreStratum, scoreInterval } from "./score-interval.ts";

/** What people said of a run, and with which chance the run came to be rated. */
export interface PeopleLabel {
	/** 1 where it failed, 0 where it passed; where several people rated the run, their mean: one run is one label. */
	readonly value: number;
	/** Chance that this run, being one of the judged, was chosen for rating: above 0, at most 1. */
	readonly probability: number;
}

/** One judged run. */
export interface JudgedUnit {
	/** How surely the judge says that it failed, 0..1; null where it could not tell. */
	readonly judge: number | null;
	/** How many runs of the population it stands for: 1 / the chance with which it was drawn to be judged. */
	readonly weight: number;
	/** Null where nobody rated the run. */
	readonly label: PeopleLabel | null;
	/** Runs that depend on each other (trials of one task) share a cluster; left out, the run is one of its own. */
	readonly cluster?: string;
}

/** A share of all runs. */
export interface WeightedEstimate extends Interval {
	/** In 0..1. */
	readonly estimate: number;
	readonly standardError: number;
	/** How far the judge was trusted: 0 uses the labels alone. */
	readonly lambda: number;
	/** Labelled runs. */
	readonly labels: number;
	/** As many unweighted labels would say as much: (Σw)² / Σw² (Kish 1965). */
	readonly effectiveLabels: number;
	/** As many runs rated at random, without a judge, would give an interval of this width. */
	readonly effectiveRuns: number;
}

interface Reading {
	/** Undefined where the run is one of its own. */
	readonly cluster: string | undefined;
	readonly judge: number;
	/** In the population, and as a label; the latter 0 where there is none. */
	readonly weight: number;
	readonly labelWeight: number;
	readonly value: number;
}

/**
 * Share of all runs that people would fail, from few labels and many judged runs: prediction-powered inference (PPI++: Angelopoulos, Duchi, Zrnic 2023)
 * where both were drawn with unequal, known chances:
 *
 *   θ̂ = λ · mean_all(f) + mean_labelled(Y − λf), each mean weighted by 1 / chance (Hájek 1971)
 *
 * This is the two-phase regression estimator of survey sampling (Särndal, Swensson, Wretman 1992, chapter 9). The first mean runs over all judged runs,
 * labelled ones included: the others alone are the runs that nobody chose, which differ. The variance is that of each run's whole influence, which
 * counts the overlap; λ̂ minimises it, kept in 0..1. With equal chances the estimate is that of `ppiMean`, whose two sets are disjoint.
 *
 * The interval is `scoreInterval` over what the judge says, because at a rate of 2 % a symmetrical one covers 80 % to 92 %. Any f is allowed: a bad judge costs
 * width, not truth. A run without an answer of the judge gets the mean answer. Null below two labels.
 *
 * @throws RangeError when a chance, weight or value is out of its range.
 * @example
 * estimateShare(units)?.high;
 */
export function estimateShare(
	units: readonly JudgedUnit[],
	{ confidence = 0.95 }: ConfidenceOptions = {},
): WeightedEstimate | null {
	const z = zOf(confidence);
	const readings = readUnits(units);
	const labelled = readings.filter(({ labelWeight }) => labelWeight > 0);
	if (labelled.length < 2) return null;
	const means = meansOf(readings, labelled);
	const { all, known } = means;
	// What a run adds to the error of the estimate: own + λ · help.
	const own = readings.map(({ labelWeight, value }) => (labelWeight * (value - means.label)) / known);
	const help = readings.map(
		({ weight, labelWeight, judge }) =>
			(weight * (judge - means.judge)) / all - (labelWeight * (judge - means.judgeOfLabelled)) / known,
	);
	const clustered = { own: byCluster(readings, own), help: byCluster(readings, help) };
	const lambda = bestLambda(clustered.own, clustered.help);
	const raw = means.label + lambda * (means.judge - means.judgeOfLabelled);
	const whole = own.map((value, at) => value + lambda * (help[at] ?? 0));
	const variance = squares(byCluster(readings, whole));
	const interval = scoreInterval(
		{
			estimate: raw,
			strata: strataOf(labelled, readings, means, lambda),
			...spreadOf(readings, whole, means, { lambda, variance }),
		},
		z,
	);
	return {
		estimate: Math.min(1, Math.max(0, raw)),
		standardError: Math.sqrt(variance),
		lambda,
		labels: labelled.length,
		effectiveLabels: kish(labelled.map(({ labelWeight }) => labelWeight)),
		effectiveRuns: runsWorth(raw, interval, confidence),
		...interval,
	};
}

/**
 * As many unweighted values as these weighted ones are worth: (Σw)² / Σw² (Kish 1965); 0 for none.
 *
 * @example
 * kish([1, 1, 2]); // 2.67
 */
export function kish(weights: readonly number[]): number {
	const whole = sum(weights);
	return whole === 0 ? 0 : whole ** 2 / squares(weights);
}

interface Means {
	/** Sums of weights: of all runs, and of the labels. */
	readonly all: number;
	readonly known: number;
	readonly judge: number;
	readonly judgeOfLabelled: number;
	readonly label: number;
}

function meansOf(readings: readonly Reading[], labelled: readonly Reading[]): Means {
	const all = sum(readings.map(({ weight }) => weight));
	const known = sum(labelled.map(({ labelWeight }) => labelWeight));
	return {
		all,
		known,
		judge: sum(readings.map(({ weight, judge }) => weight * judge)) / all,
		judgeOfLabelled: sum(labelled.map(({ labelWeight, judge }) => labelWeight * judge)) / known,
		label: sum(labelled.map(({ labelWeight, value }) => labelWeight * value)) / known,
	};
}

/**
 * The variance apart from labels, and how much wider clusters make what comes from labels. Together they are the whole variance at the estimate: trials of one task
 * widen the judge's mean, about which labels are no more in doubt for that.
 */
function spreadOf(
	readings: readonly Reading[],
	whole: readonly number[],
	{ known, label, judgeOfLabelled }: Means,
	{ lambda, variance }: { readonly lambda: number; readonly variance: number },
): { readonly fixed: number; readonly inflation: number } {
	const residuals = readings.map(
		({ labelWeight, value, judge }) =>
			(labelWeight * (value - label - lambda * (judge - judgeOfLabelled))) / known,
	);
	const apart = squares(residuals);
	const inflation = apart > NO_SPREAD ? Math.max(1, squares(byCluster(readings, residuals)) / apart) : 1;
	const ofLabels = squares(whole.filter((_, at) => (readings[at]?.labelWeight ?? 0) > 0));
	const ofOthers = squares(whole) - ofLabels;
	return { fixed: Math.max(ofOthers, variance - inflation * ofLabels), inflation };
}

/** Below it, rounding is all that differs. */
const NO_SPREAD = 1e-20;

function readUnits(units: readonly JudgedUnit[]): Reading[] {
	for (const unit of units) checkUnit(unit);
	const answered = units.filter(({ judge }) => judge !== null);
	const weight = sum(answered.map((unit) => unit.weight));
	const usual = weight === 0 ? 0 : sum(answered.map((unit) => unit.weight * (unit.judge ?? 0))) / weight;
	return units.map((unit) => ({
		cluster: unit.cluster,
		judge: unit.judge ?? usual,
		weight: unit.weight,
		labelWeight: unit.label === null ? 0 : unit.weight / unit.label.probability,
		value: unit.label?.value ?? 0,
	}));
}

const CUTS = [0.1, 0.5, 0.9];
const UNLIKE = 1.5;

/**
 * Runs alike in what the judge says (passes, leans to pass, leans to fail, fails) and in whether they stand for few or for many others, because runs that were drawn
 * rarely often fail rarely. Groups of which no run is labelled count with the others.
 */
function strataOf(
	labelled: readonly Reading[],
	readings: readonly Reading[],
	{ all, known, judge: judgeMean, judgeOfLabelled }: Means,
	lambda: number,
): ScoreStratum[] {
	const lightest = readings.reduce((least, { weight }) => Math.min(least, weight), Number.POSITIVE_INFINITY);
	const heaviest = readings.reduce((most, { weight }) => Math.max(most, weight), 0);
	const heavy = heaviest > UNLIKE * lightest ? Math.sqrt(lightest * heaviest) : Number.POSITIVE_INFINITY;
	const band = ({ judge, weight }: Reading): number =>
		2 * CUTS.filter((cut) => judge >= cut).length + (weight > heavy ? 1 : 0);
	const weights = new Map<number, number>();
	for (const reading of readings)
		weights.set(band(reading), (weights.get(band(reading)) ?? 0) + reading.weight);
	const groups = [...Map.groupBy(labelled, band)];
	const covered = sum(groups.map(([at]) => weights.get(at) ?? 0));
	return groups.map(([at, members]) => {
		const moves = members.map(({ weight, labelWeight, judge }) => {
			const a = labelWeight / known;
			const b = lambda * ((weight * (judge - judgeMean)) / all - a * (judge - judgeOfLabelled));
			return { a, b };
		});
		const mass = sum(members.map(({ labelWeight }) => labelWeight));
		return {
			share: (weights.get(at) ?? 0) / covered,
			labels: kish(members.map(({ labelWeight }) => labelWeight)),
			rate: sum(members.map(({ labelWeight, value }) => labelWeight * value)) / mass,
			aa: sum(moves.map(({ a }) => a * a)),
			ab: sum(moves.map(({ a, b }) => a * b)),
			bb: sum(moves.map(({ b }) => b * b)),
		};
	});
}

/** Sums of values that belong together; those of runs of their own stay as they are. */
function byCluster(readings: readonly Reading[], values: readonly number[]): number[] {
	const sums = new Map<string, number>();
	const alone: number[] = [];
	readings.forEach(({ cluster }, at) => {
		const value = values[at] ?? 0;
		if (cluster === undefined) alone.push(value);
		else sums.set(cluster, (sums.get(cluster) ?? 0) + value);
	});
	return [...alone, ...sums.values()];
}

function bestLambda(own: readonly number[], help: readonly number[]): number {
	const spread = squares(help);
	const covariance = sum(own.map((value, at) => value * (help[at] ?? 0)));
	return spread > 0 ? Math.min(1, Math.max(0, -covariance / spread)) : 0;
}

const squares = (values: readonly number[]): number => values.reduce((all, value) => all + value * value, 0);

/** The n at which Wilson's interval of the same rate is as wide. */
function runsWorth(estimate: number, { low, high }: Interval, confidence: number): number {
	const rate = Math.min(1, Math.max(0, estimate));
	let [few, many] = [0, 1e7];
	for (let step = 0; step < 40; step++) {
		const n = (few + many) / 2;
		const found = wilson(rate * n, n, { confidence });
		if (found !== null && found.high - found.low > high - low) few = n;
		else many = n;
	}
	return (few + many) / 2;
}

function checkUnit({ judge, weight, label }: JudgedUnit): void {
	if (judge !== null && !(judge >= 0 && judge <= 1)) throw new RangeError(`a judge says ${judge}; give 0..1`);
	if (!(weight > 0 && weight < Number.POSITIVE_INFINITY))
		throw new RangeError(`a run weighs ${weight}; give a positive number`);
	if (label === null) return;
	if (!(label.value >= 0 && label.value <= 1)) throw new RangeError(`a label is ${label.value}; give 0..1`);
	if (!(label.probability > 0 && label.probability <= 1))
		throw new RangeError(`a label's chance is ${label.probability}; give 0..1, above 0`);
}
