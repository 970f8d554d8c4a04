import type { PresentedGate, PresentedRow, PresentedSide } from "../../core/present-gate.ts";
import type { GateHead } from "../../store/gate-decisions.ts";
import { evalPath, gatePath } from "../evals/evals-page.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";
import { prose } from "../prose.ts";
import { choice } from "../runs/runs-page.ts";
import { showP } from "../show-p.ts";
import type { AskedRange } from "../time-range.ts";
import { moment } from "../times.ts";
import { gateTag } from "./gate-tag.ts";

/** What the gate said over time. */
export function gatesPage(
	decisions: readonly GateHead[],
	{
		range,
		pipeline,
		pipelines,
		limit,
	}: {
		readonly range: AskedRange;
		readonly pipeline: string;
		readonly pipelines: readonly string[];
		readonly limit: number;
	},
): Html {
	return html`<h1>Gate decisions</h1><form class="filters" data-sends-itself>${choice("Pipeline", "pipeline", pipeline, pipelines)}<label>Since<input name="since" value="${range.since}" placeholder="30d" size="12"></label><label>Until<input name="until" value="${range.until}" placeholder="now" size="12"></label><button>Show</button></form>
${
	decisions.length === 0
		? html`<div class="empty"><h2>No decision in this time</h2><p>An eval that does not block a deploy is a dashboard. <code>npx faultline gate</code> in the deploy's pipeline decides, and its decisions stand here.</p></div>`
		: html`<div class="scroll"><table><caption>${decisions.length} decisions${decisions.length === limit ? " (the newest)" : ""}, newest first</caption><thead><tr><th scope="col">Decided (UTC)</th><th scope="col">Decision</th><th scope="col">Pipeline</th><th scope="col">Version</th><th scope="col">Why</th><th scope="col">Look at</th></tr></thead><tbody>${decisions.map(gateRow)}</tbody></table></div>`
}`;
}

function gateRow(gate: GateHead): Html {
	return html`<tr data-row><th scope="row" class="nowrap"><a href="${gatePath(gate)}">${moment(gate.decidedMs)}</a></th><td>${gateTag(gate.verdict)}</td><td>${gate.pipeline}</td><td><code>${gate.serviceVersion || gate.revision.slice(0, 12) || "–"}</code></td><td>${gate.summary}</td><td>${gate.steps.map((step) => html`<strong>${step}</strong> `)}</td></tr>`;
}

const TONES = { pass: "good", fail: "bad", inconclusive: "warn" } as const;

/** One decision with its rows: what was compared, within which margin, and which component to look at. */
export function gatePage(gate: PresentedGate, decidedMs: number): Html {
	const { candidate, baseline, obstacles, rows, blame, flaky } = gate;
	return html`<p class="crumbs"><a href="/gates">Gate decisions</a> / ${gate.pipeline}</p><h1>${gate.pipeline} ${candidate.service_version || candidate.revision.slice(0, 12)}</h1>
