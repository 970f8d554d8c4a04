import { boundedMeanLimit, boundedMeanP, countValues } from "./bounded-mean.ts";
import { mean, sum, variance } from "./moments.ts";
import type { FixturePair } from "./pair-fixtures.ts";
import type { Random } from "./random.ts";
import { ofBaseline } from "./read-case.ts";
import { NO_EVIDENCE, type RowEvidence, type RowTest } from "./row-evidence.ts";
import { randomSignFlipP, signFlipP } from "./sign-flip.ts";

/** A paired row whose values lie between two ends: outcomes, steps, scores. */
export interface BoundedTest extends RowTest {
	readonly margin: number;
	/** The ends of what `read` gives. */
	readonly lowest: number;
	readonly highest: number;
	readonly random: Random;
}

/**
 * Tests a paired row on a bounded scale; a fixture with its trials is one cluster. Passing is judged with everything unread counted against
 * the candidate, by Gaffke's test over fixtures (`boundedMeanP`). Being worse is judged on the trials that were read on both sides, by
 * the sign-flip test over fixtures: exact for counts, by random flips for scores.
 *
 * @example
 * testBoundedRow(pairs, { read: readOutcome, margin: 0.05, lowest: 0, highest: 1, falsePass: 0.05, trials: 4, random });
 */
export function testBoundedRow(pairs: readonly FixturePair[], test: BoundedTest): RowEvidence {
	const lowest = test.lowest - test.highest;
	const read = pairs.map((pair) => readPair(pair, test)).filter((pair) => pair.paired);
	if (read.length === 0) return NO_EVIDENCE;
	const differences = read.map(({ before, after }) => after - before);
	const counts = countValues(differences);
	return {
		baseline: mean(read.map(({ before }) => before)),
		candidate: mean(read.map(({ after }) => after)),
		difference: mean(differences),
		limit: boundedMeanLimit(counts, { lowest, alpha: test.falsePass }),
		pMargin: boundedMeanP(counts, { mean: -test.margin, lowest }),
		pWorse: worseP(
			read.flatMap((pair) => pair.known ?? []),
			test.random,
		),
		fixtures: read.length,
		unread: sum(read.map((pair) => pair.unread)),
		worsened: differences.filter((difference) => difference < 0).length,
		improved: differences.filter((difference) => difference > 0).length,
		values: differences,
		noise: test.trials < 2 ? [] : read.map((pair) => (2 * (mean(pair.variances) ?? 0)) / test.trials),
	};
}

interface ReadPair {
	/** False where the baseline ran and nobody could tell either: the fixture says nothing, and is left out. */
	readonly paired: boolean;
	/** Means over trials; everything unread counts against the candidate. */
	readonly before: number;
	readonly after: number;
	/** Over the trials that were read on both sides, what the candidate's add up to less the baseline's; null where there are none. */
	readonly known: number | null;
	readonly unread: number;
	/** Between the trials of each side. */
	readonly variances: readonly number[];
}

function readPair(pair: FixturePair, { read, lowest, highest }: BoundedTest): ReadPair {
	const [earlier, later] = [pair.baseline.map(ofBaseline(read)), pair.candidate.map(read)];
	const [before, after] = [
		earlier.filter((value) => value !== null),
		later.filter((value) => value !== null),
	];
	const both = earlier.flatMap((value, trial) => {
		const other = later[trial] ?? null;
		return value === null || other === null ? [] : [other - value];
	});
	return {
		// What the baseline never ran is taken to have been best: its gaps must not make room.
		paired: before.length > 0 || pair.baseline.every((one) => one === null || one.status === "missing"),
		before: mean(before) ?? highest,
		after: mean(later.map((value) => value ?? lowest)) ?? lowest,
		known: both.length === 0 ? null : sum(both),
		unread: later.length - after.length,
		variances: [before, after].flatMap((side) => variance(side) ?? []),
	};
}

function worseP(differences: readonly number[], random: Random): number | null {
	if (differences.length === 0) return null;
	return differences.every(Number.isInteger) ? signFlipP(differences) : randomSignFlipP(differences, random);
}
