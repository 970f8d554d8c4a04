import type { PairedCases } from "../core/compare-cases.ts";
import type { PresentedPreference } from "../layers/compare-models.ts";
import type { PresentedModel } from "./eval-model.ts";
import { percent, renderRate } from "./render-evaluation.ts";
import { renderTable } from "./render-table.ts";

/** Models side by side, for a terminal. */
export function renderModels(pipeline: string, models: readonly PresentedModel[]): string {
	const first = models[0]?.model ?? "";
	const rows = models.map((one) => [
		one.model,
		`${one.passed}/${one.passed + one.failed}`,
		renderRate(one.rate, one.interval),
		one.against_first === null ? "" : renderDifference(one.against_first),
		one.cost.per_case === null ? "not known" : money(one.cost.per_case),
		milliseconds(one.latency_ms.median),
		milliseconds(one.latency_ms.p95),
		String(one.latency_ms.n),
		String(one.counts.errored),
	]);
	const heads = [
		"model",
		"passed",
		"quality",
		`against ${first}`,
		"cost a case",
		"median",
		"p95",
		"n",
		"errored",
	];
	return [
		`${pipeline}: the recorded prompts, asked of ${models.length} models`,
		...renderTable([heads, ...rows], { right: [1, 4, 5, 6, 7, 8] }).map((line) => `  ${line}`),
		...models
			.filter(({ against_first }) => (against_first?.worse.length ?? 0) > 0)
			.map((one) => `  ${one.model} is worse on: ${listed(one.against_first?.worse ?? [])}`),
		...models.flatMap(({ model, judged }) =>
			judged === null ? [] : [`  ${model} ${renderPreference(judged, first)}`],
		),
	].join("\n");
}

function renderPreference(judged: PresentedPreference, first: string): string {
	const { pairs, ties, not_judged, by_position, raw, controlled, interval } = judged;
	const rate =
		controlled === null || interval === null
			? `is preferred to ${first} in ${raw === null ? "nobody can tell how many" : percent(raw)} of ${pairs} pairs, too few to take out length`
			: `is preferred to ${first} in ${percent(controlled)} (95 %: ${percent(interval[0])} to ${percent(interval[1])}), length taken out (as counted ${percent(raw ?? 0)}), of ${pairs} pairs`;
	return `${rate}; ${ties} ties, ${by_position} of them by position${not_judged > 0 ? `; ${not_judged} not judged` : ""}`;
}

/** A paired difference with interval and test. */
export function renderDifference({ difference, interval, p, pairs }: PairedCases): string {
	if (difference === null) return "no pairs";
	const range = interval === null ? "" : ` (95 %: ${signed(interval[0])} to ${signed(interval[1])})`;
	return `${signed(difference)}${range}, ${p === null ? "" : `p ${p < 0.001 ? "< 0.001" : p.toFixed(3)}, `}${pairs} pairs`;
}

const signed = (share: number): string => `${share > 0 ? "+" : ""}${percent(share)}`;

const milliseconds = (ms: number | null): string => (ms === null ? "not known" : `${Math.round(ms)} ms`);

const money = (value: number): string => value.toPrecision(3);

export function listed(ids: readonly string[]): string {
	const shown = ids.slice(0, 8).join(", ");
	return ids.length > 8 ? `${shown} and ${ids.length - 8} more` : shown;
}
