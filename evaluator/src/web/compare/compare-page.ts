import type { PresentedComparison } from "../../core/present-comparison.ts";
import type { DeployOutcome } from "../../store/read-verdicts.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";
import { prose } from "../prose.ts";
import { runTable } from "../runs/run-table.ts";
import { choice } from "../runs/runs-page.ts";
import { showP } from "../show-p.ts";
import { address } from "../tags.ts";
import { type CompareResult, MOST_RUNS } from "./compare-jobs.ts";
import { contextView } from "./context-view.ts";
import { contributionTable, range } from "./contribution-table.ts";

/** What the address asks for, as it stands there. */
export interface AskedComparison {
	readonly pipeline: string;
	readonly baseline: string;
	readonly candidate: string;
}

/** Before anything is compared: what can be. */
export function compareStart(asked: AskedComparison, outcomes: readonly DeployOutcome[]): Html {
	const pairs = [...Map.groupBy(outcomes, ({ pipeline }) => pipeline)].flatMap(([pipeline, deploys]) => {
		const ordered = deploys.toSorted((a, b) => a.firstMs - b.firstMs);
		return ordered.slice(1).map((deploy, index) => ({ pipeline, before: ordered[index], deploy }));
	});
	return html`<h1>Compare two deploys</h1>${compareForm(asked, outcomes)}
${pairs.length === 0 ? html`<div class="empty"><h2>No two deploys yet</h2><p>Deploys are told apart by the resource attribute <code>service.version</code>. Two stretches of time can be compared too: <code>2h..1h</code> against <code>1h..</code>.</p></div>` : html`<h2>Deploys that follow each other</h2><ul class="pairs">${pairs.toReversed().map(({ pipeline, before, deploy }) => html`<li data-row><a href="${address("/compare", { pipeline, baseline: selectorOf(before), candidate: selectorOf(deploy) })}">${pipeline}: ${before?.serviceVersion || "no version"} → ${deploy.serviceVersion || "no version"}</a></li>`)}</ul>`}`;
}

const selectorOf = (deploy: DeployOutcome | undefined): string =>
	`service.version=${deploy?.serviceVersion ?? ""}`;

export function compareForm(
	{ pipeline, baseline, candidate }: AskedComparison,
	outcomes: readonly DeployOutcome[],
): Html {
	const pipelines = [...new Set(outcomes.map((one) => one.pipeline))];
	const known = outcomes.filter((one) => pipeline === "" || one.pipeline === pipeline).map(selectorOf);
	return html`<form class="filters">${choice("Pipeline", "pipeline", pipeline === "" && pipelines.length === 1 ? (pipelines[0] ?? "") : pipeline, pipelines)}
<label>Baseline<input name="baseline" value="${baseline}" list="deploys" size="26" placeholder="service.version=41" required></label><label>Candidate<input name="candidate" value="${candidate}" list="deploys" size="26" placeholder="service.version=42" required></label>
<datalist id="deploys">${[...new Set(known)].map((one) => html`<option value="${one}"></option>`)}</datalist><button>Compare</button></form><p class="small faint">A deploy, such as <code>service.version=42</code> or <code>vcs.ref.head.revision=…</code>, or a stretch of time, <code>FROM..TO</code>.</p>`;
}

/** While it is computed. */
export function compareProgress(asked: AskedComparison, stage: string): Html {
	return html`<h1>${asked.pipeline}: ${asked.baseline} against ${asked.candidate}</h1><div class="notice" role="status"><p class="lead">Comparing: ${stage}.</p><p class="small faint">This page asks again every two seconds; the comparison goes on when you leave it.</p></div>`;
}

/** What a comparison came to. */
export function comparePage(
	asked: AskedComparison,
	{ presented, exampleRuns, bounded }: CompareResult,
): Html {
	const names = { baseline: shortName(asked.baseline), candidate: shortName(asked.candidate) };
	const { difference } = presented.end_to_end;
	return html`<p class="crumbs"><a href="/compare">Compare</a> / ${presented.pipeline}</p><h1>${names.baseline} against ${names.candidate}</h1>
${verdictNotice(presented)}
<p>Failed runs: ${percent(presented.end_to_end.baseline.rate)} → ${percent(presented.end_to_end.candidate.rate)}, ${points(difference.value)} ${range(difference.interval, points)}, p ${showP(difference.p)}. ${presented.paired_tasks > 0 ? `Paired over ${presented.paired_tasks} tasks. ` : ""}Healthy: ${presented.reference}.${bounded ? html` <span class="warn">Of each side the newest ${MOST_RUNS.toLocaleString("en")} runs; <code>faultline compare</code> takes all.</span>` : ""}</p>${mixLine(presented)}
<h2>Which component</h2>${contributionTable(presented, names)}
${exampleRuns.length === 0 ? "" : html`<h2>Examples</h2>${runTable(exampleRuns, "Failing runs of the candidate, the plainest first")}`}
${presented.context === null ? "" : contextView(presented.context)}`;
}

const shortName = (selector: string): string => selector.replace(/^service\.version=/, "");

function verdictNotice({ verdict, components, end_to_end: whole, evidence }: PresentedComparison): Html {
	const named = components.filter(({ step }) => verdict.steps.includes(step));
	const said = evidence
		.filter(({ step }) => verdict.steps.length === 0 || verdict.steps.includes(step))
		.slice(0, 5);
	const worse = whole.difference.value >= 0;
	const list = html`<ul>${said.map((one) => html`<li>${one.step}: ${prose(one.text)} <span class="faint small">${one.check}: strange in ${one.candidate.strange} of ${one.candidate.judged} failing runs of the candidate, ${one.baseline.judged === 0 ? "not judged in the baseline" : `in ${one.baseline.strange} of ${one.baseline.judged} runs of the baseline`}</span></li>`)}</ul>`;
	switch (verdict.kind) {
		case "component":
		case "several":
			return html`<div class="notice ${worse ? "bad" : "good"}"><p class="lead"><strong>${named.map(({ step }) => step).join(" and ")} ${worse ? "broke" : "improved"}.</strong></p>${list}</div>`;
		case "inputs":
			return html`<div class="notice warn"><p class="lead"><strong>The inputs changed, not the pipeline.</strong></p><p>The same inputs fail as often as before.</p></div>`;
		case "no-change":
			return html`<div class="notice good"><p class="lead"><strong>Nothing changed.</strong></p><p>No component stands out, and a rise of the failure rate by more than 5 points is ruled out.</p></div>`;
		default:
			return html`<div class="notice warn"><p class="lead"><strong>It cannot be told which component changed.</strong></p>${verdict.needed_runs === null ? "" : html`<p>About ${verdict.needed_runs.toLocaleString("en")} runs on each side would settle it.</p>`}${said.length === 0 ? "" : html`<p>What behaves differently, to blame or not:</p>${list}`}</div>`;
	}
}

const mixLine = ({ mix }: PresentedComparison): Html =>
	mix.inputs === null || mix.response === null
		? html``
		: html`<p class="small faint">Of the change, ${points(mix.inputs)} come from another mix of inputs and ${points(mix.response)} from another response to the same inputs.</p>`;
