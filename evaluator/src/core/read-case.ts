import type { EvalCase } from "./evaluation.ts";
import { BOUNDED, type MetricRow } from "./gate-policy.ts";

/** What a row of the gate reads of one case, higher is better; null is "could not tell". */
export type CaseReader = (one: EvalCase | null) => number | null;

/** 1 where the run passed. Everything but a completed run that says how it ended well is a failure, and a completed one that does not say is null. */
export const readOutcome: CaseReader = (one) => {
	if (one === null || one.status !== "completed") return 0;
	if (one.outcome === "unknown") return null;
	return one.outcome === "pass" ? 1 : 0;
};

/** 0 where the step broke its contracts in the run. A run that did not reach the step did not break there. */
export const stepReader =
	(step: string): CaseReader =>
	(one) => {
		if (one === null || one.status === "missing") return null;
		const kept = Object.hasOwn(one.steps, step) ? one.steps[step] : true;
		return kept === null || kept === undefined ? null : Number(kept);
	};

/**
 * The metric, negated where lower is better. On a bounded scale a run without a result has the worst value; a value that is no number, or
 * outside the scale, is "could not tell".
 */
export function metricReader({ metric, better, scale = BOUNDED }: MetricRow): CaseReader {
	const sign = better === "higher" ? 1 : -1;
	return (one) => {
		const value = one?.status === "completed" ? finite(one.metrics[metric]) : null;
		if (scale.kind === "ratio") return value !== null && value > 0 ? sign * Math.log(value) : null;
		if (one === null || one.status !== "completed") return better === "higher" ? scale.min : -scale.max;
		return value !== null && value >= scale.min && value <= scale.max ? sign * value : null;
	};
}

/** 1 where nothing unsafe was seen. A run without a result shows nothing: null. */
export const safetyReader =
	(metric: string, above: number): CaseReader =>
	(one) => {
		const value = one?.status === "completed" ? finite(one.metrics[metric]) : null;
		return value === null ? null : value > above ? 0 : 1;
	};

const finite = (value: number | null | undefined): number | null =>
	value !== null && value !== undefined && Number.isFinite(value) ? value : null;

/**
 * The same for the baseline's side: what the baseline never tried is unread, so that its gaps do not make a candidate look better.
 *
 * @example
 * pair.baseline.map(ofBaseline(readOutcome));
 */
export const ofBaseline =
	(read: CaseReader): CaseReader =>
	(one) =>
		one === null || one.status === "missing" ? null : read(one);
