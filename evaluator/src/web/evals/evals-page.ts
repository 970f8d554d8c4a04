import { wilson } from "../../core/interval.ts";
import type { EvaluationSummary } from "../../store/evaluations.ts";
import type { GateHead } from "../../store/gate-decisions.ts";
import { gateTag } from "../gates/gate-tag.ts";
import { type Html, html } from "../html.ts";
import { percent, percentRange } from "../percent.ts";
import { choice } from "../runs/runs-page.ts";
import { address } from "../tags.ts";
import type { AskedRange } from "../time-range.ts";
import { moment } from "../times.ts";

export const LAYERS = ["model", "system", "behavioural"] as const;

export interface EvalList {
	readonly range: AskedRange;
	readonly pipeline: string;
	readonly layer: string;
	readonly pipelines: readonly string[];
	readonly evaluations: readonly EvaluationSummary[];
	/** The newest decision about each evaluation. */
	readonly decisions: ReadonlyMap<string, GateHead>;
	readonly limit: number;
}

/** Evaluations across time. */
export function evalsPage(list: EvalList): Html {
	const { range, evaluations, limit } = list;
	return html`<h1>Evaluations</h1><form class="filters" data-sends-itself>${choice("Pipeline", "pipeline", list.pipeline, list.pipelines)}${choice("Layer", "layer", list.layer, LAYERS)}
<label>Since<input name="since" value="${range.since}" placeholder="30d" size="12"></label><label>Until<input name="until" value="${range.until}" placeholder="now" size="12"></label><button>Show</button></form>
${evaluations.length === 0 ? html`<div class="empty"><h2>No evaluation in this time</h2><p><code>npx faultline fixtures capture --pipeline NAME</code> makes fixtures of production runs, <code>npx faultline eval system</code> runs them through a release, and <code>npx faultline gate</code> decides whether it may be deployed.</p></div>` : evalTable(list)}${evaluations.length === limit ? html`<p class="small faint">The newest ${limit}; look further back with “until”.</p>` : ""}`;
}

function evalTable({ evaluations, decisions }: EvalList): Html {
	return html`<div class="scroll"><table><caption>${evaluations.length} evaluations, newest first. The bar is the share of judged cases that passed, the whisker its 95 % interval.</caption>
<thead><tr><th scope="col">Evaluation</th><th scope="col">Pipeline</th><th scope="col">Of</th><th scope="col">Started (UTC)</th><th scope="col" class="number">Cases</th><th scope="col" class="number">Passed</th><th scope="col" class="bars"><span class="hidden-words">As a bar</span></th><th scope="col" class="number">95 % interval</th><th scope="col">Gate</th></tr></thead>
<tbody>${evaluations.map((one) => evalRow(one, decisions.get(one.run.evalId)))}</tbody></table></div>`;
}

function evalRow({ run, counts, passed, failed }: EvaluationSummary, decision: GateHead | undefined): Html {
	const judged = passed + failed;
	const interval = wilson(passed, judged);
	const at = (share: number): string => `${(100 * share).toFixed(1)}%`;
	return html`<tr data-row><th scope="row"><a href="/evals/${encodeURIComponent(run.evalId)}"><code>${run.evalId}</code></a></th><td>${run.pipeline} <span class="faint">${run.layer}</span></td><td><code>${run.model || run.serviceVersion || run.revision.slice(0, 12) || "–"}</code></td><td class="nowrap">${moment(run.startedAt)}</td>
<td class="number">${counts.attempted}${counts.attempted === counts.planned ? "" : html` <span class="warn">of ${counts.planned}</span>`}</td><td class="number"><strong>${percent(judged === 0 ? null : passed / judged)}</strong></td>
<td class="bars">${judged === 0 ? "" : html`<svg width="100%" height="14" aria-hidden="true"><rect class="whole" y="2" width="100%" height="9" rx="2" /><rect class="own" y="2" width="${at(passed / judged)}" height="9" rx="2" />${interval === null ? "" : html`<line class="whisker" x1="${at(interval.low)}" x2="${at(interval.high)}" y1="6.5" y2="6.5" />`}</svg>`}</td><td class="number faint">${percentRange(interval)}</td>
<td>${decision === undefined ? html`<span class="faint">–</span>` : html`<a href="${gatePath(decision)}">${gateTag(decision.verdict)}</a>`}</td></tr>`;
}

/** Where the page shows a decision. */
export const gatePath = ({ evalId, decidedMs }: Pick<GateHead, "evalId" | "decidedMs">): string =>
	`/gates/${encodeURIComponent(evalId)}/${decidedMs}`;

/** Where the page shows an evaluation, beside another one where one is named. */
export const evalPath = (evalId: string, against = ""): string =>
	address(`/evals/${encodeURIComponent(evalId)}`, { against });
