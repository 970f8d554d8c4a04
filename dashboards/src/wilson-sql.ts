/** Two-sided 95 % quantile of the normal distribution. */
const TWO_SIDED_95 = 1.959964;

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

/**
 * Lower end of the interval of a difference of two independent rates, b less a, by squaring Wilson's intervals and adding
 * (Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10); NULL where a side has no trials.
 * @example `SELECT ${newcombeLow("failed_before", "runs_before", "failed_now", "runs_now")} AS low`
 */
export const newcombeLow = (
	successesA: string,
	trialsA: string,
	successesB: string,
	trialsB: string,
): string => newcombe(-1, successesA, trialsA, successesB, trialsB);

/** Upper end of the same interval. */
export const newcombeHigh = (
	successesA: string,
	trialsA: string,
	successesB: string,
	trialsB: string,
): string => newcombe(1, successesA, trialsA, successesB, trialsB);

function newcombe(
	sign: 1 | -1,
	successesA: string,
	trialsA: string,
	successesB: string,
	trialsB: string,
): string {
	const a = `${successesA} / ${trialsA}`;
	const b = `${successesB} / ${trialsB}`;
	const endB = sign < 0 ? wilsonLow(successesB, trialsB) : wilsonHigh(successesB, trialsB);
	const endA = sign < 0 ? wilsonHigh(successesA, trialsA) : wilsonLow(successesA, trialsA);
	const reach = `sqrt(pow(${b} - (${endB}), 2) + pow((${endA}) - ${a}, 2))`;
	return `if(${trialsA} > 0 AND ${trialsB} > 0, ${b} - ${a} ${sign < 0 ? "-" : "+"} ${reach}, NULL)`;
}
