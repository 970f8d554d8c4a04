import type { PresentedComparison } from "../../core/present-comparison.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";
import { showP } from "../show-p.ts";

type Component = PresentedComparison["components"][number];

/** From one rate to the other, component by component, in the order of the data flow: a waterfall chart in a table. */
export function contributionTable(
	comparison: PresentedComparison,
	names: { readonly baseline: string; readonly candidate: string },
): Html {
	const { baseline, candidate, difference } = comparison.end_to_end;
	const components = comparison.components.toSorted((a, b) => a.place - b.place);
	const rates = runningRates(baseline.rate ?? 0, components);
	const [low, high] = [Math.min(0, ...rates), Math.max(0.01, candidate.rate ?? 0, ...rates)];
	const at = (rate: number): number => (100 * (rate - low)) / (high - low);
	const whole = (rate: number | null, tone: string): Html =>
		html`<svg width="100%" height="18" aria-hidden="true"><rect class="${tone}" x="${at(0).toFixed(2)}%" y="3" width="${(at(rate ?? 0) - at(0)).toFixed(2)}%" height="12" rx="2" /></svg>`;
	const named = new Set(comparison.verdict.steps);
	return html`<div class="scroll"><table class="contributions"><caption>How the failure rate came from the one to the other. Contributions add up to the difference; hazards are per run that arrived intact, with 95 % intervals of their difference; q: corrected for all components.</caption>
<thead><tr><th scope="col">Component</th><th scope="col" class="bars"><span class="hidden-words">As a bar</span></th><th scope="col" class="number">Contributes</th><th scope="col" class="number">Hazard</th><th scope="col" class="number">Difference</th><th scope="col" class="number">p</th><th scope="col" class="number">q</th><th scope="col">Version</th></tr></thead>
<tbody><tr class="total"><th scope="row">Failed in ${names.baseline}</th><td class="bars">${whole(baseline.rate, "own")}</td><td class="number"><strong>${percent(baseline.rate)}</strong></td><td class="number faint" colspan="4">${range(baseline.interval, percent)} of ${baseline.runs.toLocaleString("en")} runs</td><td></td></tr>
${components.map((component, index) => componentRow(component, named.has(component.step), stepBar(rates[index] ?? 0, rates[index + 1] ?? 0, at)))}
<tr class="total"><th scope="row">Failed in ${names.candidate}</th><td class="bars">${whole(candidate.rate, difference.value > 0 ? "bad" : "own")}</td><td class="number"><strong>${percent(candidate.rate)}</strong></td><td class="number faint" colspan="4">${range(candidate.interval, percent)} of ${candidate.runs.toLocaleString("en")} runs</td><td></td></tr></tbody></table></div>`;
}

/** The rate before the first component and after each. */
function runningRates(from: number, components: readonly Component[]): number[] {
	const rates = [from];
	for (const { contribution } of components) rates.push((rates.at(-1) ?? 0) + contribution);
	return rates;
}

function stepBar(from: number, to: number, at: (rate: number) => number): Html {
	const [left, right] = [Math.min(at(from), at(to)), Math.max(at(from), at(to))];
	return html`<svg width="100%" height="18" aria-hidden="true"><line class="thread" x1="${at(from).toFixed(2)}%" x2="${at(from).toFixed(2)}%" y1="0" y2="9" /><line class="thread" x1="${at(to).toFixed(2)}%" x2="${at(to).toFixed(2)}%" y1="9" y2="18" /><rect class="${to > from ? "bad" : "good"}" x="${left.toFixed(2)}%" y="3" width="${Math.max(0.25, right - left).toFixed(2)}%" height="12" rx="1" /></svg>`;
}

function componentRow(
	{ step, kind, hazard, contribution, versions }: Component,
	named: boolean,
	bar: Html,
): Html {
	const name =
		kind === "unknown" ? "not seen by any check" : kind === "input" ? "input: what was asked" : step;
	return html`<tr data-row><th scope="row">${name}${kind === step ? "" : html` <span class="faint">${kind}</span>`}${named ? html` <span class="tag bad">changed the rate</span>` : ""}</th><td class="bars">${bar}</td><td class="number"><strong>${points(contribution)}</strong></td>
<td class="number">${percent(hazard.baseline)} → ${percent(hazard.candidate)}</td><td class="number">${points(hazard.difference)}<br><span class="faint small">${range(hazard.interval, points)}</span></td><td class="number">${showP(hazard.p)}</td><td class="number">${showP(hazard.q)}</td><td>${versionChange(versions)}</td></tr>`;
}

export const range = (interval: readonly [number, number] | null, show: (value: number) => string): string =>
	interval === null ? "" : `[${show(interval[0])}, ${show(interval[1])}]`;

function versionChange({ baseline, candidate }: Component["versions"]): Html {
	const [was, is] = [baseline.join(", "), candidate.join(", ")];
	if (was === is) return html`<code class="faint">${is}</code>`;
	return html`<code>${is || "none"}</code> <span class="tag warn">changed</span><br><span class="faint small">was <code>${was || "none"}</code></span>`;
}
