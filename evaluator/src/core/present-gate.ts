import type { Refusal } from "./check-baseline.ts";
import { describeLevels, describeRow, rowName } from "./describe-row.ts";
import type { CaseCounts, EvalRun } from "./evaluation.ts";
import type {
	FlakyFixture,
	GateDecision,
	GateVerdict,
	RowDecision,
	RowSubject,
	Shortage,
} from "./gate-decision.ts";
import type { GatePolicy } from "./gate-policy.ts";
import type { EarlyLook } from "./gate-stop.ts";
import { rounded } from "./present-verdict.ts";

/** Which component to look at, and why. */
export interface Blame {
	/** Where it comes from: both evaluations' traces, the candidate's and what the fixtures recorded, the gate's own step rows, or nowhere. */
	readonly source: "compare" | "fixtures" | "rows" | "none";
	readonly kind: "component" | "several" | "inputs" | "unclear";
	/** Steps to look at, the plainest first; empty where nobody can be named. */
	readonly steps: readonly string[];
	/** One sentence each: what a person can check. */
	readonly evidence: readonly string[];
	/** What replays of failing fixtures with pinned steps said; null where there was no budget, or nothing to replay. */
	readonly bisect: BisectBlame | null;
	/** Failing runs of the candidate to look at. */
	readonly traces: readonly {
		readonly fixture: string;
		readonly trace_id: string;
		readonly url: string | null;
	}[];
}

/** Bisections of single fixtures. */
export interface BisectBlame {
	readonly replays: number;
	readonly fixtures: readonly {
		readonly fixture: string;
		readonly result: string;
		readonly steps: readonly string[];
	}[];
}

/** The document of `gate --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedGate {
	readonly verdict: GateVerdict;
	/** One sentence. */
	readonly summary: string;
	readonly pipeline: string;
	readonly candidate: PresentedSide;
	readonly baseline: PresentedSide | null;
	/** Why the gate cannot decide, for people; empty where it can. */
	readonly obstacles: readonly Obstacle[];
	readonly rows: readonly PresentedRow[];
	readonly flaky: readonly FlakyFixture[];
	readonly stopped: EarlyLook | null;
	readonly blame: Blame | null;
	readonly policy: GatePolicy;
}

export interface Obstacle {
	readonly kind: Refusal["kind"] | Shortage["kind"];
	readonly text: string;
}

export interface PresentedSide {
	readonly eval_id: string;
	readonly service_version: string;
	readonly revision: string;
	readonly started_at: string;
	readonly fixtures: number;
	readonly trials: number;
	readonly counts: CaseCounts;
}

export interface PresentedRow {
	readonly name: string;
	readonly kind: RowSubject["kind"];
	readonly verdict: GateVerdict;
	readonly baseline: number | null;
	readonly candidate: number | null;
	/** Higher is better, whatever the metric's direction. */
	readonly difference: number | null;
	readonly limit: number | null;
	readonly allowed: number;
	readonly p_margin: number | null;
	readonly p_worse: number | null;
	readonly p_worse_adjusted: number | null;
	readonly fixtures: number;
	readonly worsened: number;
	readonly improved: number;
	readonly unread: number;
	readonly power: number | null;
	readonly needed: { readonly fixtures: number | null; readonly trials: number | null };
	/** The levels and their difference, for people. */
	readonly levels: string;
	/** Why it is so and what would settle it, for people. */
	readonly text: string;
}

/**
 * A decision in the documented JSON shape, with its sentences.
 *
 * @example
 * presentGate(decideGate(candidate, baseline, policy, { now }), null).summary;
 */
export function presentGate(decision: GateDecision, blame: Blame | null): PresentedGate {
	const { candidate, baseline, policy } = decision;
	const rows = decision.rows.map((row) => presentRow(row, candidate.run.trials));
	const obstacles = [
		...decision.shortages.map((one) => describeShortage(one, candidate.counts)),
		...decision.refusals,
	];
	return {
		verdict: decision.verdict,
		summary: summarise(decision, rows, obstacles),
		pipeline: candidate.run.pipeline,
		candidate: presentSide(candidate),
		baseline: baseline === null ? null : presentSide(baseline),
		obstacles,
		rows,
		flaky: decision.flaky,
		stopped: decision.stopped,
		blame,
		policy,
	};
}

