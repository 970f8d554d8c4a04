/**
 * The Kolmogorov–Smirnov distance between the values of each group, given by their places, and those of all others: the largest difference of the two
 * cumulative shares, 0..1.
 *
 * @example
 * const [seen, ...byChance] = valueDistances(lengths, [today, ...regroupings]);
 */
export function valueDistances(values: readonly number[], groups: readonly Int32Array[]): Float64Array {
	const n = values.length;
	const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
	const rank = new Int32Array(n);
	order.forEach((place, at) => {
		rank[place] = at;
	});
	/** Whether the next value is another one, so that shares may be compared here. */
	const ends = order.map((place, at) => values[place] !== values[order[at + 1] ?? -1]);
	const inside = new Uint8Array(n);
	return Float64Array.from(groups, (group) => {
		inside.fill(0);
		for (const place of group) inside[rank[place] ?? 0] = 1;
		const [step, other] = [1 / group.length, 1 / (n - group.length)];
		let [apart, largest] = [0, 0];
		for (let at = 0; at < n; at++) {
			apart += inside[at] === 1 ? step : -other;
			if (ends[at]) largest = Math.max(largest, Math.abs(apart));
		}
		return largest;
	});
}
