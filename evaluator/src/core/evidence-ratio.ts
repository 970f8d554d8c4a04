/**
 * How much more often a step shows evidence of a given strength when the fault began there than when the step is intact, in bins of
 * its p-value. It starts from declared rates and is learned from traffic (see origin-mixture.ts).
 *
 * @module
 */

/** Upper edges of the bins of a step's p-value. */
export const P_BINS = [1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 1] as const;

/** Share of intact steps in each bin: a p-value is uniform there. */
export const DECLARED_INTACT: readonly number[] = P_BINS.map(
	(edge, index) => edge - (P_BINS[index - 1] ?? 0),
);

/** Share of steps at which a fault began, declared: half of them are plainly visible, a quarter look like any other. */
export const DECLARED_AT_FAULT: readonly number[] = [0.2, 0.14, 0.14, 0.14, 0.12, 0.12, 0.14];

/** The bin of a p-value; null stays null, "could not tell". */
export function binOf(p: number | null): number | null {
	if (p === null) return null;
	const bin = P_BINS.findIndex((edge) => p <= edge);
	return bin < 0 ? P_BINS.length - 1 : bin;
}

/** Shares of counts per bin, drawn towards prior shares that weigh as much as `strength` observations. */
export function binShares(counts: readonly number[], prior: readonly number[], strength: number): number[] {
	const total = counts.reduce((sum, count) => sum + count, 0);
	return prior.map((share, bin) => ((counts[bin] ?? 0) + strength * share) / (total + strength));
}
