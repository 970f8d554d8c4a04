/**
 * The unbiased maximum mean discrepancy (Gretton et al. 2012) between each group of vectors, given by their places, and all others, under a Gaussian
 * kernel whose width is the median of the pooled distances.
 *
 * @example
 * const [seen, ...byChance] = meanDiscrepancies(embeddings, [today, ...regroupings]);
 */
export function meanDiscrepancies(
	vectors: readonly Float32Array[],
	groups: readonly Int32Array[],
): Float64Array {
	const n = vectors.length;
	const kernel = gaussian(squaredDistances(vectors), n);
	const rows = new Float64Array(n);
	let all = 0;
	for (let row = 0; row < n; row++) {
		for (let column = 0; column < n; column++) {
			if (row !== column) rows[row] = (rows[row] ?? 0) + (kernel[row * n + column] ?? 0);
		}
		all += rows[row] ?? 0;
	}
	// Only sums inside a group are made anew; the others follow from the sums of rows.
	return Float64Array.from(groups, (group) => {
		let [inside, reached] = [0, 0];
		for (let first = 0; first < group.length; first++) {
			const row = group[first] ?? 0;
			reached += rows[row] ?? 0;
			for (let second = first + 1; second < group.length; second++) {
				inside += 2 * (kernel[row * n + (group[second] ?? 0)] ?? 0);
			}
		}
		const m = group.length;
		const rest = n - m;
		const between = reached - inside;
		const outside = all - 2 * reached + inside;
		return inside / (m * (m - 1)) + outside / (rest * (rest - 1)) - (2 * between) / (m * rest);
	});
}

/** Of all pairs, row by row. */
function squaredDistances(vectors: readonly Float32Array[]): Float64Array {
	const n = vectors.length;
	const squares = new Float64Array(n * n);
	for (let row = 0; row < n; row++) {
		const first = vectors[row] ?? new Float32Array();
		for (let column = row + 1; column < n; column++) {
			const second = vectors[column] ?? new Float32Array();
			let square = 0;
			for (let at = 0; at < first.length; at++) square += ((first[at] ?? 0) - (second[at] ?? 0)) ** 2;
			squares[row * n + column] = square;
			squares[column * n + row] = square;
		}
	}
	return squares;
}

function gaussian(squares: Float64Array, n: number): Float64Array {
	const apart: number[] = [];
	for (let row = 0; row < n; row++) {
		for (let column = row + 1; column < n; column++) {
			const square = squares[row * n + column] ?? 0;
			if (square > 0) apart.push(square);
		}
	}
	const median = Float64Array.from(apart).sort()[apart.length >> 1] ?? 1;
	return squares.map((square) => Math.exp(-square / median));
}
