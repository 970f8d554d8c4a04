import { compareCases, type PairedCases } from "../../core/compare-cases.ts";
import type { EvalCase, Evaluation } from "../../core/evaluation.ts";
import { type PresentedEvaluation, presentEvaluation } from "../../core/present-evaluation.ts";
import { seededRandom } from "../../core/random.ts";
import type { GateHead } from "../../store/gate-decisions.ts";
import { range } from "../compare/contribution-table.ts";
import { gateTag } from "../gates/gate-tag.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";
import { choice } from "../runs/runs-page.ts";
import { showP } from "../show-p.ts";
import { outcomeTag } from "../tags.ts";
import { duration, moment } from "../times.ts";
import { evalPath, gatePath } from "./evals-page.ts";

export const CHANGES = ["worse", "better", "changed"] as const;

export interface EvalView {
	readonly evaluation: Evaluation;
	readonly against: Evaluation | null;
	/** What is named as `against` but not stored. */
	readonly missing: string;
	readonly decisions: readonly GateHead[];
	readonly filter: { readonly outcome: string; readonly change: string; readonly text: string };
}

interface CaseRow {
	readonly now: EvalCase;
	readonly before: EvalCase | undefined;
}

const SHOWN = 500;

/** One evaluation: how it went, beside another one, case by case. */
export function evalPage(view: EvalView): Html {
	const { evaluation, against, decisions, missing } = view;
	const shown = presentEvaluation(evaluation);
	const paired = against === null ? null : compareCases(against.cases, evaluation.cases, seededRandom(1));
	return html`<p class="crumbs"><a href="/evals">Evaluations</a> / ${shown.pipeline} / ${shown.layer}</p><h1><code>${shown.eval_id}</code></h1>
<p class="facts">${decisions.map((one) => html`<a href="${gatePath(one)}">${gateTag(one.verdict)}</a>`)} <span>${moment(evaluation.run.startedAt)} UTC</span><span>${shown.model || shown.service_version || "no version"}</span>${shown.revision === "" ? "" : html`<code>${shown.revision.slice(0, 12)}</code>`}${shown.finished_at === null ? html`<span class="warn">cut short</span>` : ""}</p>
<div class="cards"><div class="card"><div class="faint small">Passed</div><div class="value">${percent(shown.rate)}</div><div class="small faint">${range(shown.interval, percent)} · ${shown.passed} of ${shown.passed + shown.failed}</div></div>
<div class="card"><div class="faint small">Cases</div><div class="value">${shown.counts.completed}</div><div class="small faint">completed of ${shown.counts.planned} planned; ${shown.counts.errored} errored, ${shown.counts.unknown} nobody could judge</div></div>${differenceCard(paired, against, missing)}</div>
${stepsTable(shown)}${casesSection(view)}`;
}

function differenceCard(paired: PairedCases | null, against: Evaluation | null, missing: string): Html {
	if (paired === null || against === null) {
		return html`<div class="card"><div class="faint small">Against another evaluation</div><div class="value">–</div><div class="small faint">${missing === "" ? "No earlier evaluation ran these fixtures." : html`<code>${missing}</code> is not in this database.`}</div></div>`;
	}
	return html`<div class="card"><div class="faint small">Against <a href="${evalPath(against.run.evalId)}">${against.run.evalId}</a></div><div class="value">${paired.difference === null ? "–" : points(paired.difference)}</div><div class="small faint">${range(paired.interval, points)}${paired.p === null ? "" : ` · p ${showP(paired.p)}`} · ${paired.worsened} worse, ${paired.improved} better of ${paired.pairs}</div></div>`;
}

function stepsTable({ steps }: PresentedEvaluation): Html {
	if (steps.length === 0) return html``;
	return html`<h2>Steps</h2><div class="scroll"><table><caption>In how many cases a step kept its contracts</caption><thead><tr><th scope="col">Step</th><th scope="col" class="number">Kept</th><th scope="col" class="number">Broken</th><th scope="col" class="number">Could not tell</th><th scope="col" class="number">Kept, of those told</th></tr></thead>
<tbody>${steps.map(({ step, kept, broken, unknown }) => html`<tr><th scope="row">${step}</th><td class="number">${kept}</td><td class="number${broken > 0 ? " bad" : ""}">${broken}</td><td class="number faint">${unknown}</td><td class="number">${percent(kept + broken === 0 ? null : kept / (kept + broken))}</td></tr>`)}</tbody></table></div>`;
}

