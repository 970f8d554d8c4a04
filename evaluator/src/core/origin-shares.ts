import { INPUT, type RunLikelihood, UNKNOWN } from "./origin-mixture.ts";
import { componentKey, type Outcome } from "./trace.ts";

/**
 * A run as the comparison of populations needs it: how likely its evidence is under each component, the user's input and what no
 * span shows, in the order of `origins`.
 */
export interface OriginCase {
	readonly task: string;
	readonly outcome: Outcome;
	readonly likelihoods: Float64Array;
}

/** Candidates in data-flow order: `input` first, `unknown` last. */
export type Origins = readonly string[];

const PRIOR_RUNS = 1;
const CONVERGED = 1e-6;

/**
 * The candidates of a set of runs, in data-flow order: by the mean place at which a component runs.
 */
export function originsOf(likelihoods: readonly RunLikelihood[]): Origins {
	const places = new Map<string, { sum: number; count: number }>();
	for (const { evidence } of likelihoods) {
		for (const [index, step] of evidence.steps.entries()) {
			const key = componentKey(step);
			const place = places.get(key) ?? { sum: 0, count: 0 };
			places.set(key, { sum: place.sum + index / evidence.steps.length, count: place.count + 1 });
		}
	}
	const ordered = [...places].sort(([, a], [, b]) => a.sum / a.count - b.sum / b.count).map(([key]) => key);
	return [INPUT, ...ordered, UNKNOWN];
}

/** Folds a run's per-step likelihoods into per-component ones; a component that did not run cannot be the origin. */
export function originCase(likelihood: RunLikelihood, origins: Origins, task: string): OriginCase {
	const sums = new Float64Array(origins.length);
	const counts = new Float64Array(origins.length);
	for (const [index, step] of likelihood.evidence.steps.entries()) {
		const at = origins.indexOf(componentKey(step));
		sums[at] = (sums[at] ?? 0) + (likelihood.perStep[index] ?? 0);
		counts[at] = (counts[at] ?? 0) + 1;
	}
	const likelihoods = sums.map((sum, at) => {
		if (origins[at] === INPUT || origins[at] === UNKNOWN) return 1;
		return (counts[at] ?? 0) > 0 ? sum / (counts[at] ?? 1) : 0;
	});
	return { task, outcome: likelihood.evidence.run.outcome, likelihoods };
}

/**
 * For one population, the share of its runs whose fault began in each origin: the maximum-likelihood mixture, by expectation and
 * maximisation, drawn towards `prior` by the weight of one run. The shares add up to the failure rate.
 *
 * Estimating the shares per population instead of averaging posteriors matters: averages of posteriors under a common prior shrink
 * every difference towards zero where evidence is weak.
 *
 * @param prior relative shares of faults, adding up to 1.
 * @param start shares to start from; the prior by default.
 */
export function fitOriginShares(
	cases: readonly OriginCase[],
	prior: Float64Array,
	{ rounds = 40, start }: { readonly rounds?: number; readonly start?: Float64Array | undefined } = {},
): Float64Array {
	const open = cases.filter((one) => one.outcome !== "pass");
	let shares = start ?? prior.map((share) => (share * (open.length + 0.5)) / (cases.length + 1));
	if (cases.length === 0) return new Float64Array(prior.length);
	for (let round = 0; round < rounds; round++) {
		const next = expectedCounts(open, shares);
		const failed = next.reduce((sum, count) => sum + count, 0);
		let moved = 0;
		const updated = next.map((count, at) => {
			const drawn =
				failed === 0 ? 0 : ((count + PRIOR_RUNS * (prior[at] ?? 0)) * failed) / (failed + PRIOR_RUNS);
			const share = drawn / cases.length;
			moved = Math.max(moved, Math.abs(share - (shares[at] ?? 0)));
			return share;
		});
		shares = updated;
		if (moved < CONVERGED) break;
	}
	return shares;
}

function expectedCounts(open: readonly OriginCase[], shares: Float64Array): Float64Array {
	const counts = new Float64Array(shares.length);
	let faulty = 0;
	for (const share of shares) faulty += share;
	for (const { outcome, likelihoods } of open) {
		let total = outcome === "fail" ? 0 : Math.max(0, 1 - faulty);
		for (let at = 0; at < shares.length; at++) total += (shares[at] ?? 0) * (likelihoods[at] ?? 0);
		if (!(total > 0)) continue;
		for (let at = 0; at < shares.length; at++) {
			counts[at] = (counts[at] ?? 0) + ((shares[at] ?? 0) * (likelihoods[at] ?? 0)) / total;
		}
	}
	return counts;
}

/**
 * Hazards from shares: h_k = share_k / (1 − shares of everything before k), so that Π (1 − h_k) = 1 − failure rate exactly.
 *
 * @example
 * hazardsOf(Float64Array.of(0.1, 0.18)); // [0.1, 0.2]: 0.9 · 0.8 = 0.72 = 1 − 0.28
 */
export function hazardsOf(shares: Float64Array): Float64Array {
	let intact = 1;
	return shares.map((share) => {
		const hazard = intact > 0 ? Math.min(1, share / intact) : 0;
		intact -= share;
		return hazard;
	});
}