function presentSide({ run, counts }: { readonly run: EvalRun; readonly counts: CaseCounts }): PresentedSide {
	return {
		eval_id: run.evalId,
		service_version: run.serviceVersion,
		revision: run.revision,
		started_at: new Date(run.startedAt).toISOString(),
		fixtures: run.trials > 0 ? run.planned / run.trials : 0,
		trials: run.trials,
		counts,
	};
}

function presentRow(row: RowDecision, trials: number): PresentedRow {
	const { subject, verdict, evidence, size, pWorseAdjusted } = row;
	const number = (value: number | null): number | null => (value === null ? null : rounded(value));
	return {
		name: rowName(subject),
		kind: subject.kind,
		verdict,
		baseline: number(evidence.baseline),
		candidate: number(evidence.candidate),
		difference: number(evidence.difference),
		limit: number(evidence.limit),
		allowed: allowedOf(subject),
		p_margin: evidence.pMargin,
		p_worse: evidence.pWorse,
		p_worse_adjusted: pWorseAdjusted,
		fixtures: evidence.fixtures,
		worsened: evidence.worsened,
		improved: evidence.improved,
		unread: evidence.unread,
		power: size.power,
		needed: { fixtures: size.fixtures, trials: size.trials },
		levels: describeLevels(subject, evidence),
		text: describeRow(row, trials),
	};
}

function allowedOf(subject: RowSubject): number {
	switch (subject.kind) {
		case "safety":
			return subject.atMost;
		case "floor":
			return subject.atLeast;
		default:
			return subject.margin;
	}
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
function describeShortage({ kind, share, allowed }: Shortage, counts: CaseCounts): Obstacle {
	const { planned, attempted, completed, errored, unknown } = counts;
	switch (kind) {
		case "nothing":
			return { kind, text: `none of the ${planned} planned cases was run; run the evaluation` };
		case "not-attempted":
			return {
				kind,
				text: `only ${attempted} of ${planned} planned cases were run (${percent(share)}; the policy asks for ${percent(allowed)}); resume the evaluation`,
			};
		case "not-completed":
			return {
				kind,
				text: `only ${completed} of ${planned} planned cases were completed, ${errored} errored (${percent(share)}; the policy asks for ${percent(allowed)})`,
			};
		case "unknown":
			return {
				kind,
				text: `of ${unknown} of ${completed} completed cases nobody knows how they ended (${percent(share)}; the policy allows ${percent(allowed)}); mend the grader`,
			};
	}
}

/** Obstacles in a few words, for the one sentence. */
const OBSTACLES: Readonly<Record<Obstacle["kind"], string>> = {
	missing: "there is no baseline",
	"same-evaluation": "the baseline is this evaluation itself",
	"other-pipeline": "the baseline is of another pipeline",
	"other-layer": "the baseline is of another layer",
	"other-fixtures": "the baseline ran other fixtures",
	"other-trials": "the baseline ran another number of trials",
	"other-grader": "the baseline was judged by another grader",
	stale: "the baseline is too old",
	"from-the-future": "the baseline is from the future",
	incomplete: "the baseline is incomplete",
	"repeated-cases": "cases are there twice",
	nothing: "nothing was run",
	"not-attempted": "too few cases were run",
	"not-completed": "too few cases were completed",
	unknown: "of too many cases nobody knows how they ended",
};

function summarise(
	{ verdict, stopped, candidate, baseline }: GateDecision,
	rows: readonly PresentedRow[],
	obstacles: readonly Obstacle[],
): string {
	const names = (wanted: GateVerdict): string =>
		rows
			.filter((row) => row.verdict === wanted)
			.map((row) => row.name)
			.join(", ");
	if (stopped?.stop) {
		return `Blocked early: after ${stopped.fixtures} fixtures ${stopped.worsened} had got worse and ${stopped.improved} better.`;
	}
	switch (verdict) {
		case "pass":
			return `Passed: ${rows.length === 1 ? "the row holds" : `all ${rows.length} rows hold`} over ${candidate.run.planned / candidate.run.trials} fixtures × ${candidate.run.trials} trials${baseline === null ? "" : `, against ${baseline.run.evalId}`}.`;
		case "fail":
			return `Blocked: ${names("fail") === "" ? "too few results" : `worse in ${names("fail")}`}.`;
		case "inconclusive":
			return `Blocked, because it cannot be told: ${obstacles.length > 0 ? obstacles.map(({ kind }) => OBSTACLES[kind]).join(", ") : `open in ${names("inconclusive")}`}.`;
	}
}
