import { mean, sum, variance } from "./moments.ts";
import type { FixturePair } from "./pair-fixtures.ts";
import type { Random } from "./random.ts";
import { NO_EVIDENCE, type RowEvidence, type RowTest } from "./row-evidence.ts";
import { randomSignFlipP } from "./sign-flip.ts";

/** A paired row of positive numbers without an upper end: `read` gives logarithms, higher is better. */
export interface RatioTest extends RowTest {
	readonly better: "higher" | "lower";
	/** Share of the baseline by which it may get worse. */
	readonly margin: number;
	/** Where a larger share of the candidate's cases could not be read, the row cannot pass. */
	readonly maxUnread: number;
	/** The same stream at every call, so that limits and p-values agree. */
	random(): Random;
}

/**
 * Tests a row of latencies or costs by the ratio of each fixture's geometric means: sign flips of the logarithms around the margin for
 * passing, around no change for being worse. Assumes that an unchanged fixture's logarithm differs in either direction alike. A ratio has
 * no worst value, so what was not read is left out, and where that is much the row cannot pass.
 *
 * @example
 * testRatioRow(pairs, { read, better: "lower", margin: 0.1, maxUnread: 0.05, falsePass: 0.05, trials: 3, random: () => seededRandom(1) });
 */
export function testRatioRow(pairs: readonly FixturePair[], test: RatioTest): RowEvidence {
	const sides = pairs.flatMap((pair) => {
		const before = mean(pair.baseline.map(test.read).filter((value) => value !== null));
		const after = mean(pair.candidate.map(test.read).filter((value) => value !== null));
		return before === null || after === null ? [] : [{ before, after }];
	});
	const unread = sum(pairs.map((pair) => pair.candidate.filter((one) => test.read(one) === null).length));
	const differences = sides.map(({ before, after }) => after - before);
	const middle = mean(differences);
	if (middle === null) return { ...NO_EVIDENCE, unread };
	const spread = Math.sqrt(variance(differences) ?? 0);
	const lower = test.better === "lower";
	const margin = lower ? Math.log1p(test.margin) : -Math.log1p(-test.margin);
	const asRatio = (value: number): number => (lower ? -Math.expm1(-value) : Math.expm1(value));
	const level = (values: readonly number[]): number => Math.exp((lower ? -1 : 1) * (mean(values) ?? 0));
	// Small where the truth is above `from`.
	const aboveP = (from: number): number =>
		randomSignFlipP(
			differences.map((value) => from - value),
			test.random(),
		);
	return {
		...NO_EVIDENCE,
		baseline: level(sides.map(({ before }) => before)),
		candidate: level(sides.map(({ after }) => after)),
		difference: asRatio(middle),
		limit: asRatio(lowerLimit(aboveP, { middle, spread, alpha: test.falsePass })),
		pMargin:
			unread <= test.maxUnread * sum(pairs.map((pair) => pair.candidate.length)) ? aboveP(-margin) : null,
		pWorse: randomSignFlipP(differences, test.random()),
		fixtures: differences.length,
		unread,
		worsened: differences.filter((value) => value < 0).length,
		improved: differences.filter((value) => value > 0).length,
		values: differences,
	};
}

/** The lowest mean that is not rejected, within ten standard deviations. */
function lowerLimit(
	aboveP: (from: number) => number,
	{ middle, spread, alpha }: { readonly middle: number; readonly spread: number; readonly alpha: number },
): number {
	let low = middle - 10 * spread - 1e-6;
	let high = middle;
	for (let step = 0; step < 12; step++) {
		const at = (low + high) / 2;
		if (aboveP(at) <= alpha) low = at;
		else high = at;
	}
	return low;
}
