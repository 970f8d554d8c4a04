import { normalCdf, normalQuantile } from "./normal.ts";
import { drawIndex, type Random } from "./random.ts";

/** How to resample. */
export interface BootstrapOptions<Cluster> {
	readonly random: Random;
	/** Number of resamples, 2000 by default. */
	readonly resamples?: number;
	/** Share of intervals that hold the truth, 0.95 by default. */
	readonly confidence?: number;
	/** `bca` (default) corrects bias and skew at the cost of one more evaluation per cluster; `percentile` does not. */
	readonly method?: "bca" | "percentile";
	/** Clusters are only exchanged within a stratum, for instance the deploy they ran on. One stratum by default. */
	readonly stratum?: (cluster: Cluster) => string;
}

/** A statistic with its bootstrap interval, in the statistic's own unit. */
export interface BootstrapEstimate {
	/** The statistic of the clusters as they are; null when it is undefined there. */
	readonly estimate: number | null;
	/** Null where the resamples cannot tell: no variation, fewer than two clusters, or the statistic undefined in half. */
	readonly low: number | null;
	readonly high: number | null;
	readonly standardError: number | null;
	/** Resamples in which the statistic was undefined; they are left out of the interval. */
	readonly undefinedResamples: number;
}

/**
 * Bootstrap interval of a statistic over clusters, where a cluster is what is independent: usually a task with all of
 * its trials. Efron 1987 (BCa), Davison and Hinkley 1997 (strata, clusters). Below about 15 clusters the interval covers
 * less often than promised, and a statistic that no resample changes gets none: use an exact interval there.
 *
 * @param statistic of a resample; null when it is undefined there, never 0 instead.
 * @throws RangeError when the confidence is not between 0 and 1 or resamples is below 2.
 * @example
 * clusterBootstrap(tasks, (sample) => passRate(sample.flat()), { random: seededRandom(1) });
 */
export function clusterBootstrap<Cluster>(
	clusters: readonly Cluster[],
	statistic: (sample: readonly Cluster[]) => number | null,
	options: BootstrapOptions<Cluster>,
): BootstrapEstimate {
	const [estimate] = clusterBootstrapVector(clusters, (sample) => [statistic(sample)], options);
	if (estimate === undefined) throw new RangeError("the statistic gave no value");
	return estimate;
}

/**
 * As `clusterBootstrap`, for several statistics of the same resamples in one pass: one estimate per element.
 *
 * @param statistic a list of the same length for every sample; null elements are undefined there.
 * @throws RangeError when the length changes, the confidence is not between 0 and 1 or resamples is below 2.
 * @example
 * clusterBootstrapVector(tasks, contributionPerStep, { random: seededRandom(1), stratum: (task) => task.deploy });
 */
export function clusterBootstrapVector<Cluster>(
	clusters: readonly Cluster[],
	statistic: (sample: readonly Cluster[]) => readonly (number | null)[],
	options: BootstrapOptions<Cluster>,
): BootstrapEstimate[] {
	const { random, resamples = 2000, confidence = 0.95, method = "bca" } = options;
	if (!(confidence > 0 && confidence < 1)) throw new RangeError(`the confidence is ${confidence}; give 0..1`);
	if (!(Number.isInteger(resamples) && resamples >= 2))
		throw new RangeError(`cannot make ${resamples} resamples`);
	const strata = splitByStratum(clusters, options.stratum);
	const observed = statistic(clusters);
	const drawn: number[][] = observed.map(() => []);
	for (let resample = 0; clusters.length >= 2 && resample < resamples; resample++) {
		collect(statistic(strata.flatMap((stratum) => resampled(stratum, random))), drawn);
	}
	const accelerations = method === "bca" ? accelerationOf(strata, statistic, observed.length) : [];
	return observed.map((estimate, element) => {
		const sorted = Float64Array.from(drawn[element] ?? []).sort();
		const acceleration = accelerations[element] ?? 0;
		return summarise(estimate, sorted, { resamples, confidence, method, acceleration });
	});
}

function splitByStratum<Cluster>(
	clusters: readonly Cluster[],
	stratum: ((cluster: Cluster) => string) | undefined,
): Cluster[][] {
	if (stratum === undefined) return [[...clusters]];
	const strata = new Map<string, Cluster[]>();
	for (const cluster of clusters) {
		const name = stratum(cluster);
		const members = strata.get(name);
		if (members === undefined) strata.set(name, [cluster]);
		else members.push(cluster);
	}
	return [...strata.values()];
}