<p class="facts">${gateTag(gate.verdict)} <span>${moment(decidedMs)} UTC</span></p><div class="notice ${TONES[gate.verdict]}"><p class="lead"><strong>${gate.summary}</strong></p>${obstacles.map(({ text }) => html`<p>${text}</p>`)}</div>
${blame === null ? "" : blameView(blame)}
<h2>Rows</h2><div class="scroll"><table class="gate-rows"><caption>Differences are of the candidate against the baseline, higher is better whatever the metric. The limit is the worst that the data allow at the policy's error rate; a row passes where it is within the margin.</caption><thead><tr><th scope="col">Row</th><th scope="col">Decision</th><th scope="col">Levels</th><th scope="col" class="bars"><span class="hidden-words">Difference, limit and margin as a picture</span></th><th scope="col" class="number">Limit</th><th scope="col" class="number">Margin</th><th scope="col" class="number">p worse</th><th scope="col">Why</th></tr></thead><tbody>${rows.map(ruleRow)}</tbody></table></div>
<h2>What was compared</h2><div class="scroll"><table><caption>Effective n first: what is missing is no pass</caption><thead><tr><th scope="col">Side</th><th scope="col">Evaluation</th><th scope="col">Version</th><th scope="col" class="number">Fixtures × trials</th><th scope="col" class="number">Planned</th><th scope="col" class="number">Completed</th><th scope="col" class="number">Errored</th><th scope="col" class="number">Nobody could judge</th></tr></thead><tbody>${sideRow("candidate", candidate, baseline?.eval_id ?? "")}${baseline === null ? "" : sideRow("baseline", baseline, "")}</tbody></table></div>
${flaky.length === 0 ? "" : html`<h2>Flaky fixtures</h2><div class="scroll"><table><caption>Some trials passed, some failed</caption><thead><tr><th scope="col">Fixture</th><th scope="col" class="number">Baseline</th><th scope="col" class="number">Candidate</th></tr></thead><tbody>${flaky.map((one) => html`<tr><th scope="row"><code>${one.fixtureId}</code></th><td class="number">${one.baseline === null ? "–" : `${one.baseline.passed} of ${one.baseline.trials}`}</td><td class="number">${one.candidate === null ? "–" : `${one.candidate.passed} of ${one.candidate.trials}`}</td></tr>`)}</tbody></table></div>`}`;
}

function blameView({ steps, evidence, bisect, traces, kind }: NonNullable<PresentedGate["blame"]>): Html {
	return html`<h2>Look at ${steps.length === 0 ? (kind === "inputs" ? "the inputs" : "the failing runs") : steps.join(" and ")}</h2>${evidence.length === 0 ? "" : html`<ul>${evidence.map((text) => html`<li>${prose(text)}</li>`)}</ul>`}
${bisect === null ? "" : html`<p>${bisect.replays} replays with pinned steps:</p><ul>${bisect.fixtures.map(({ fixture, result }) => html`<li><code>${fixture}</code> ${result}</li>`)}</ul>`}
${traces.length === 0 ? "" : html`<p>Failing runs: ${traces.map(({ fixture, trace_id }, index) => html`${index === 0 ? "" : ", "}<a href="/runs/${trace_id}">${fixture}</a>`)}</p>`}`;
}

function ruleRow(row: PresentedRow): Html {
	const absolute = row.kind === "safety" || row.kind === "floor";
	const show = absolute ? percent : points;
	return html`<tr data-row><th scope="row">${row.name}</th><td>${gateTag(row.verdict)}</td><td class="nowrap">${row.levels}</td><td class="bars">${absolute ? "" : picture(row)}</td><td class="number">${row.limit === null ? "–" : show(row.limit)}</td><td class="number">${absolute ? percent(row.allowed) : points(-row.allowed)}</td><td class="number">${showP(row.p_worse_adjusted)}</td><td>${prose(row.text)}</td></tr>`;
}

/** The difference as a dot, down to its limit as a line, beside the margin. */
function picture({ difference, limit, allowed, verdict }: PresentedRow): Html {
	if (difference === null || limit === null) return html``;
	const reach = 1.15 * Math.max(allowed, Math.abs(difference), Math.abs(limit), 0.01);
	const at = (value: number): string => `${(50 + (50 * value) / reach).toFixed(2)}%`;
	return html`<svg width="100%" height="18" aria-hidden="true"><line class="grid" x1="50%" x2="50%" y1="0" y2="18" /><line class="margin" x1="${at(-allowed)}" x2="${at(-allowed)}" y1="0" y2="18" /><line class="whisker" x1="${at(limit)}" x2="${at(difference)}" y1="9" y2="9" /><circle class="point ${TONES[verdict]}" cx="${at(difference)}" cy="9" r="4.5" /></svg>`;
}

const sideRow = (name: string, side: PresentedSide, against: string): Html =>
	html`<tr><th scope="row">${name}</th><td><a href="${evalPath(side.eval_id, against)}"><code>${side.eval_id}</code></a></td><td><code>${side.service_version || "–"}</code></td><td class="number">${side.fixtures} × ${side.trials}</td><td class="number">${side.counts.planned}</td><td class="number">${side.counts.completed}</td><td class="number">${side.counts.errored}</td><td class="number">${side.counts.unknown}</td></tr>`;