function casesSection({ evaluation, against, filter }: EvalView): Html {
	const key = ({ fixtureId, trial }: EvalCase): string => `${trial} ${fixtureId}`;
	const before = new Map(against?.cases.map((one) => [key(one), one]));
	const rows = evaluation.cases
		.map((now) => ({ now, before: before.get(key(now)) }))
		.filter((row) => fits(row, filter))
		.sort((a, b) => rank(a) - rank(b));
	return html`<h2 id="cases">Cases</h2><form class="filters" data-sends-itself role="search" aria-label="Cases">${against === null ? "" : html`<input type="hidden" name="against" value="${against.run.evalId}">`}
<label>Fixture or error<input type="search" name="q" value="${filter.text}" data-filters="cases-table"></label>${choice("Outcome", "outcome", filter.outcome, ["pass", "fail", "unknown", "errored"])}${against === null ? "" : choice("Against the other", "change", filter.change, CHANGES)}<button>Show</button></form>
${rows.length === 0 ? html`<p class="empty">No case fits.</p>` : html`<div class="scroll"><table id="cases-table"><caption>${rows.length} of ${evaluation.cases.length} cases, those that changed first${rows.length > SHOWN ? `; the first ${SHOWN} are shown` : ""}</caption><thead><tr><th scope="col">Fixture</th><th scope="col" class="number">Trial</th><th scope="col">Outcome</th>${against === null ? "" : html`<th scope="col">Before</th>`}<th scope="col">Broken contracts</th><th scope="col" class="number">Took</th><th scope="col">Runs</th></tr></thead><tbody>${rows.slice(0, SHOWN).map((row) => caseRow(row, against !== null))}</tbody></table></div>`}`;
}

/** 1 pass, 0 fail, null neither. */
const passOf = (one: EvalCase | undefined): number | null =>
	one?.status !== "completed" || one.outcome === "unknown" ? null : one.outcome === "pass" ? 1 : 0;

function changeOf({ now, before }: CaseRow): "worse" | "better" | "" {
	const [was, is] = [passOf(before), passOf(now)];
	if (was === null || is === null || was === is) return "";
	return is < was ? "worse" : "better";
}

const rank = (row: CaseRow): number => {
	const change = changeOf(row);
	if (change !== "") return change === "worse" ? 0 : 1;
	return row.now.status !== "completed" || row.now.outcome === "fail" ? 2 : 3;
};

const shownOutcome = ({ status, outcome }: EvalCase): string => (status === "completed" ? outcome : status);

function fits(row: CaseRow, { outcome, change, text }: EvalView["filter"]): boolean {
	const own = shownOutcome(row.now);
	if (outcome !== "" && own !== outcome && !(outcome === "errored" && row.now.status !== "completed"))
		return false;
	const changed = changeOf(row);
	if (change !== "" && changed !== change && !(change === "changed" && changed !== "")) return false;
	return `${row.now.fixtureId} ${row.now.error}`.toLowerCase().includes(text.toLowerCase());
}

function caseRow(row: CaseRow, compared: boolean): Html {
	const { now, before } = row;
	const change = changeOf(row);
	const broken = Object.entries(now.steps).flatMap(([step, kept]) => (kept === false ? [step] : []));
	const own = shownOutcome(now);
	return html`<tr data-row><th scope="row"><code>${now.fixtureId}</code>${change === "" ? "" : html` <span class="tag ${change === "worse" ? "bad" : "good"}">${change}</span>`}</th><td class="number">${now.trial}</td><td>${outcomeTag(own === "errored" || own === "timed-out" ? "fail" : own)}${now.status === "completed" ? "" : html` <span class="bad small">${now.status}: ${now.error}</span>`}</td>
${compared ? html`<td>${before === undefined ? html`<span class="faint">not there</span>` : outcomeTag(shownOutcome(before))}</td>` : ""}<td>${broken.join(", ")}</td><td class="number">${duration(1000 * now.durationMs)}</td>
<td class="nowrap">${now.traceId === "" ? html`<span class="faint">no trace</span>` : html`<a href="/runs/${now.traceId}">run</a>`}${before === undefined || before.traceId === "" ? "" : html` · <a href="/runs/${before.traceId}">before</a>`}</td></tr>`;
}
