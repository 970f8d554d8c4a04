import type { DeployCalibration } from "./calibrate-judges.ts";
import type { Estimated } from "./difference.ts";
import type { CorrectedShare, FailureEstimate, WeekEstimate } from "./estimate-failures.ts";
import type { Coefficient, RaterAgreement } from "./rater-agreement.ts";

/** An estimate of `estimate --json` and `judge calibrate --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedEstimate {
	readonly value: number;
	readonly interval: readonly [number, number];
}

export interface PresentedShare {
	readonly runs: number;
	readonly labels: number;
	readonly effective_labels: number;
	readonly corrected:
		| (PresentedEstimate & { readonly lambda: number; readonly effective_runs: number })
		| null;
	readonly labels_alone: PresentedEstimate | null;
	readonly judge_alone: number | null;
	readonly missing_labels: number;
}

export interface PresentedFailures {
	readonly judge: { readonly name: string; readonly version: string } | null;
	readonly unsure: number;
	readonly deploys: readonly {
		readonly pipeline: string;
		readonly service_version: string;
		readonly end_to_end: PresentedShare;
		readonly steps: readonly ({ readonly step: string } & PresentedShare)[];
		readonly unusable_labels: number;
	}[];
	readonly weeks: readonly {
		readonly pipeline: string;
		readonly week: string;
		readonly end_to_end: PresentedShare;
		readonly change: PresentedEstimate | null;
	}[];
}

/** Estimates in the documented JSON shape. */
export function presentFailures(found: {
	readonly judge: PresentedFailures["judge"];
	readonly unsure: number;
	readonly deploys: readonly FailureEstimate[];
	readonly weeks: readonly WeekEstimate[];
}): PresentedFailures {
	return {
		judge: found.judge,
		unsure: found.unsure,
		deploys: found.deploys.map((deploy) => ({
			pipeline: deploy.pipeline,
			service_version: deploy.serviceVersion,
			end_to_end: presentShare(deploy.endToEnd),
			steps: deploy.steps.map(({ step, ...share }) => ({ step, ...presentShare(share) })),
			unusable_labels: deploy.unusable,
		})),
		weeks: found.weeks.map((week) => ({
			pipeline: week.pipeline,
			week: new Date(week.weekMs).toISOString().slice(0, 10),
			end_to_end: presentShare(week.endToEnd),
			change: presentEstimate(week.change),
		})),
	};
}

function presentShare(share: CorrectedShare): PresentedShare {
	const corrected = presentEstimate(share.corrected);
	return {
		runs: share.runs,
		labels: share.labels,
		effective_labels: share.effectiveLabels,
		corrected:
			share.corrected === null || corrected === null
				? null
				: { ...corrected, lambda: share.corrected.lambda, effective_runs: share.corrected.effectiveRuns },
		labels_alone: presentEstimate(share.labelsAlone),
		judge_alone: share.judgeAlone,
		missing_labels: share.missing,
	};
}

const presentEstimate = (found: Estimated | null): PresentedEstimate | null =>
	found === null ? null : { value: found.estimate, interval: [found.low, found.high] };

export interface PresentedCoefficient {
	readonly value: number | null;
	readonly interval: readonly [number, number] | null;
	readonly items: number;
}

export interface PresentedCalibration {
	readonly judge: string;
	readonly version: string;
	readonly pipeline: string;
	readonly service_version: string;
	readonly scores: number;
	readonly without_answer: number;
	readonly judge_fails: number | null;
	readonly labels: number;
	readonly effective_labels: number;
	readonly labels_without_answer: number;
	readonly labels_without_chance: number;
	readonly failed: number;
	readonly passed: number;
	readonly base_rate: PresentedEstimate | null;
	readonly sensitivity: PresentedEstimate | null;
	readonly specificity: PresentedEstimate | null;
	readonly kappa: Omit<PresentedCoefficient, "items"> | null;
	readonly missing_labels: number;
	readonly newest_label: string | null;
	readonly stale: readonly { readonly kind: string; readonly text: string }[];
}

/** One judge, version and deploy in the documented JSON shape. */
export function presentCalibration(found: DeployCalibration): PresentedCalibration {
	const { kappa } = found;
	return {
		judge: found.judge,
		version: found.version,
		pipeline: found.pipeline,
		service_version: found.serviceVersion,
		scores: found.scores,
		without_answer: found.nulls,
		judge_fails: found.judgeFails,
		labels: found.labels,
		effective_labels: found.effectiveLabels,
		labels_without_answer: found.unanswered,
		labels_without_chance: found.unweighted,
		failed: found.failed,
		passed: found.passed,
		base_rate: presentEstimate(found.baseRate),
		sensitivity: presentEstimate(found.sensitivity),
		specificity: presentEstimate(found.specificity),
		kappa: kappa === null ? null : { value: kappa.estimate, interval: ends(kappa) },
		missing_labels: found.missing,
		newest_label: found.newestLabelMs === null ? null : new Date(found.newestLabelMs).toISOString(),
		stale: found.stale.map(({ kind, text }) => ({ kind, text })),
	};
}

export interface PresentedAgreement {
	readonly rated: number;
	readonly double: number;
	readonly unsure: number;
	readonly same: number | null;
	readonly alpha: PresentedCoefficient;
	readonly alpha_scale: { readonly ordinal: PresentedCoefficient; readonly interval: PresentedCoefficient };
	readonly alpha_blame: PresentedCoefficient;
	readonly pairs: readonly {
		readonly raters: readonly [string, string];
		readonly kappa: PresentedCoefficient;
	}[];
	readonly raters: readonly {
		readonly rater: string;
		readonly ratings: number;
		readonly failed: number;
		readonly same: number | null;
	}[];
}

/** Agreement of raters in the documented JSON shape. */
export function presentAgreement(found: RaterAgreement, unsure: number): PresentedAgreement {
	return {
		rated: found.rated,
		double: found.double,
		unsure,
		same: found.same,
		alpha: presentCoefficient(found.alpha),
		alpha_scale: {
			ordinal: presentCoefficient(found.alphaScale.ordinal),
			interval: presentCoefficient(found.alphaScale.interval),
		},
		alpha_blame: presentCoefficient(found.alphaBlame),
		pairs: found.pairs.map(({ raters, ...kappa }) => ({ raters, kappa: presentCoefficient(kappa) })),
		raters: found.raters,
	};
}

const presentCoefficient = (found: Coefficient): PresentedCoefficient => ({
	value: found.estimate,
	interval: ends(found),
	items: found.items,
});

const ends = ({
	low,
	high,
}: {
	readonly low: number | null;
	readonly high: number | null;
}): readonly [number, number] | null => (low === null || high === null ? null : [low, high]);
