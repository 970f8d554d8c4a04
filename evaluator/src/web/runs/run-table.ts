import type { RunHead } from "../../store/read-run-heads.ts";
import { titleOf } from "../content-view.ts";
import { type Html, html } from "../html.ts";
import { outcomeTag, runPath, verdictWords } from "../tags.ts";
import { duration, moment } from "../times.ts";

/** Runs as a table, a row each. */
export function runTable(runs: readonly RunHead[], caption: string): Html {
	return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr><th scope="col">Asked</th><th scope="col">Outcome</th><th scope="col">Verdict</th><th scope="col">Version</th><th scope="col" class="number">Took</th><th scope="col">Started (UTC)</th></tr></thead>
<tbody>${runs.map(runRow)}</tbody></table></div>`;
}

function runRow(run: RunHead): Html {
	const title = titleOf(run.asked);
	return html`<tr data-row><th scope="row" class="asked"><a href="${runPath(run)}">${title === "" ? `run ${run.traceId.slice(0, 8)}` : title}</a></th>
<td>${outcomeTag(run.outcome)}</td><td>${verdictWords(run.verdict)}</td><td><code>${run.serviceVersion || "–"}</code></td><td class="number">${duration(run.durationUs)}</td><td class="nowrap">${moment(run.startMs)}</td></tr>`;
}
