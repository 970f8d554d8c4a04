import type { PresentedDescription, PresentedShare } from "../../core/present-drift.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";
import { showP } from "../show-p.ts";

/** Which words and clusters moved, and runs to look at. */
export function changedView({ words, clusters, length, examples }: Omit<PresentedDescription, "mix">): Html {
	const { before, after } = length;
	return html`${words.length === 0 ? "" : shareTable("Words, as shares of tasks", words)}
${clusters.length === 0 ? "" : shareTable("Clusters of like texts", clusters)}
${before === null || after === null ? "" : html`<p>Median length ${Math.round(before)} → ${Math.round(after)} characters.</p>`}
${examples.length === 0 ? "" : html`<p>For example</p><ul>${examples.map(({ trace_id, text }) => html`<li><a href="/runs/${encodeURIComponent(trace_id)}">${text || trace_id}</a></li>`)}</ul>`}`;
}

function shareTable(caption: string, shares: readonly PresentedShare[]): Html {
	return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr><th scope="col"><span class="hidden-words">Which</span></th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">Tasks before</th><th scope="col" class="number">Tasks after</th><th scope="col" class="number">q</th></tr></thead>
<tbody>${shares.map(shareRow)}</tbody></table></div>`;
}

function shareRow({ name, before, after, q }: PresentedShare): Html {
	const share = ([held, tasks]: readonly [number, number]): string =>
		percent(tasks === 0 ? null : held / tasks);
	return html`<tr><th scope="row">${name}</th><td class="number">${share(before)}</td><td class="number"><strong>${share(after)}</strong></td><td class="number faint">${before[0]} of ${before[1]}</td><td class="number faint">${after[0]} of ${after[1]}</td><td class="number">${showP(q)}</td></tr>`;
}

/** The change of the failure rate in two parts. */
export function mixView(mix: PresentedDescription["mix"]): Html {
	if (mix === null) return html``;
	const part = (name: string, value: number, interval: readonly [number, number] | null): Html =>
		html`<div class="card"><div class="faint small">${name}</div><div class="value">${points(value)}</div><div class="small faint">${interval === null ? "" : `${points(interval[0])} to ${points(interval[1])}`}</div></div>`;
	return html`<h3>Of the change of the failure rate</h3><div class="cards">${part("from another mix of inputs", mix.inputs, mix.inputs_interval)}${part("from another response to the same inputs", mix.response, mix.response_interval)}</div>`;
}
