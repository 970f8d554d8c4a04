import type { Interval } from "./interval.ts";

/** Labelled runs among which the judge says about the same, and what each of them does to an estimate. */
export interface ScoreStratum {
	/** Share of the population, 0..1; those of all strata add up to 1. */
	readonly share: number;
	/** As many unweighted labels are these worth (Kish 1965), and the weighted share of them that failed. */
	readonly labels: number;
	readonly rate: number;
	/** A label Y moves the estimate by a · (Y − θ) + b: sums of a², ab and b² over the labels. */
	readonly aa: number;
	readonly ab: number;
	readonly bb: number;
}

export interface ScoreProblem {
	readonly estimate: number;
	readonly strata: readonly ScoreStratum[];
	/** Variance of the estimate that does not come from labels. */
	readonly fixed: number;
	/** The variance that comes from labels is so many times that of independent ones. */
	readonly inflation: number;
}

const STEPS = 40;

/**
 * Score interval of a share that is a weighted sum over strata: every θ that the estimate does not contradict, where the variance is the one under θ, at
 * the stratum rates that are most likely given θ (Miettinen, Nurminen 1985; for strata Gart, Nam 1990). A stratum in which nothing failed keeps its part of
 * the uncertainty, which the observed variance calls 0. One stratum with equal weights gives Wilson's interval.
 *
 * @param z the normal quantile, 1.96 for 95 %.
 * @example
 * scoreInterval(problem, 1.96).high;
 */
export function scoreInterval(problem: ScoreProblem, z: number): Interval {
	const { estimate, strata, fixed, inflation } = problem;
	const inside = (rate: number): boolean => {
		const rates = likeliestRates(strata, rate);
		const parts = strata.map(({ aa, ab, bb }, at) => {
			const p = rates[at] ?? 0;
			return aa * (p * (1 - 2 * rate) + rate * rate) + 2 * ab * (p - rate) + bb;
		});
		const variance = fixed + inflation * parts.reduce((sum, part) => sum + part, 0);
		return (rate - estimate) ** 2 <= z * z * variance;
	};
	const start = Math.min(1, Math.max(0, estimate));
	return { low: lastInside(start, 0, inside), high: lastInside(start, 1, inside) };
}

function lastInside(from: number, to: number, inside: (rate: number) => boolean): number {
	if (inside(to)) return to;
	let [near, far] = [from, to];
	for (let step = 0; step < STEPS; step++) {
		const middle = (near + far) / 2;
		if (inside(middle)) near = middle;
		else far = middle;
	}
	return (near + far) / 2;
}

/**
 * The rates of the strata that maximise the likelihood of their counts where their weighted sum is `total`: with Lagrange's multiplier μ each solves
 * μWp² − (n + μW)p + x = 0, and the sum falls as μ grows.
 */
function likeliestRates(strata: readonly ScoreStratum[], total: number): number[] {
	const sumAt = (multiplier: number): number => {
		let whole = 0;
		for (const stratum of strata) whole += stratum.share * rateAt(stratum, multiplier);
		return whole;
	};
	// Doubled until the total lies between, then halved: multipliers span many powers of ten.
	let reach = 1;
	const least = strata.reduce((most, { labels }) => Math.max(most, labels), 1) * 1e9;
	const sign = sumAt(0) > total ? 1 : -1;
	while (reach < least && (sumAt(sign * reach) - total) * sign > 0) reach *= 4;
	let [low, high] = sign > 0 ? [reach === 1 ? 0 : reach / 4, reach] : [-reach, reach === 1 ? 0 : -reach / 4];
	for (let step = 0; step < STEPS; step++) {
		const middle = (low + high) / 2;
		if (sumAt(middle) > total) low = middle;
		else high = middle;
	}
	const found = (low + high) / 2;
	return strata.map((stratum) => rateAt(stratum, found));
}

function rateAt({ share, labels, rate }: ScoreStratum, multiplier: number): number {
	const pull = multiplier * share;
	if (Math.abs(pull) < 1e-9 * labels) return rate;
	const middle = labels + pull;
	const root = Math.sqrt(Math.max(0, middle * middle - 4 * pull * labels * rate));
	// The smaller root in the form that does not cancel.
	const found = middle > 0 ? (2 * labels * rate) / (middle + root) : (middle - root) / (2 * pull);
	return Math.min(1, Math.max(0, found));
}
