import { binomialCdf } from "./binomial.ts";
import type { RowSize, RowSubject } from "./gate-decision.ts";
import type { GatePolicy } from "./gate-policy.ts";
import { cautiousSpread, fixturesToFail, fixturesToPass, type PassDesign, passPower } from "./gate-power.ts";
import { zOf } from "./interval.ts";
import { mean, variance } from "./moments.ts";
import { normalQuantile } from "./normal.ts";
import { seededRandom } from "./random.ts";
import type { RowEvidence } from "./row-evidence.ts";

/** Where the data do not say. */
export const NO_SIZE: RowSize = { power: null, fixtures: null, trials: null };

/** A row and whether the data left it open. */
export interface SizedRow {
	readonly subject: RowSubject;
	readonly evidence: RowEvidence;
	readonly open: boolean;
	/** The row is worse: its differences hold a real change, so that they do not say how an unchanged candidate scatters. */
	readonly worse: boolean;
}

const SEED = 2;

/**
 * What a row's size allows: the chance that an unchanged candidate passes it, and, where it is open, the size with which it would be
 * settled with probability 1 − `falseBlock` if the truth is what was observed.
 *
 * @example
 * sizeRow({ subject, evidence, open: true, worse: false }, policy, 4).fixtures; // 140
 */
export function sizeRow(
	{ subject, evidence, open, worse }: SizedRow,
	policy: GatePolicy,
	trials: number,
): RowSize {
	if (evidence.values.length === 0) return NO_SIZE;
	switch (subject.kind) {
		case "safety":
			return open ? { ...NO_SIZE, fixtures: fixturesForSafety(evidence, subject.atMost, policy) } : NO_SIZE;
		case "floor":
			return open ? { ...NO_SIZE, fixtures: fixturesForFloor(evidence, subject.atLeast, policy) } : NO_SIZE;
		case "metric":
			if (subject.scale.kind === "ratio") {
				return open ? { ...NO_SIZE, fixtures: fixturesForRatio(evidence, subject, policy) } : NO_SIZE;
			}
			return sizePaired(
				evidence,
				{ margin: subject.margin, lowest: subject.scale.min - subject.scale.max, open, worse, trials },
				policy,
			);
		default:
			return sizePaired(evidence, { margin: subject.margin, lowest: -1, open, worse, trials }, policy);
	}
}

interface PairedSize {
	readonly margin: number;
	readonly lowest: number;
	readonly open: boolean;
	readonly worse: boolean;
	readonly trials: number;
}

function sizePaired(
	{ values, noise }: RowEvidence,
	{ margin, lowest, open, worse, trials }: PairedSize,
	{ falsePass, falseBlock }: GatePolicy,
): RowSize {
	const design = { margin, lowest, falsePass };
	if (worse && noise.length === 0) return NO_SIZE;
	// The differences hold all that two evaluations differ by, also what all trials of one side share (a bad hour); but a real change
	// as well, and where there is one, the scatter of the trials has to do.
	const unchanged = worse ? noise.flatMap(bothWays) : values;
	const power = passPower({ ...design, spread: unchanged, truth: 0 }, values.length, {
		random: seededRandom(SEED),
	});
	if (!open) return { ...NO_SIZE, power };
	const observed = mean(values) ?? 0;
	const wanted = { design: { ...design, truth: Math.min(0, observed) }, power: 1 - falseBlock };
	const toPass = fixturesToPass({ ...wanted.design, spread: cautiousSpread(values) }, wanted.power, {
		random: seededRandom(SEED),
	});
	const square = mean(values.map((value) => value ** 2)) ?? 0;
	const toFail = fixturesToFail({ loss: -observed, square }, { alpha: falseBlock, power: wanted.power });
	const sizes = [toPass, toFail].filter((size) => size !== null);
	const fixtures = sizes.length === 0 ? null : Math.max(Math.min(...sizes), values.length + 1);
	return {
		power,
		fixtures,
		trials: noise.length === 0 ? null : moreTrials({ values, noise, trials }, wanted),
	};
}

const MOST_TRIALS = 32;

/** Trials that shrink the scatter within fixtures enough; what fixtures differ by beyond it stays. */
function moreTrials(
	{
		values,
		noise,
		trials,
	}: { readonly values: readonly number[]; readonly noise: readonly number[]; readonly trials: number },
	{ design, power }: { readonly design: Omit<PassDesign, "spread">; readonly power: number },
): number | null {
	const between = Math.max(0, (variance(values) ?? 0) - (mean(noise) ?? 0));
	for (let more = 2 * trials; more <= MOST_TRIALS; more *= 2) {
		const spread = noise.flatMap((one) => bothWays(between + (one * trials) / more));
		if (passPower({ ...design, spread }, values.length, { random: seededRandom(SEED) }) >= power) return more;
	}
	return null;
}

const bothWays = (variance: number): number[] => [-Math.sqrt(variance), Math.sqrt(variance)];

const MOST_FIXTURES = 100_000;

/** Fixtures with which the limit falls to the bound if unsafe ones stay as frequent; null where they are too frequent. */
function fixturesForSafety({ values }: RowEvidence, bound: number, { falsePass }: GatePolicy): number | null {
	const rate = mean(values) ?? 0;
	if (rate >= bound) return null;
	let n = Math.max(values.length + 1, Math.ceil(Math.log(falsePass) / Math.log1p(-bound)));
	while (n < MOST_FIXTURES && binomialCdf(Math.round(rate * n), n, bound) > falsePass)
		n = Math.ceil(n * 1.02);
	return n < MOST_FIXTURES ? n : null;
}

function fixturesForFloor(
	{ values }: RowEvidence,
	bound: number,
	{ falsePass, falseBlock }: GatePolicy,
): number | null {
	const level = mean(values) ?? 0;
	const design = {
		spread: cautiousSpread(values),
		truth: level - 1,
		margin: 1 - bound,
		lowest: -1,
		falsePass,
	};
	return fixturesToPass(design, 1 - falseBlock, { random: seededRandom(SEED) });
}

/** Normal sample size for a mean of logarithms against the margin, at the observed mean where that is a loss. */
function fixturesForRatio(
	{ values }: RowEvidence,
	{ better, margin }: { readonly better: "higher" | "lower"; readonly margin: number },
	{ falsePass, falseBlock }: GatePolicy,
): number | null {
	const allowed = better === "lower" ? Math.log1p(margin) : -Math.log1p(-margin);
	const distance = Math.min(0, mean(values) ?? 0) + allowed;
	if (distance <= 0) return null;
	const z = zOf(1 - 2 * falsePass) + normalQuantile(1 - falseBlock);
	// Fewer than this many fixtures have too few ways to flip signs.
	const least = Math.ceil(-Math.log2(falsePass)) + 1;
	return Math.max(least, values.length + 1, Math.ceil(z ** 2 * ((variance(values) ?? 0) / distance ** 2)));
}
