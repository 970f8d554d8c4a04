/**
 * A moment as the text of a DateTime64: with its date written out, because seconds are understood from ten digits on only, and clocks may stand at 1970.
 *
 * @example
 * dateTimeText(1_500n); // "1970-01-01 00:00:00.000001500"
 */
export function dateTimeText(ns: bigint): string {
	const part = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
	const seconds = new Date(Number((ns - part) / 1_000_000n)).toISOString().slice(0, 19).replace("T", " ");
	return `${seconds}.${String(part).padStart(9, "0")}`;
}

/** As `dateTimeText`, from milliseconds. */
export const dateTimeTextOfMs = (ms: number): string => dateTimeText(BigInt(Math.round(ms)) * 1_000_000n);
