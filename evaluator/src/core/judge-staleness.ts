import { newcombe } from "./interval.ts";

/** What there is of one judge on one deploy. */
export interface JudgeUse {
	readonly nowMs: number;
	/** When the newest label was given; null where there is none. */
	readonly newestLabelMs: number | null;
	/** Labels of this judge, version and deploy, and how many are needed more. */
	readonly labels: number;
	readonly missing: number;
	/** Runs that the judge scored until the newest label was given and since, and how many of them it failed. */
	readonly before: { readonly judged: number; readonly failed: number };
	readonly since: { readonly judged: number; readonly failed: number };
	/** Another version of this judge, deploy aside, has enough labels. */
	readonly otherVersions: readonly string[];
	/** Other deploys on which this version has enough labels. */
	readonly otherDeploys: readonly string[];
}

/** Why a calibration must not be relied on. */
export type Staleness =
	| { readonly kind: "too-few"; readonly missing: number; readonly text: string }
	| { readonly kind: "other-deploy"; readonly deploys: readonly string[]; readonly text: string }
	| { readonly kind: "other-version"; readonly versions: readonly string[]; readonly text: string }
	| { readonly kind: "old"; readonly days: number; readonly text: string }
	| { readonly kind: "moved"; readonly change: number; readonly text: string };

const DAY_MS = 86_400_000;
const OLD_DAYS = 30;
/** A move of the judge's own share of failures that matters, where the interval of the move excludes none. */
const MOVE = 0.05;

/**
 * Says why a calibration is stale, or not there; an empty list where it may be used. A judge is calibrated for one version of itself on one deploy: with
 * another deploy's calibration, equal quality raises false alarms in half of all comparisons.
 *
 * @example
 * judgeStaleness(use).map(({ text }) => text);
 */
export function judgeStaleness(use: JudgeUse): Staleness[] {
	const found: Staleness[] = [];
	if (use.missing > 0) {
		const text = `${use.labels} labels; ${use.missing} more are needed`;
		found.push({ kind: "too-few", missing: use.missing, text });
		if (use.otherDeploys.length > 0) {
			const names = use.otherDeploys.join(", ");
			const deploys = use.otherDeploys;
			found.push({
				kind: "other-deploy",
				deploys,
				text: `calibrated on ${names} only; that says nothing of this deploy`,
			});
		}
		if (use.otherVersions.length > 0) {
			const names = use.otherVersions.join(", ");
			const versions = use.otherVersions;
			found.push({ kind: "other-version", versions, text: `the judge was changed: calibrated as ${names}` });
		}
	}
	if (use.newestLabelMs === null) return found;
	const days = Math.floor((use.nowMs - use.newestLabelMs) / DAY_MS);
	if (days > OLD_DAYS && use.since.judged > 0)
		found.push({ kind: "old", days, text: `the newest label is ${days} days old` });
	const change = moveOf(use);
	if (change !== null) {
		const text = `since the newest label the judge fails ${(100 * Math.abs(change)).toFixed(0)} points ${change > 0 ? "more" : "fewer"} of all runs`;
		found.push({ kind: "moved", change, text });
	}
	return found;
}

function moveOf({ before, since }: JudgeUse): number | null {
	const interval = newcombe(
		{ successes: before.failed, n: before.judged },
		{ successes: since.failed, n: since.judged },
		{ confidence: 0.99 },
	);
	if (interval === null) return null;
	const change = since.failed / since.judged - before.failed / before.judged;
	return Math.abs(change) >= MOVE && (interval.low > 0 || interval.high < 0) ? change : null;
}
