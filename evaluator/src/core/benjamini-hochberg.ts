/**
 * Benjamini–Hochberg q-values (1995): rejecting every q <= x keeps the expected share of false rejections at or below x,
 * for independent or positively dependent tests. A null p-value ("could not be tested") is not a test: it stays null and
 * does not count.
 *
 * @throws RangeError when a p-value is outside 0..1.
 * @example
 * benjaminiHochberg([0.01, null, 0.04]); // [0.02, null, 0.04]
 */
export function benjaminiHochberg(pValues: readonly (number | null)[]): (number | null)[] {
	const tested: { readonly p: number; readonly at: number }[] = [];
	pValues.forEach((p, at) => {
		if (p === null) return;
		if (!(p >= 0 && p <= 1)) throw new RangeError(`p-value ${at} is ${p}; give 0..1, or null if untested`);
		tested.push({ p, at });
	});
	tested.sort((first, second) => second.p - first.p);
	const qValues: (number | null)[] = pValues.map(() => null);
	let smallest = 1;
	tested.forEach(({ p, at }, fromTop) => {
		smallest = Math.min(smallest, (p * tested.length) / (tested.length - fromTop));
		qValues[at] = smallest;
	});
	return qValues;
}
