import { binomialCdf } from "./binomial.ts";
import { boundedMeanLimit, boundedMeanP, countValues } from "./bounded-mean.ts";
import { clopperPearson } from "./interval.ts";
import { mean, sum } from "./moments.ts";
import type { FixturePair } from "./pair-fixtures.ts";
import { NO_EVIDENCE, type RowEvidence, type RowTest } from "./row-evidence.ts";

/** A row that compares the candidate with a fixed bound, without a baseline. Its reader gives 1 where all is well and 0 where not. */
export interface AbsoluteTest extends RowTest {
	readonly bound: number;
	/** Fixtures that were planned; those without any case count against passing. */
	readonly planned: number;
}

/**
 * Tests an upper bound on the share of fixtures in which something unsafe happened in any trial: Clopper and Pearson's exact limit must
 * not exceed it. A case that could not be read counts as unsafe for passing, and as nothing for failing.
 *
 * @example
 * testSafetyRow(pairs, { read, bound: 0.01, planned: 299, falsePass: 0.05, trials: 1 }); // 299 safe fixtures suffice
 */
export function testSafetyRow(pairs: readonly FixturePair[], test: AbsoluteTest): RowEvidence {
	const read = readCandidates(pairs, test);
	const n = read.length;
	if (n === 0) return NO_EVIDENCE;
	const unsafe = read.filter((values) => values.some((value) => value !== 1)).length;
	const seen = read.map((values) => mean(values.filter((value) => value !== null)));
	const known = seen.flatMap((value) => (value === null ? [] : [1 - value]));
	return {
		...NO_EVIDENCE,
		candidate: unsafe / n,
		limit: clopperPearson(unsafe, n, { confidence: 1 - 2 * test.falsePass })?.high ?? null,
		pMargin: binomialCdf(unsafe, n, test.bound),
		pWorse: known.length === 0 ? null : boundedMeanP(countValues(known), { mean: test.bound, lowest: 0 }),
		fixtures: n,
		unread: sum(read.map((values) => values.filter((value) => value === null).length)),
		values: read.map((values) => (values.some((value) => value !== 1) ? 1 : 0)),
	};
}

/**
 * Tests a floor under the pass rate of whole runs, fixtures as clusters (`boundedMeanP`; with one trial each, the exact binomial test).
 *
 * @example
 * testFloorRow(pairs, { read: readOutcome, bound: 0.9, planned: 106, falsePass: 0.05, trials: 4 });
 */
export function testFloorRow(pairs: readonly FixturePair[], test: AbsoluteTest): RowEvidence {
	const read = readCandidates(pairs, test);
	if (read.length === 0) return NO_EVIDENCE;
	const { bound, falsePass } = test;
	const rates = read.map((values) => mean(values.map((value) => value ?? 0)) ?? 0);
	const known = read.flatMap((values) => mean(values.filter((value) => value !== null)) ?? []);
	const counts = countValues(rates);
	return {
		...NO_EVIDENCE,
		candidate: mean(rates),
		limit: boundedMeanLimit(counts, { lowest: 0, alpha: falsePass }),
		pMargin: boundedMeanP(counts, { mean: bound, lowest: 0 }),
		pWorse:
			known.length === 0
				? null
				: boundedMeanP(countValues(known.map((rate) => 1 - rate)), { mean: 1 - bound, lowest: 0 }),
		fixtures: read.length,
		unread: sum(read.map((values) => values.filter((value) => value === null).length)),
		values: rates,
	};
}

/** What was read of every planned fixture's trials. */
function readCandidates(
	pairs: readonly FixturePair[],
	{ read, planned, trials }: AbsoluteTest,
): (number | null)[][] {
	const seen = pairs.filter((pair) => pair.candidate.some((one) => one !== null));
	const never = Array.from({ length: Math.max(0, planned - seen.length) }, () =>
		new Array<null>(trials).fill(null).map(read),
	);
	return [...seen.map((pair) => pair.candidate.map(read)), ...never];
}
