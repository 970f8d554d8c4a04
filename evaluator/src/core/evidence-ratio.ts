/**
 * How much more often evidence of a given strength shows where a fault began than where a step is intact: in bins of one check's
 * strangeness, and in bins of a node's p-value. Rates start as declared and are learned from traffic (origin-mixture.ts).
 *
 * @module
 */

/** Upper edges of the bins of a node's p-value. */
export const P_BINS = [1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 1] as const;

/** Share of intact nodes in each bin: a p-value is uniform there. */
export const DECLARED_INTACT: readonly number[] = P_BINS.map(
	(edge, index) => edge - (P_BINS[index - 1] ?? 0),
);

/** Share of nodes at which a fault began, declared: half of them are plainly visible, a quarter look like any other. */
export const DECLARED_AT_FAULT: readonly number[] = [0.2, 0.14, 0.14, 0.14, 0.12, 0.12, 0.14];

/** The bin of a p-value; null stays null, "could not tell". */
export function binOf(p: number | null): number | null {
	if (p === null) return null;
	const bin = P_BINS.findIndex((edge) => p <= edge);
	return bin < 0 ? P_BINS.length - 1 : bin;
}

/** Upper edges of the bins of one check's strangeness, in standard deviations; the last bin is open. */
const Z_BINS = [0.5, 1.28, 2, 3, 4.5] as const;

/**
 * Shares per bin for a start. Of measures, a normal tail, thicker at its end, as real checks are; and a check sees a third of the faults, the
 * others not at all. Contracts are kept, broken in part or broken, and the last bin is the broken ones: healthy steps hardly ever do that.
 */
export const DECLARED_CHECK: Readonly<
	Record<"measure" | "contract", Readonly<Record<"intact" | "atFault", readonly number[]>>>
> = {
	measure: {
		intact: [0.72, 0.17, 0.072, 0.026, 0.008, 0.004],
		atFault: [0.52, 0.13, 0.09, 0.08, 0.08, 0.1],
	},
	contract: {
		intact: [0.963, 0.001, 0.03, 0.001, 0.001, 0.004],
		atFault: [0.445, 0.01, 0.025, 0.01, 0.01, 0.5],
	},
};

const CONTRACT_BINS = { kept: 0, partly: 2, broken: 5 } as const;

/** The bin of a reading: of a contract by its value (1 keeps it), of a measure by its strangeness in standard deviations. */
export function readingBin(reads: "contract" | "measure", value: number | null, z: number): number {
	if (reads === "measure" || value === null) return strangenessBin(z);
	return value >= 1 ? CONTRACT_BINS.kept : value < 0.5 ? CONTRACT_BINS.broken : CONTRACT_BINS.partly;
}

/** The bin of a check's strangeness. */
function strangenessBin(z: number): number {
	const bin = Z_BINS.findIndex((edge) => z < edge);
	return bin < 0 ? Z_BINS.length : bin;
}

/** Shares of counts per bin, drawn towards prior shares that weigh as much as `strength` observations. */
export function binShares(counts: readonly number[], prior: readonly number[], strength: number): number[] {
	const total = counts.reduce((sum, count) => sum + count, 0);
	return prior.map((share, bin) => ((counts[bin] ?? 0) + strength * share) / (total + strength));
}
