import type { CaseReader } from "./read-case.ts";

/** What every row of the gate is tested with. */
export interface RowTest {
	readonly read: CaseReader;
	readonly falsePass: number;
	/** Trials of every fixture. */
	readonly trials: number;
}

/** What the data say of one row, before the policy's error rates are applied to all rows together. */
export interface RowEvidence {
	/** Levels on both sides; null where there is nothing to average, or no other side. */
	readonly baseline: number | null;
	readonly candidate: number | null;
	/** Candidate less baseline (on a ratio scale: over baseline, less 1), higher is better; of an absolute row, null. */
	readonly difference: number | null;
	/** One-sided confidence limit at `falsePass` on the harmful side: of the difference, of an absolute row the level. */
	readonly limit: number | null;
	/** p-value against "worse by the margin or more" (or "beyond the bound"): small where the row may pass. */
	readonly pMargin: number | null;
	/** p-value against "nothing changed" (or "within the bound"): small where the candidate is worse. */
	readonly pWorse: number | null;
	/** Fixtures that were tested, and cases of the candidate that could not be read and count against passing. */
	readonly fixtures: number;
	readonly unread: number;
	readonly worsened: number;
	readonly improved: number;
	/** One number per fixture, on the scale of the test: its difference, of an absolute row its level. */
	readonly values: readonly number[];
	/** Per fixture, the variance that its difference would have if nothing had changed, from the scatter of its trials; empty where one trial does not say. */
	readonly noise: readonly number[];
}

/** A row about which there are no data. */
export const NO_EVIDENCE: RowEvidence = {
	baseline: null,
	candidate: null,
	difference: null,
	limit: null,
	pMargin: null,
	pWorse: null,
	fixtures: 0,
	unread: 0,
	worsened: 0,
	improved: 0,
	values: [],
	noise: [],
};
