import { renderSince, renderSlices, valueIn, wordsOf } from "../../cli/render-context.ts";
import type { PresentedBehaviourChange, PresentedContext } from "../../core/present-context.ts";
import { type Html, html } from "../html.ts";
import { percent } from "../percent.ts";
import { showP } from "../show-p.ts";

const SHOWN_BEHAVIOURS = 12;

/** What stands beside a comparison: since when, where, and what behaves differently. None of it is blame. */
export function contextView({ since, since_named: named, slices, behaviour }: PresentedContext): Html {
	const when = [
		...(since === null ? [] : renderSince(since, "Failed runs", percent)),
		...named.flatMap((one) => renderSince(one, `Runs whose evidence names ${one.step}`, percent)),
	];
	return html`${when.length === 0 ? "" : html`<h2>Since when</h2>${list(when)}`}
${slices.found.length === 0 ? "" : html`<h2>Where</h2>${list(renderSlices(slices))}`}
${behaviour.changes.length === 0 ? "" : behaviourTable(behaviour.changes)}`;
}

/** Lines of a terminal's report: what is indented further belongs to the line above. */
function list(lines: readonly string[]): Html {
	const items: string[][] = [];
	for (const line of lines) {
		if (/^ {4}/.test(line) && items.length > 0) items.at(-1)?.push(line.trim());
		else items.push([line.trim()]);
	}
	return html`<ul>${items.map(([first, ...rest]) => html`<li>${first}${rest.map((line) => html`<br><span class="faint">${line}</span>`)}</li>`)}</ul>`;
}

function behaviourTable(changes: readonly PresentedBehaviourChange[]): Html {
	return html`<h2>Behaves differently</h2><div class="scroll"><table><caption>No blame: a harmless change behaves differently too.${changes.length > SHOWN_BEHAVIOURS ? ` The first ${SHOWN_BEHAVIOURS} of ${changes.length}.` : ""}</caption>
<thead><tr><th scope="col">Step</th><th scope="col">What</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">z</th><th scope="col" class="number">q</th></tr></thead>
<tbody>${changes.slice(0, SHOWN_BEHAVIOURS).map(behaviourRow)}</tbody></table></div>`;
}

function behaviourRow(change: PresentedBehaviourChange): Html {
	const show = valueIn(change.unit);
	return html`<tr><th scope="row">${change.kind === "run" ? "between the steps" : change.step}</th><td>${wordsOf(change)}</td><td class="number">${show(change.baseline.value)}</td><td class="number">${show(change.candidate.value)}</td><td class="number">${change.z.toFixed(1)}</td><td class="number">${showP(change.q)}</td></tr>`;
}
