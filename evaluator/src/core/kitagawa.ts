import type { Count } from "./interval.ts";

/** One kind of item (a task, an input cluster, a route) with its results on both sides. */
export interface Stratum {
	readonly name: string;
	readonly before: Count;
	readonly after: Count;
}

/** What one stratum adds to the difference, in shares (−1..1). */
export interface StratumEffect {
	readonly name: string;
	/** Because the stratum became more or less frequent; counted against the overall rate. */
	readonly mix: number;
	/** Because the rate inside the stratum changed. */
	readonly response: number;
}

/** A rate difference in two parts that add up to it. */
export interface RateDecomposition {
	readonly difference: number;
	readonly mix: number;
	readonly response: number;
	readonly strata: readonly StratumEffect[];
}

/**
 * How much of `after − before` comes from another mix of items and how much from other results on the same items:
 * mix Δweight · (mean rate − overall rate), response Δrate · mean weight (Kitagawa 1955, JASA 50). The parts sum to the
 * difference. A stratum seen on one side only counts as mix: nothing is known about its response. Null when a side has
 * no runs.
 *
 * @throws RangeError when a count is not in 0..n.
 * @example
 * decomposeRates([{ name: "how-to", before: { successes: 9, n: 10 }, after: { successes: 30, n: 40 } }])?.response; // −0.15
 */
export function decomposeRates(strata: readonly Stratum[]): RateDecomposition | null {
	const before = total(strata.map((stratum) => stratum.before));
	const after = total(strata.map((stratum) => stratum.after));
	if (before.n === 0 || after.n === 0) return null;
	const overall = (before.successes / before.n + after.successes / after.n) / 2;
	const effects = strata
		.filter((stratum) => stratum.before.n + stratum.after.n > 0)
		.map((stratum) => {
			const from = rateOr(stratum.before, stratum.after);
			const to = rateOr(stratum.after, stratum.before);
			const oldWeight = stratum.before.n / before.n;
			const newWeight = stratum.after.n / after.n;
			return {
				name: stratum.name,
				// Weights sum to 1 on both sides, so taking off the overall rate changes no sum, only which stratum is named.
				mix: (newWeight - oldWeight) * ((from + to) / 2 - overall),
				response: (to - from) * ((oldWeight + newWeight) / 2),
			};
		});
	return {
		difference: after.successes / after.n - before.successes / before.n,
		mix: effects.reduce((sum, effect) => sum + effect.mix, 0),
		response: effects.reduce((sum, effect) => sum + effect.response, 0),
		strata: effects,
	};
}

function rateOr(side: Count, other: Count): number {
	return side.n > 0 ? side.successes / side.n : other.successes / other.n;
}

function total(counts: readonly Count[]): Count {
	let [successes, n] = [0, 0];
	for (const count of counts) {
		if (!(count.successes >= 0 && count.successes <= count.n && count.n < Number.POSITIVE_INFINITY)) {
			throw new RangeError(`${count.successes} of ${count.n} is no count; give 0 <= successes <= n`);
		}
		successes += count.successes;
		n += count.n;
	}
	return { successes, n };
}
