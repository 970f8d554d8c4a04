import { boundedMeanP, countValues } from "./bounded-mean.ts";
import { zOf } from "./interval.ts";
import { mean } from "./moments.ts";
import { normalQuantile } from "./normal.ts";
import { drawIndex, type Random } from "./random.ts";

/** What a paired row of the gate has to show. */
export interface PassDesign {
	/** Differences between candidate and baseline of single fixtures, higher is better; only their spread counts, not their mean. */
	readonly spread: readonly number[];
	/** True mean difference that the power is asked for: 0 for an unchanged candidate. */
	readonly truth: number;
	/** Loss that is still too much, in the unit of the differences. */
	readonly margin: number;
	/** Lowest possible difference. */
	readonly lowest: number;
	/** Chance of passing at a loss of exactly the margin. */
	readonly falsePass: number;
}

/** How to simulate. */
export interface PowerSimulation {
	readonly random: Random;
	/** 300 by default: a power of 95 % is known within ±2.5 points. */
	readonly draws?: number;
}

/** More fixtures than this settle nothing that anybody would wait for. */
const MOST_FIXTURES = 20_000;

/**
 * Chance that a paired row passes with `fixtures` fixtures whose differences scatter as given: fixtures are drawn and tested. A normal
 * approximation promises four points too much where few fixtures are flaky, since the spread is then known badly. A power in 0..1.
 *
 * @throws RangeError when the spread is empty.
 * @example
 * passPower({ spread: [0], truth: 0, margin: 0.05, lowest: -1, falsePass: 0.05 }, 59, { random }); // 1: 0.95 ** 59 < 0.05
 */
export function passPower(
	design: PassDesign,
	fixtures: number,
	{ random, draws = 300 }: PowerSimulation,
): number {
	const { lowest, margin, falsePass, truth } = design;
	const middle = mean(design.spread) ?? 0;
	const pool = design.spread.map((value) => Math.max(lowest, value - middle + truth));
	// Without spread every draw is the same.
	const constant = pool.every((value) => value === pool[0]);
	const rounds = constant ? 1 : draws;
	let passes = 0;
	for (let round = 0; round < rounds; round++) {
		const sample = Array.from({ length: fixtures }, () => pool[drawIndex(pool.length, random)] ?? 0);
		if (boundedMeanP(countValues(sample), { mean: -margin, lowest }) <= falsePass) passes++;
	}
	return passes / rounds;
}

/**
 * Fixtures with which a paired row passes with this power, within a fiftieth; null where twenty thousand do not suffice.
 *
 * @throws RangeError when the power is not between 0 and 1, or the spread is empty.
 * @example
 * fixturesToPass({ spread: [0], truth: 0, margin: 0.05, lowest: -1, falsePass: 0.05 }, 0.95, { random }); // 59
 */
export function fixturesToPass(
	design: PassDesign,
	power: number,
	simulation: PowerSimulation,
): number | null {
	zOf(power);
	if (design.truth <= -design.margin) return null;
	const enough = (fixtures: number): boolean => passPower(design, fixtures, simulation) >= power;
	let [low, high] = [0, 16];
	while (!enough(high)) {
		if (high >= MOST_FIXTURES) return null;
		[low, high] = [high, high * 2];
	}
	const precision = design.spread.every((value) => value === design.spread[0]) ? 0 : 0.02;
	while (high - low > Math.max(1, high * precision)) {
		const middle = Math.ceil((low + high) / 2);
		if (enough(middle)) high = middle;
		else low = middle;
	}
	return high;
}

/** Normal quantile of the confidence with which a planned spread is not too small: 80 %. */
const CAUTION = 0.8416;

/**
 * Differences for planning a size: stretched about their mean until their variance is the upper 80 % limit of the true one. A size from the
 * spread as observed has less than its power in about half of the cases, since the spread is only an estimate (Browne 1995).
 *
 * @example
 * cautiousSpread([0, 0, 0, 0.5, -0.5, 0, 0, 0]); // the same, a little wider
 */
export function cautiousSpread(differences: readonly number[]): number[] {
	const middle = mean(differences) ?? 0;
	const square = mean(differences.map((value) => (value - middle) ** 2)) ?? 0;
	if (square === 0) return [...differences];
	const fourth = mean(differences.map((value) => (value - middle) ** 4)) ?? 0;
	const error = Math.sqrt(Math.max(0, fourth - square ** 2) / differences.length);
	const stretch = Math.sqrt((square + CAUTION * error) / square);
	return differences.map((value) => middle + stretch * (value - middle));
}

/**
 * Fixtures with which the one-sided sign-flip test shows a loss: the size for McNemar's test (Connor 1987) with the mean square of the
 * fixtures' differences in place of the share of pairs that change, which is what it is with one trial. Null where there is no loss.
 *
 * @throws RangeError when alpha or power is not between 0 and 1.
 * @example
 * fixturesToFail({ loss: 0.05, square: 0.15 }, { alpha: 0.025, power: 0.8 }); // 469, as tasksForPairs
 */
export function fixturesToFail(
	{ loss, square }: { readonly loss: number; readonly square: number },
	{ alpha, power }: { readonly alpha: number; readonly power: number },
): number | null {
	if (!(loss > 0)) return null;
	const spread =
		zOf(1 - 2 * alpha) * Math.sqrt(square) +
		normalQuantile(power) * Math.sqrt(Math.max(0, square - loss ** 2));
	return Math.ceil((spread / loss) ** 2);
}
