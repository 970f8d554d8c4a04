import type {
	PresentedAgreement,
	PresentedCalibration,
	PresentedCoefficient,
	PresentedEstimate,
	PresentedFailures,
	PresentedShare,
} from "../core/present-people.ts";
import { renderTable } from "./render-table.ts";

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);

const estimated = (found: PresentedEstimate | null): string =>
	found === null
		? "–"
		: `${percent(found.value)} (${(100 * found.interval[0]).toFixed(1)} to ${(100 * found.interval[1]).toFixed(1)})`;

const coefficient = (found: Omit<PresentedCoefficient, "items"> | null): string =>
	found === null || found.value === null
		? "–"
		: `${found.value.toFixed(2)}${found.interval === null ? "" : ` (${found.interval[0].toFixed(2)} to ${found.interval[1].toFixed(2)})`}`;

const corrected = (share: PresentedShare): string =>
	share.corrected === null ? `${share.missing_labels} labels are missing` : estimated(share.corrected);

const HEADS = ["", "corrected, 95 %", "labels", "effective runs", "uncorrected"];

/** Corrected rates, for a terminal. */
export function renderFailures({ deploys, weeks, judge, unsure }: PresentedFailures): string {
	if (deploys.length === 0) return "No runs of users are stored in this range.";
	const row = (name: string, share: PresentedShare): string[] => [
		name,
		corrected(share),
		`${share.labels}`,
		share.corrected === null ? "–" : share.corrected.effective_runs.toFixed(0),
		percent(share.judge_alone),
	];
	const weekly = weeks.map(({ pipeline, week, end_to_end, change }) => [
		`${pipeline}, week from ${week}`,
		corrected(end_to_end),
		`${end_to_end.labels}`,
		change === null ? "–" : points(change),
	]);
	return [
		`What people would fail, corrected with their ratings; judged by ${judge === null ? "where faults were located (no judge scored whole runs)" : `${judge.name} ${judge.version}`}.`,
		...deploys.flatMap((deploy) => [
			"",
			...renderTable(
				[
					[`${deploy.pipeline} ${deploy.service_version}, ${deploy.end_to_end.runs} runs`, ...HEADS.slice(1)],
					row("end to end", deploy.end_to_end),
					...deploy.steps.map(({ step, ...share }) => row(`  ${step}`, share)),
				],
				{ right: [2, 3, 4] },
			),
			...(deploy.unusable_labels === 0
				? []
				: [
						`${deploy.unusable_labels} rated runs are left out: chosen with an unknown chance, or not drawn to be judged.`,
					]),
		]),
		"",
		...(unsure === 0
			? []
			: [`${unsure} times somebody could not tell; these ratings count for nothing.`, ""]),
		...renderTable([["week on week", "corrected, 95 %", "labels", "change"], ...weekly], { right: [2] }),
	].join("\n");
}

const points = ({ value, interval: [low, high] }: PresentedEstimate): string =>
	`${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)} points (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

/** Judges against people, for a terminal. */
export function renderCalibrations(found: readonly PresentedCalibration[]): string {
	if (found.length === 0) return "No judge scored a run of users in this range.";
	return found
		.flatMap((one) => [
			`${one.judge} ${one.version} on ${one.pipeline} ${one.service_version}`,
			`  scores ${one.scores}, ${one.without_answer} without an answer; fails ${percent(one.judge_fails)}`,
			`  labels ${one.labels} (worth ${one.effective_labels.toFixed(0)} unweighted ones): ${count(one.failed)} failed, ${count(one.passed)} passed`,
			`  people fail ${estimated(one.base_rate)}`,
			`  sensitivity ${estimated(one.sensitivity)}, specificity ${estimated(one.specificity)}, κ ${coefficient(one.kappa)}`,
			...(one.missing_labels === 0 ? [] : [`  about ${one.missing_labels} more labels are needed`]),
			...one.stale.map(({ text }) => `  stale: ${text}`),
			"",
		])
		.join("\n")
		.trimEnd();
}

const count = (labels: number): string => (Number.isInteger(labels) ? `${labels}` : labels.toFixed(1));

/** Raters against each other, for a terminal. */
export function renderAgreement(found: PresentedAgreement): string {
	if (found.double === 0)
		return `${found.rated} runs are rated, none of them by two people; nothing can be said of agreement.`;
	return [
		`${found.rated} runs are rated, ${found.double} of them by two people or more; all say the same of ${percent(found.same)}. ${found.unsure} times somebody could not tell.`,
		`Krippendorff's α: pass or fail ${coefficient(found.alpha)}; scale ${coefficient(found.alpha_scale.ordinal)} ordinal, ${coefficient(found.alpha_scale.interval)} interval (${found.alpha_scale.ordinal.items} runs); blamed step ${coefficient(found.alpha_blame)} (${found.alpha_blame.items} runs)`,
		"",
		...renderTable(
			[
				["two people", "Cohen's κ", "runs"],
				...found.pairs.map(({ raters, kappa }) => [raters.join(", "), coefficient(kappa), `${kappa.items}`]),
			],
			{ right: [2] },
		),
		"",
		...renderTable(
			[
				["person", "ratings", "fails", "same as others"],
				...found.raters.map((one) => [
					one.rater,
					`${one.ratings}`,
					percent(one.failed / one.ratings),
					percent(one.same),
				]),
			],
			{ right: [1, 2, 3] },
		),
	].join("\n");
}

/** What is to be rated, and where, for a terminal. */
export function renderQueue(report: {
	readonly page: string | null;
	readonly runs: number;
	readonly chosen: number;
	readonly added: number;
	readonly rated: number;
	readonly open: number;
	readonly double: number;
	readonly strata: readonly { readonly stratum: string; readonly chosen: number; readonly rated: number }[];
}): string {
	if (report.runs === 0) return "No runs of users are stored in this range, so there is nothing to rate.";
	return [
		`${report.chosen} of ${report.runs} runs are chosen for rating (${report.added} now), ${report.double} of them for two people; ${report.rated} are rated, ${report.open} ratings are open.`,
		...renderTable(
			[
				["pipeline, deploy, week from", "rated", "chosen"],
				...report.strata.map(({ stratum, rated, chosen }) => [stratum, `${rated}`, `${chosen}`]),
			],
			{ right: [1, 2] },
		),
		report.page === null
			? "Start `faultline up` or `faultline page`, then rate at /rate."
			: `Rate at ${report.page}`,
	].join("\n");
}
