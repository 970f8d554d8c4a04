import type { RowDecision, RowSubject } from "./gate-decision.ts";
import type { RowEvidence } from "./row-evidence.ts";

/** What a row is called in every report. */
export function rowName(subject: RowSubject): string {
	switch (subject.kind) {
		case "outcome":
			return "end to end";
		case "step":
			return `step ${subject.step}`;
		case "metric":
			return `metric ${subject.metric}`;
		case "safety":
			return `safety ${subject.metric}`;
		case "floor":
			return "floor";
	}
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const signed = (value: number, text: string): string => `${value < 0 ? "−" : "+"}${text}`;
const points = (share: number): string => signed(share, `${Math.abs(100 * share).toFixed(1)} pt`);
const number = (value: number): string => String(Number(value.toPrecision(3)));

/** How a subject writes levels and changes; a change is written as the metric moves, not as it is judged. */
function unitsOf(subject: RowSubject): {
	level(value: number): string;
	change(better: number): string;
	size(value: number): string;
} {
	if (subject.kind !== "metric") {
		return { level: percent, change: points, size: (value) => `${number(100 * value)} pt` };
	}
	const sign = subject.better === "higher" ? 1 : -1;
	if (subject.scale.kind === "ratio") {
		return {
			level: number,
			change: (better) => signed(sign * better, percent(Math.abs(better))),
			size: (value) => `${number(100 * value)} %`,
		};
	}
	return {
		level: number,
		change: (better) => signed(sign * better, number(Math.abs(better))),
		size: number,
	};
}

/** Both sides' levels and the change, as the metric moves. */
export function describeLevels(subject: RowSubject, evidence: RowEvidence): string {
	const { level, change } = unitsOf(subject);
	const { baseline, candidate, difference } = evidence;
	if (candidate === null) return "no values";
	if (baseline === null || difference === null) return level(candidate);
	return `${level(baseline)} -> ${level(candidate)} (${change(difference)})`;
}

/** Why a row is as it is, in one sentence or two. */
export function describeRow(row: RowDecision, trials: number): string {
	const { subject, evidence } = row;
	const unread =
		evidence.unread === 0 ? "" : ` ${evidence.unread} cases could not be read and count against it.`;
	if (evidence.limit === null || evidence.pMargin === null) {
		const why = evidence.fixtures === 0 ? "nothing could be compared" : "too much could not be read";
		return `Cannot tell: ${why}.${unread}`;
	}
	if (!row.final) {
		return `So far, over ${evidence.fixtures} fixtures${evidence.baseline === null ? "" : `: ${evidence.worsened} worse, ${evidence.improved} better`}.${unread}`;
	}
	const { level, change, size } = unitsOf(subject);
	if (subject.kind === "safety")
		return `${describeBound(row, `at most ${percent(subject.atMost)}`, level(evidence.limit), "up to")}${unread}`;
	if (subject.kind === "floor")
		return `${describeBound(row, `at least ${percent(subject.atLeast)}`, level(evidence.limit), "as low as")}${unread}`;
	const moved = `${evidence.worsened} of ${evidence.fixtures} fixtures got worse, ${evidence.improved} better`;
	const limit = change(evidence.limit);
	const allowed = `${size(subject.margin)} are allowed`;
	switch (row.verdict) {
		case "pass":
			return `${evidence.limit >= 0 ? "No loss" : `At worst ${limit}`}; ${allowed}.${creep(row)}${unread}`;
		case "fail":
			return `Worse: ${moved}; chance alone does that with ${probability(row.pWorseAdjusted)}. It may be ${limit}; ${allowed}.${unread}`;
		default:
			return `Open: it may be ${limit}, and ${allowed}; ${moved}.${needed(row, trials)}${unread}`;
	}
}

/** Passing is no reason to be silent about a loss. */
const creep = ({ pWorseAdjusted, evidence }: RowDecision): string =>
	pWorseAdjusted !== null && pWorseAdjusted <= 0.05 && (evidence.difference ?? 0) < 0
		? " Worse than the baseline all the same, though by less than the margin."
		: "";

function describeBound(row: RowDecision, asked: string, limit: string, reach: string): string {
	const { evidence, verdict } = row;
	switch (verdict) {
		case "pass":
			return `It may be ${reach} ${limit}; the policy asks for ${asked}.`;
		case "fail":
			return `Beyond the bound: the policy asks for ${asked}; chance alone does that with ${probability(row.pWorseAdjusted)}.`;
		default:
			return `Open: it may be ${reach} ${limit}, and the policy asks for ${asked}.${neededFixtures(row.size.fixtures, evidence.fixtures)}`;
	}
}

const neededFixtures = (fixtures: number | null, now: number): string =>
	fixtures === null
		? " No number of fixtures would settle it as it stands."
		: ` About ${fixtures} fixtures would settle it (now ${now}).`;

function needed({ size, evidence }: RowDecision, trials: number): string {
	if (size.fixtures === null && size.trials === null)
		return " No number of fixtures would settle it as it stands.";
	const ways = [
		...(size.fixtures === null ? [] : [`${size.fixtures} fixtures × ${trials} trials`]),
		...(size.trials === null ? [] : [`${evidence.fixtures} fixtures × ${size.trials} trials`]),
	];
	return ` About ${ways.join(", or ")} would settle it (now ${evidence.fixtures} × ${trials}).`;
}

const probability = (p: number | null): string =>
	p === null ? "p unknown" : p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
