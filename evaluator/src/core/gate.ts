import { checkBaseline } from "./check-baseline.ts";
import { type CaseCounts, countCases, type Evaluation } from "./evaluation.ts";
import type {
	FlakyFixture,
	GateDecision,
	GateVerdict,
	RowDecision,
	RowSubject,
	Shortage,
} from "./gate-decision.ts";
import { BOUNDED, type GatePolicy, type PolicyRow } from "./gate-policy.ts";
import { EARLY_SHARE, type EarlyLook, lookEarly } from "./gate-stop.ts";
import { holm } from "./holm.ts";
import { type FixturePair, pairFixtures } from "./pair-fixtures.ts";
import { seededRandom } from "./random.ts";
import { metricReader, readOutcome, safetyReader, stepReader } from "./read-case.ts";
import { NO_EVIDENCE, type RowEvidence, type RowTest } from "./row-evidence.ts";
import { NO_SIZE, sizeRow } from "./size-row.ts";
import { testFloorRow, testSafetyRow } from "./test-absolute-row.ts";
import { testBoundedRow } from "./test-bounded-row.ts";
import { testRatioRow } from "./test-ratio-row.ts";

export interface GateOptions {
	/** Milliseconds since the epoch. */
	readonly now: number;
	/** Why the evaluation was stopped early, if it was. */
	readonly stopped?: EarlyLook | null;
	/** Say what the sizes allow and what would be needed, which is simulated; true by default. */
	readonly sizes?: boolean;
}

/**
 * Decides whether a deploy may pass: effective n first, then every row of the policy. The gate passes only where every row passes
 * (intersection–union: each row at `falsePass`, Berger 1982), and fails where any row is shown to be bad (Holm over rows, at `falseBlock`
 * together). Everything else is inconclusive, which blocks too: a refused baseline, too few results, a row that is open. Where a value is no
 * number there is no p-value, and without a small p-value nothing passes.
 *
 * @example
 * decideGate(candidate, baseline, completePolicy(), { now: Date.now() }).verdict;
 */
export function decideGate(
	candidate: Evaluation,
	baseline: Evaluation | null,
	policy: GatePolicy,
	{ now, stopped: live = null, sizes = true }: GateOptions,
): GateDecision {
	const counts = countCases(candidate.run, candidate.cases);
	const refusals = checkBaseline(baseline, candidate, policy, now);
	const comparable = refusals.length === 0 ? baseline : null;
	const short = shortagesOf(counts, policy);
	const stopped = live ?? stoppedBefore(candidate, comparable, short, policy);
	const shortages = stopped === null ? short : [];
	const partial =
		stopped !== null || shortages.some(({ kind }) => kind === "nothing" || kind === "not-attempted");
	const rows = partial
		? openRows(decideRows(candidate, comparable, policy, { partial, sizes: false }), stopped)
		: decideRows(candidate, comparable, policy, { partial, sizes });
	return {
		verdict: verdictOf({ rows, refusals, shortages, stopped }, policy),
		policy,
		candidate: { run: candidate.run, counts },
		baseline:
			baseline === null ? null : { run: baseline.run, counts: countCases(baseline.run, baseline.cases) },
		refusals,
		shortages,
		rows,
		flaky: comparable === null ? [] : flakyFixtures(pairFixtures(comparable, candidate)),
		stopped,
	};
}

/** What was never tried says nothing of the candidate: rows are then read from what ran, and none of them decides. */
function verdictOf(
	{ rows, refusals, shortages, stopped }: Pick<GateDecision, "rows" | "refusals" | "shortages" | "stopped">,
	policy: GatePolicy,
): GateVerdict {
	if (stopped?.stop) return "fail";
	if (shortages.some(({ kind }) => kind === "nothing" || kind === "not-attempted"))
		return policy.effective.otherwise;
	if (rows.some((row) => row.verdict === "fail")) return "fail";
	if (shortages.length > 0) return policy.effective.otherwise;
	const settled = refusals.length === 0 && rows.length > 0 && rows.every((row) => row.verdict === "pass");
	return settled ? "pass" : "inconclusive";
}

