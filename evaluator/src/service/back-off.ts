/** First and longest wait after failures in a row. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait after so many failures in a row, in milliseconds: twice as long after each, at most a minute, and then a random part of it
 * (between half and all), so that copies that failed together do not come back together.
 *
 * @param random in [0, 1).
 * @example backOffMs(3, Math.random()) // between 2,000 and 4,000
 */
export function backOffMs(failures: number, random: number): number {
	const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
	return Math.round(full * (0.5 + random / 2));
}
