import { type RunLikelihood, UNKNOWN } from "./origin-mixture.ts";
import { componentKey, INPUT, type Outcome } from "./trace.ts";

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
 *
 * @param kept leaves out all other components, when given.
 */
export function originsOf(likelihoods: readonly RunLikelihood[], kept?: ReadonlySet<string>): Origins {
	const places = new Map<string, { sum: number; count: number }>();
	for (const { evidence } of likelihoods) {
		for (const [index, step] of evidence.steps.entries()) {
			const key = componentKey(step);
			if (kept?.has(key) === false) continue;
			const place = places.get(key) ?? { sum: 0, count: 0 };
			places.set(key, { sum: place.sum + index / evidence.steps.length, count: place.count + 1 });
		}
	}
	const ordered = [...places].sort(([, a], [, b]) => a.sum / a.count - b.sum / b.count).map(([key]) => key);
	return [INPUT, ...ordered.filter((key) => key !== INPUT), UNKNOWN];
}

/** Folds a run's per-step likelihoods into per-component ones; a component that did not run cannot be the origin. */
export function originCase(likelihood: RunLikelihood, origins: Origins, task: string): OriginCase {
	const sums = new Float64Array(origins.length);
	const counts = new Float64Array(origins.length);
	for (const [index, step] of likelihood.evidence.steps.entries()) {
		const at = origins.indexOf(componentKey(step));
		if (at < 0) continue;
		sums[at] = (sums[at] ?? 0) + (likelihood.perStep[index] ?? 0);
		counts[at] = (counts[at] ?? 0) + 1;
	}
	const likelihoods = sums.map((sum, at) => {
		if (origins[at] === UNKNOWN) return 1;
		return (counts[at] ?? 0) > 0 ? sum / (counts[at] ?? 1) : 0;
	});
	return { task, outcome: likelihood.evidence.run.outcome, likelihoods };
}

/**
 * For one population, the share of its runs whose fault began in each origin: the maximum-likelihood mixture, by expectation and
 * maximisation, drawn towards `prior` by the weight of one run. The shares add up to the failure rate.
 *
 * Estimating the shares per population instead of averaging posteriors matters: averages of posteriors under a common prior shrink
 * every difference towards zero where evidence is weak. The weights of `input` (first) and `unknown` (last) are not learned: no evidence
 * speaks against them, so learning them would let them swallow every run whose evidence is weak.
 *
 * @param prior relative shares of faults, adding up to 1, in the order of `Origins`.
 * @param start shares to start from; the prior by default.
 */
export function fitOriginShares(
	cases: readonly OriginCase[],
	prior: Float64Array,
	{ rounds = 40, start }: { readonly rounds?: number; readonly start?: Float64Array | undefined } = {},
): Float64Array {
	if (cases.length === 0) return new Float64Array(prior.length);
	const open = cases.filter((one) => one.outcome !== "pass");
	let shares = start ?? prior.map((share) => (share * (open.length + 0.5)) / (cases.length + 1));
	for (let round = 0; round < rounds; round++) {
		const next = expectedCounts(open, weightsOf(shares, prior, cases.length)).map(
			(count) => count / cases.length,
		);
		const moved = next.reduce((most, share, at) => Math.max(most, Math.abs(share - (shares[at] ?? 0))), 0);
		shares = next;
		if (moved < CONVERGED) break;
	}
	return shares;
}

/** The weights of the next round: as found for components, drawn towards the prior; as declared for `input` and `unknown`. */
function weightsOf(shares: Float64Array, prior: Float64Array, cases: number): Float64Array {
	const last = shares.length - 1;
	const failed = sumOf(shares);
	const declared = (prior[0] ?? 0) + (prior[last] ?? 0);
	const found = failed - (shares[0] ?? 0) - (shares[last] ?? 0);
	const pull = PRIOR_RUNS / cases;
	return shares.map((share, at) => {
		if (at === 0 || at === last) return failed * (prior[at] ?? 0);
		const drawn = (share + pull * (prior[at] ?? 0)) / (found + pull * (1 - declared));
		return failed * (1 - declared) * drawn;
	});
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

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
