/**
 * Holm's adjusted p-values (Holm 1979): rejecting those at most α makes any false rejection at all happen with probability at most α,
 * however the tests depend on each other. Nulls ("could not tell") count among the tests and stay null: they cannot be rejected.
 *
 * @throws RangeError when a p-value is not in 0..1.
 * @example
 * holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
	for (const p of ps) {
		if (p !== null && !(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; a probability lies in 0..1`);
	}
	const order = ps.map((p, at) => ({ p: p ?? 1, at })).sort((a, b) => a.p - b.p);
	const adjusted = new Array<number | null>(ps.length).fill(null);
	let highest = 0;
	order.forEach(({ p, at }, rank) => {
		highest = Math.max(highest, Math.min(1, p * (ps.length - rank)));
		adjusted[at] = ps[at] === null ? null : highest;
	});
	return adjusted;
}
