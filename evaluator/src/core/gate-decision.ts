import type { Refusal } from "./check-baseline.ts";
import type { CaseCounts, EvalRun } from "./evaluation.ts";
import type { GatePolicy, MetricRow } from "./gate-policy.ts";
import type { EarlyLook } from "./gate-stop.ts";
import type { RowEvidence } from "./row-evidence.ts";

export type GateVerdict = "pass" | "fail" | "inconclusive";

/** What a row of the gate is about. */
export type RowSubject =
	| { readonly kind: "outcome"; readonly margin: number }
	| { readonly kind: "step"; readonly step: string; readonly margin: number }
	| {
			readonly kind: "metric";
			readonly metric: string;
			readonly better: "higher" | "lower";
			readonly margin: number;
			readonly scale: NonNullable<MetricRow["scale"]>;
	  }
	| { readonly kind: "safety"; readonly metric: string; readonly atMost: number }
	| { readonly kind: "floor"; readonly atLeast: number };

/** What a row's size allows to say. */
export interface RowSize {
	/** Chance that an unchanged candidate passes this row at this size; null where the data do not say. */
	readonly power: number | null;
	/** Fixtures, with as many trials as now, that would settle the row if it is open; null where it is not, or no number would do. */
	readonly fixtures: number | null;
	/** Or trials of as many fixtures as now; null where it is not open, where more trials alone would not do, or one trial does not say. */
	readonly trials: number | null;
}

/** One row, decided. */
export interface RowDecision {
	readonly subject: RowSubject;
	readonly verdict: GateVerdict;
	/** False where the evaluation did not run to its end: the evidence is what there is so far. */
	readonly final: boolean;
	readonly evidence: RowEvidence;
	readonly size: RowSize;
	/** `pWorse` after Holm's correction over all rows; a row fails where this is at most its share of `falseBlock`. */
	readonly pWorseAdjusted: number | null;
}

/** A fixture whose trials disagree with each other in the baseline. */
export interface FlakyFixture {
	readonly fixtureId: string;
	readonly baseline: { readonly passed: number; readonly trials: number };
	readonly candidate: { readonly passed: number; readonly trials: number };
}

/** Why too little of an evaluation came back to decide by. */
export interface Shortage {
	readonly kind: "nothing" | "not-attempted" | "not-completed" | "unknown";
	readonly share: number;
	readonly allowed: number;
}

/** The gate's answer, with everything that it rests on. */
export interface GateDecision {
	readonly verdict: GateVerdict;
	readonly policy: GatePolicy;
	readonly candidate: { readonly run: EvalRun; readonly counts: CaseCounts };
	readonly baseline: { readonly run: EvalRun; readonly counts: CaseCounts } | null;
	readonly refusals: readonly Refusal[];
	readonly shortages: readonly Shortage[];
	readonly rows: readonly RowDecision[];
	readonly flaky: readonly FlakyFixture[];
	/** Where the evaluation was stopped because it was plainly worse; else null. */
	readonly stopped: EarlyLook | null;
}