function resampled<Cluster>(stratum: readonly Cluster[], random: Random): Cluster[] {
	return stratum.map(() => stratum[drawIndex(stratum.length, random)] as Cluster);
}

function collect(values: readonly (number | null)[], into: readonly number[][]): void {
	if (values.length !== into.length) {
		throw new RangeError(
			`the statistic gave ${values.length} values, and ${into.length} before; keep the length`,
		);
	}
	values.forEach((value, element) => {
		if (value !== null && !Number.isNaN(value)) into[element]?.push(value);
	});
}

/**
 * The skew of each statistic from leaving one cluster out at a time; with strata, influences weighted by the size of the
 * stratum (Davison and Hinkley 1997, equation 5.28).
 */
function accelerationOf<Cluster>(
	strata: readonly (readonly Cluster[])[],
	statistic: (sample: readonly Cluster[]) => readonly (number | null)[],
	elements: number,
): number[] {
	const cubes = new Array<number>(elements).fill(0);
	const squares = new Array<number>(elements).fill(0);
	strata.forEach((stratum, at) => {
		if (stratum.length < 2) return;
		const others = [strata.slice(0, at).flat(), strata.slice(at + 1).flat()] as const;
		const left = stratum.map((_, gone) =>
			statistic([...others[0], ...stratum.slice(0, gone), ...stratum.slice(gone + 1), ...others[1]]),
		);
		for (let element = 0; element < elements; element++) {
			const values = left.flatMap((row) => row[element] ?? []);
			const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
			for (const value of values) {
				const influence = ((stratum.length - 1) * (mean - value)) / stratum.length;
				cubes[element] = (cubes[element] ?? 0) + influence ** 3;
				squares[element] = (squares[element] ?? 0) + influence ** 2;
			}
		}
	});
	return squares.map((square, element) => (square > 0 ? (cubes[element] ?? 0) / (6 * square ** 1.5) : 0));
}

interface Summary {
	readonly resamples: number;
	readonly confidence: number;
	readonly method: "bca" | "percentile";
	readonly acceleration: number;
}

function summarise(estimate: number | null, sorted: Float64Array, summary: Summary): BootstrapEstimate {
	const { resamples, confidence, method, acceleration } = summary;
	const undefinedResamples = resamples - sorted.length;
	const none = { estimate, low: null, high: null, standardError: null, undefinedResamples };
	const spread = (sorted.at(-1) ?? 0) - (sorted.at(0) ?? 0);
	const size = Math.max(Math.abs(sorted.at(-1) ?? 0), Math.abs(sorted.at(0) ?? 0));
	// Without variation the resamples say "certain", which means only that they cannot tell.
	if (estimate === null || sorted.length < resamples / 2 || !(spread > 1e-12 * size)) return none;
	const tail = (1 - confidence) / 2;
	const bias = method === "bca" ? normalQuantile(shareBelow(sorted, estimate)) : 0;
	const corrected = (z: number): number =>
		normalCdf(bias + (bias + z) / Math.max(1e-9, 1 - acceleration * (bias + z)));
	return {
		...none,
		low: quantile(sorted, method === "bca" ? corrected(normalQuantile(tail)) : tail),
		high: quantile(sorted, method === "bca" ? corrected(normalQuantile(1 - tail)) : 1 - tail),
		standardError: standardDeviation(sorted),
	};
}

/** Share of resamples below the estimate, ties counted half: rates take few values. Kept off 0 and 1. */
function shareBelow(sorted: Float64Array, estimate: number): number {
	const tolerance = 1e-12 * Math.abs(estimate);
	let below = 0;
	for (const value of sorted) {
		if (value < estimate - tolerance) below += 1;
		else if (value <= estimate + tolerance) below += 0.5;
	}
	return Math.min(1 - 0.5 / sorted.length, Math.max(0.5 / sorted.length, below / sorted.length));
}

function quantile(sorted: Float64Array, share: number): number {
	const place = Math.min(sorted.length - 1, Math.max(0, share * (sorted.length + 1) - 1));
	const low = sorted.at(Math.floor(place)) ?? 0;
	const high = sorted.at(Math.ceil(place)) ?? 0;
	return low + (place - Math.floor(place)) * (high - low);
}

function standardDeviation(values: Float64Array): number {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
