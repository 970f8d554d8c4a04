import type { Interval } from "../../core/interval.ts";
import { type Html, html } from "../html.ts";
import { percent, percentRange } from "../percent.ts";
import { address } from "../tags.ts";
import type { DeployHazards, StepHazard } from "./chain-hazards.ts";

/** A deploy with its hazards. */
export interface HazardColumn {
	readonly version: string;
	readonly hazards: DeployHazards;
}

/** Hand-offs and inputs are listed only where at least so many runs may have begun there. */
const WORTH_A_ROW = 0.5;

/** Every step's hazard in a deploy, beside the deploy before. */
export function hazardTable(pipeline: string, now: HazardColumn, before: HazardColumn | null): Html {
	const rows = now.hazards.steps.filter(
		({ kind, broke }) => (kind !== "edge" && kind !== "input") || broke >= WORTH_A_ROW,
	);
	const previous = new Map(before?.hazards.steps.map((step) => [`${step.kind}/${step.step}`, step]));
	const scale = scaleOf([...rows, ...previous.values()]);
	return html`<div class="scroll"><table class="hazards"><caption>Hazard: of the runs that arrived at a step intact, the share whose fault began there; with 95 % intervals. The bar is ${now.version || "this deploy"}${before === null ? "" : html`, the thin one ${before.version || "the deploy before"}`}; whiskers are the interval.</caption>
<thead><tr><th scope="col">Step</th><th scope="col">Kind</th><th scope="col" class="number">Ran</th><th scope="col" class="number">Began here</th><th scope="col" class="number">Hazard</th><th scope="col" class="bars"><span class="hidden-words">As a bar</span></th><th scope="col" class="number">Interval</th>${before === null ? "" : html`<th scope="col" class="number">Before</th>`}<th scope="col">Version</th></tr></thead>
<tbody>${rows.map((row) => hazardRow(pipeline, now.version, row, previous.get(`${row.kind}/${row.step}`), before !== null, scale))}</tbody></table></div>`;
}

function hazardRow(
	pipeline: string,
	version: string,
	row: StepHazard,
	previous: StepHazard | undefined,
	compared: boolean,
	scale: number,
): Html {
	const [was, is] = [previous?.versions.join(", ") ?? "", row.versions.join(", ")];
	const risen =
		row.interval !== null && previous?.interval != null && row.interval.low > previous.interval.high;
	const link = address("/runs", { pipeline, version, step: row.step });
	return html`<tr data-row><th scope="row"><a href="${link}">${row.step}</a>${risen ? html` <span class="tag bad">worse</span>` : ""}</th><td class="faint">${row.kind}</td><td class="number">${row.executions.toLocaleString("en")}</td><td class="number">${row.broke.toFixed(1)}</td>
<td class="number"><strong>${percent(row.hazard)}</strong></td><td class="bars">${bars(row, previous, scale)}</td><td class="number faint">${percentRange(row.interval)}</td>${compared ? html`<td class="number">${percent(previous?.hazard ?? null)}</td>` : ""}
<td><code>${is}</code>${compared && is !== was ? html` <span class="tag warn">changed</span><br><span class="faint small">was <code>${was || "none"}</code></span>` : ""}</td></tr>`;
}

/** Which hazard takes the whole width. */
const scaleOf = (rows: readonly StepHazard[]): number =>
	Math.max(0.02, ...rows.map(({ interval, broke }) => (broke < WORTH_A_ROW ? 0 : (interval?.high ?? 0))));

function bars(row: StepHazard, previous: StepHazard | undefined, scale: number): Html {
	const at = (share: number): string => `${(100 * Math.min(1, share / scale)).toFixed(2)}%`;
	const span = ({ low, high }: Interval): Html =>
		html`<line class="whisker" x1="${at(low)}" x2="${at(high)}" y1="6" y2="6" />`;
	return html`<svg width="100%" height="17" aria-hidden="true"><rect class="own${(row.interval?.low ?? 0) > (previous?.interval?.high ?? 1) ? " bad" : ""}" y="2" width="${at(row.hazard ?? 0)}" height="8" rx="2" />${row.interval === null ? "" : span(row.interval)}<rect class="whole" y="12" width="${at(previous?.hazard ?? 0)}" height="3" rx="1" /></svg>`;
}
