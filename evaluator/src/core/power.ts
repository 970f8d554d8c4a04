import { zOf } from "./interval.ts";
import { normalCdf, normalQuantile } from "./normal.ts";

/** What the test may get wrong: chance of a false alarm and chance of seeing a true difference. */
export interface PowerOptions {
	/** Two-sided false-alarm rate, 0.05 by default. */
	readonly alpha?: number;
	/** Chance of detecting the difference, 0.8 by default. */
	readonly power?: number;
}

/** Two independent groups of runs with these rates. */
export interface IndependentDesign {
	readonly before: number;
	readonly after: number;
}

/** The same tasks on both sides: the rate difference and the share of tasks whose outcome changes in either direction. */
export interface PairedDesign {
	readonly difference: number;
	readonly discordant: number;
}

/**
 * Runs needed on each side to see a difference between two independent rates with a two-sided mid-p or score test
 * (Fleiss 1981, without continuity correction). Null when the rates are equal: no number suffices.
 *
 * @throws RangeError when a rate, alpha or power is outside its range.
 * @example
 * runsPerSide({ before: 0.9, after: 0.8 }); // 199
 */
export function runsPerSide(design: IndependentDesign, options: PowerOptions = {}): number | null {
	const { before, after } = design;
	checkRate(before);
	checkRate(after);
	const [zAlpha, zPower] = quantiles(options);
	if (before === after) return null;
	const pooled = (before + after) / 2;
	const spread =
		zAlpha * Math.sqrt(2 * pooled * (1 - pooled)) +
		zPower * Math.sqrt(before * (1 - before) + after * (1 - after));
	return Math.ceil((spread / (after - before)) ** 2);
}

/**
 * Tasks needed, each run on both sides, to see a paired difference with McNemar's mid-p test (Connor 1987).
 * Null when the difference is 0.
 *
 * @throws RangeError when fewer tasks change than the difference needs, or alpha or power is outside its range.
 * @example
 * tasksForPairs({ difference: -0.05, discordant: 0.15 }); // 469
 */
export function tasksForPairs(design: PairedDesign, options: PowerOptions = {}): number | null {
	const { difference, discordant } = checkPairs(design);
	const [zAlpha, zPower] = quantiles(options);
	if (difference === 0) return null;
	const spread = zAlpha * Math.sqrt(discordant) + zPower * Math.sqrt(discordant - difference ** 2);
	return Math.ceil((spread / difference) ** 2);
}

/**
 * Chance that `n` runs on each side show the difference: the inverse of `runsPerSide`. A power in 0..1.
 *
 * @throws RangeError when a rate or alpha is outside its range or n is not positive.
 * @example
 * powerOfRuns({ before: 0.9, after: 0.8 }, 199); // 0.80
 */
export function powerOfRuns(design: IndependentDesign, n: number, options: PowerOptions = {}): number {
	const { before, after } = design;
	checkRate(before);
	checkRate(after);
	checkSize(n);
	const [zAlpha] = quantiles(options);
	const pooled = (before + after) / 2;
	const spread = Math.sqrt(before * (1 - before) + after * (1 - after));
	const reach = Math.abs(after - before) * Math.sqrt(n) - zAlpha * Math.sqrt(2 * pooled * (1 - pooled));
	return spread === 0 ? Number(reach > 0) : normalCdf(reach / spread);
}

/**
 * Chance that `n` paired tasks show the difference: the inverse of `tasksForPairs`. A power in 0..1.
 *
 * @throws RangeError when fewer tasks change than the difference needs, alpha is outside its range or n is not positive.
 * @example
 * powerOfPairs({ difference: -0.05, discordant: 0.15 }, 300); // 0.60
 */
export function powerOfPairs(design: PairedDesign, n: number, options: PowerOptions = {}): number {
	const { difference, discordant } = checkPairs(design);
	checkSize(n);
	const [zAlpha] = quantiles(options);
	const spread = Math.sqrt(discordant - difference ** 2);
	const reach = Math.abs(difference) * Math.sqrt(n) - zAlpha * Math.sqrt(discordant);
	return spread === 0 ? Number(reach > 0) : normalCdf(reach / spread);
}

function quantiles({ alpha = 0.05, power = 0.8 }: PowerOptions): [number, number] {
	if (!(power > 0 && power < 1)) throw new RangeError(`the power is ${power}; give a share between 0 and 1`);
	if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}; give a share between 0 and 1`);
	return [zOf(1 - alpha), normalQuantile(power)];
}

function checkPairs(design: PairedDesign): PairedDesign {
	const { difference, discordant } = design;
	if (!(discordant <= 1 && Math.abs(difference) <= discordant)) {
		throw new RangeError(
			`a difference of ${difference} needs that share of tasks to change, at most 1; ${discordant} change`,
		);
	}
	return design;
}

function checkRate(rate: number): void {
	if (!(rate >= 0 && rate <= 1)) throw new RangeError(`the rate is ${rate}; give a share in 0..1`);
}

function checkSize(n: number): void {
	if (!(n > 0)) throw new RangeError(`${n} runs show nothing; give a positive number`);
}
