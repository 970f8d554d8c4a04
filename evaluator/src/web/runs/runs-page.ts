import type { StoredVerdict, VerdictFilter } from "../../store/read-verdicts.ts";
import { type Html, html } from "../html.ts";

/** A list of judged runs. */
export function runsPage(verdicts: readonly StoredVerdict[], filter: VerdictFilter): Html {
	const shown = Object.values(filter).filter(Boolean).join(", ");
	return html`<h1>Runs${shown === "" ? "" : `: ${shown}`}</h1><p>${verdicts.length === 200 ? "The newest 200." : `${verdicts.length} runs.`}</p>
<table><thead><tr><th>Started (UTC)</th><th>Pipeline</th><th>Version</th><th>Outcome</th><th>Verdict</th><th class="number">Probability</th></tr></thead>
<tbody>${verdicts.map(
		({ startMs, verdict }) =>
			html`<tr><td><a href="/runs/${verdict.trace_id}">${new Date(startMs).toISOString().slice(0, 19).replace("T", " ")}</a></td><td>${verdict.pipeline}</td><td>${verdict.service_version}</td>
<td class="${verdict.outcome === "fail" ? "bad" : verdict.outcome === "pass" ? "good" : "muted"}">${verdict.outcome}</td><td>${verdict.origin === null ? verdict.verdict : `began in ${verdict.origin.step}`}</td><td class="number">${verdict.origin === null ? "" : `${Math.round(100 * verdict.origin.probability)} %`}</td></tr>`,
	)}</tbody></table>`;
}