/** A stored evaluation that was cut short may have been so because it was plainly worse. */
function stoppedBefore(
	candidate: Evaluation,
	baseline: Evaluation | null,
	shortages: readonly Shortage[],
	policy: GatePolicy,
): EarlyLook | null {
	const cut = shortages.some(({ kind }) => kind === "not-attempted");
	if (!cut || baseline === null || !policy.earlyStop) return null;
	const look = lookEarly(baseline, candidate, policy);
	return look.stop ? look : null;
}

/** Rows of an evaluation that did not run to its end: none decides, but for the one by which it was stopped. */
const openRows = (rows: readonly RowDecision[], stopped: EarlyLook | null): RowDecision[] =>
	rows.map((row) => ({
		...row,
		final: false,
		verdict: stopped?.stop && row.subject.kind === "outcome" ? "fail" : "inconclusive",
	}));

/** The trials that the candidate has run, and the baseline's of the same numbers. */
function triedOnly(pairs: readonly FixturePair[]): FixturePair[] {
	return pairs
		.map(({ fixtureId, baseline, candidate }) => {
			const tried = candidate.map((one) => one !== null && one.status !== "missing");
			return {
				fixtureId,
				baseline: baseline.filter((_, trial) => tried[trial]),
				candidate: candidate.filter((_, trial) => tried[trial]),
			};
		})
		.filter(({ candidate }) => candidate.length > 0);
}

function shortagesOf({ planned, attempted, completed, unknown }: CaseCounts, policy: GatePolicy): Shortage[] {
	const { minCompleted, maxUnknown } = policy.effective;
	if (!(planned > 0 && attempted > 0)) return [{ kind: "nothing", share: 0, allowed: minCompleted }];
	const found: Shortage[] = [];
	if (!(attempted >= minCompleted * planned)) {
		found.push({ kind: "not-attempted", share: attempted / planned, allowed: minCompleted });
	} else if (!(completed >= minCompleted * planned)) {
		found.push({ kind: "not-completed", share: completed / planned, allowed: minCompleted });
	}
	if (!(unknown <= maxUnknown * completed)) {
		found.push({ kind: "unknown", share: unknown / completed, allowed: maxUnknown });
	}
	return found;
}

function decideRows(
	candidate: Evaluation,
	baseline: Evaluation | null,
	policy: GatePolicy,
	{ partial, sizes }: { readonly partial: boolean; readonly sizes: boolean },
): RowDecision[] {
	const pairs = partial ? triedOnly(pairFixtures(baseline, candidate)) : pairFixtures(baseline, candidate);
	const planned = partial ? pairs.length : candidate.run.planned / candidate.run.trials;
	const subjects = policy.rows.flatMap((row) => subjectsOf(row, candidate, baseline));
	const tested = subjects.map(({ row, subject }) => ({
		subject,
		evidence: testRow({ row, subject }, pairs, { candidate, baseline, policy, planned }),
	}));
	const adjusted = holm(tested.map(({ evidence }) => evidence.pWorse));
	const level = policy.falseBlock * (policy.earlyStop ? 1 - EARLY_SHARE : 1);
	return tested.map(({ subject, evidence }, at) => {
		const pWorseAdjusted = adjusted[at] ?? null;
		const verdict = rowVerdict(evidence, pWorseAdjusted, policy, level);
		const sized = { subject, evidence, open: verdict === "inconclusive", worse: verdict === "fail" };
		const size = sizes ? sizeRow(sized, policy, candidate.run.trials) : NO_SIZE;
		return { subject, verdict, final: true, evidence, size, pWorseAdjusted };
	});
}

/** In this order: a candidate that is worse, but by less than the margin, passes. That is what the margin is for. */
function rowVerdict(
	{ pMargin }: RowEvidence,
	pWorse: number | null,
	{ falsePass }: GatePolicy,
	level: number,
): GateVerdict {
	if (pMargin !== null && pMargin <= falsePass) return "pass";
	if (pWorse !== null && pWorse <= level) return "fail";
	return "inconclusive";
}

interface RowContext {
	readonly candidate: Evaluation;
	readonly baseline: Evaluation | null;
	readonly policy: GatePolicy;
	/** Fixtures that the row is about. */
	readonly planned: number;
}

interface Subject {
	readonly row: PolicyRow;
	readonly subject: RowSubject;
}

