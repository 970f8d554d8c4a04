/**
 * Conformal p-value: how strange a score is among fault-free ones, (1 + number of reference scores >= score) / (n + 1)
 * (Vovk, Gammerman and Shafer 2005; Bates et al. 2023). Higher means stranger. Below x for at most a share x of
 * fault-free runs, whatever the distribution; never below 1 / (n + 1), and 1 without a reference.
 *
 * @param ascending the reference scores of fault-free runs of the same component, sorted upwards.
 * @throws RangeError when the score is NaN.
 * @example
 * conformalP(9, [1, 2, 3]); // 0.25
 */
export function conformalP(score: number, ascending: readonly number[]): number {
	if (Number.isNaN(score)) throw new RangeError("the score is NaN; keep it null and do not test it");
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < score) low = middle + 1;
		else high = middle;
	}
	return (1 + ascending.length - low) / (ascending.length + 1);
}

/**
 * The most that a p-value can speak for a fault: an upper bound on the ratio of the likelihood of the evidence under a
 * fault to that without one, 1 / (−e · p · ln p) below 1/e and 1 from there (Vovk 1993; Sellke, Bayarri and Berger 2001).
 *
 * @throws RangeError when `p` is not in (0, 1].
 * @example
 * evidenceRatioBound(0.05); // 2.45…
 */
export function evidenceRatioBound(p: number): number {
	if (!(p > 0 && p <= 1)) throw new RangeError(`p is ${p}; a p-value here lies above 0 and at most at 1`);
	return p >= 1 / Math.E ? 1 : 1 / (-Math.E * p * Math.log(p));
}
