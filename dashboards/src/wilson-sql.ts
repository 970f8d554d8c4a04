/** Normal quantiles: two-sided 95 %, and one-sided 95 %. */
const TWO_SIDED_95 = 1.959964;
export const ONE_SIDED_95 = 1.644854;

/**
 * Lower end of Wilson's score interval of a rate (Wilson 1927) as a ClickHouse expression; NULL where there were no trials.
 * Both arguments are SQL expressions; counts may be sums of probabilities.
 * @example `SELECT ${wilsonLow("failed", "runs")} AS low`
 */
export function wilsonLow(successes: string, trials: string, z: number = TWO_SIDED_95): string {
	return `if(${trials} > 0, greatest(0, ${middle(successes, trials, z)} - ${half(successes, trials, z)}), NULL)`;
}

/** Upper end of the same interval. */
export function wilsonHigh(successes: string, trials: string, z: number = TWO_SIDED_95): string {
	return `if(${trials} > 0, least(1, ${middle(successes, trials, z)} + ${half(successes, trials, z)}), NULL)`;
}

function middle(successes: string, trials: string, z: number): string {
	return `(${successes} + ${z} * ${z} / 2) / (${trials} + ${z} * ${z})`;
}

function half(successes: string, trials: string, z: number): string {
	const failures = `(${trials} - ${successes})`;
	return `${z} * sqrt(greatest(0, ${successes} * ${failures} / ${trials} + ${z} * ${z} / 4)) / (${trials} + ${z} * ${z})`;
}