/** A policy's row is one row of the gate, or one for every step. */
function subjectsOf(row: PolicyRow, candidate: Evaluation, baseline: Evaluation | null): Subject[] {
	switch (row.kind) {
		case "outcome":
			return [{ row, subject: { kind: "outcome", margin: row.margin } }];
		case "steps":
			return stepNames([...(baseline?.cases ?? []), ...candidate.cases])
				.filter((step) => (row.only?.includes(step) ?? true) && !row.except?.includes(step))
				.filter((step) => row.only?.includes(step) || isJudged(step, (baseline ?? candidate).cases))
				.map((step) => ({ row, subject: { kind: "step", step, margin: row.margin } }));
		case "metric":
			return [
				{
					row,
					subject: {
						kind: "metric",
						metric: row.metric,
						better: row.better,
						margin: row.margin,
						scale: row.scale ?? BOUNDED,
					},
				},
			];
		case "safety":
			return [{ row, subject: { kind: "safety", metric: row.metric, atMost: row.atMost } }];
		case "floor":
			return [{ row, subject: { kind: "floor", atLeast: row.atLeast } }];
	}
}

/** In the order in which the runs name them, which is that of the pipeline. */
const stepNames = (cases: Evaluation["cases"]): string[] => [
	...new Set(cases.flatMap((one) => Object.keys(one.steps))),
];

/** Of a step that no check can judge in most runs nothing can be shown; it is a row only where the policy names it. */
function isJudged(step: string, cases: Evaluation["cases"]): boolean {
	const unread = cases.filter((one) => one.steps[step] === null).length;
	return unread <= cases.length / 2;
}

/** Resampled p-values are the same in every run on the same data. */
const SEED = 1;

function testRow(
	{ row, subject }: Subject,
	pairs: readonly FixturePair[],
	{ candidate, baseline, policy, planned }: RowContext,
): RowEvidence {
	const common = { falsePass: policy.falsePass, trials: candidate.run.trials };
	switch (row.kind) {
		case "safety": {
			const read = safetyReader(row.metric, row.above ?? 0);
			return testSafetyRow(pairs, { ...common, read, bound: row.atMost, planned });
		}
		case "floor":
			return testFloorRow(pairs, { ...common, read: readOutcome, bound: row.atLeast, planned });
		default:
			return baseline === null
				? NO_EVIDENCE
				: testPairedRow({ row, subject }, pairs, { ...common, maxUnread: policy.effective.maxUnknown });
	}
}

function testPairedRow(
	{ row, subject }: Subject,
	pairs: readonly FixturePair[],
	common: Omit<RowTest, "read"> & { readonly maxUnread: number },
): RowEvidence {
	const random = seededRandom(SEED);
	if (row.kind !== "metric") {
		const read = subject.kind === "step" ? stepReader(subject.step) : readOutcome;
		const margin = "margin" in row ? row.margin : 0;
		return testBoundedRow(pairs, { ...common, read, margin, lowest: 0, highest: 1, random });
	}
	const read = metricReader(row);
	const { margin, better, scale = BOUNDED } = row;
	if (scale.kind === "ratio") {
		return testRatioRow(pairs, { ...common, read, margin, better, random: () => seededRandom(SEED) });
	}
	const [lowest, highest] = better === "higher" ? [scale.min, scale.max] : [-scale.max, -scale.min];
	const evidence = testBoundedRow(pairs, {
		...common,
		read,
		margin,
		lowest,
		highest,
		random,
	});
	return better === "higher" ? evidence : negateLevels(evidence);
}

/** Readers negate what is better when lower; people see the metric as it is. */
const negateLevels = (evidence: RowEvidence): RowEvidence => ({
	...evidence,
	baseline: evidence.baseline === null ? null : 0 - evidence.baseline,
	candidate: evidence.candidate === null ? null : 0 - evidence.candidate,
});

/** Fixtures that pass in some trials of the baseline and fail in others. */
function flakyFixtures(pairs: readonly FixturePair[]): FlakyFixture[] {
	const tally = (cases: FixturePair["baseline"]): FlakyFixture["baseline"] => {
		const read = cases.map(readOutcome).filter((value) => value !== null);
		return { passed: read.filter((value) => value === 1).length, trials: read.length };
	};
	return pairs
		.map((pair) => ({
			fixtureId: pair.fixtureId,
			baseline: tally(pair.baseline),
			candidate: tally(pair.candidate),
		}))
		.filter(({ baseline }) => baseline.passed > 0 && baseline.passed < baseline.trials);
}
