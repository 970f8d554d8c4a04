import type { PresentedVerdict } from "../../core/present-verdict.ts";
import { type Html, html } from "../html.ts";
import { prose } from "../prose.ts";
import { chance } from "../tags.ts";

type Candidate = PresentedVerdict["candidates"][number];

const LISTED = 8;
const LISTED_ANYHOW = 3;
const WORTH_A_LINE = 0.005;

/** What the evaluator says of a run: the sentence, what speaks for it, and how the probability is spread. */
export function verdictView(verdict: PresentedVerdict | null): Html {
	if (verdict === null) {
		return html`<div class="notice"><p>Not judged yet. A running <code>faultline up</code> judges a run some seconds after its last span; <code>faultline evaluate</code> judges what is stored.</p></div>`;
	}
	const { origin } = verdict;
	const evidence = verdict.evidence.filter(({ span_id }) => span_id === origin?.span_id);
	return html`<div class="notice ${toneOf(verdict)}"><p class="lead"><strong>${sentence(verdict)}</strong>${origin?.verified ? html` <span class="tag good">verified by replay</span>` : ""}</p>
${origin === null ? "" : html`<p class="small"><a href="#${anchorOf(origin.span_id)}">Go there</a>${origin.component_version === "" ? "" : html` · version <code>${origin.component_version}</code>`}</p>`}
${evidence.length === 0 ? "" : html`<ul>${evidence.slice(0, 4).map(({ text }) => html`<li>${prose(text)}</li>`)}</ul>`}
${verdict.also.length === 0 ? "" : html`<p>Broken too, by itself: ${verdict.also.map(({ step, kind }) => `${step} (${kind})`).join(", ")}.</p>`}</div>
${posterior(verdict)}`;
}

const toneOf = ({ verdict }: PresentedVerdict): string =>
	verdict === "fault" ? "bad" : verdict === "no-fault" ? "good" : "warn";

function sentence({ verdict, origin, candidates }: PresentedVerdict): string {
	switch (verdict) {
		case "fault":
			return origin === null
				? "Something broke; where cannot be told."
				: origin.kind === "input"
					? `The fault began in what was asked, ${chance(origin.probability)}.`
					: `The fault began in ${origin.step} (${origin.kind}), ${chance(origin.probability)}.`;
		case "ambiguous":
			return `The fault began in one of ${candidates
				.slice(0, 3)
				.map((one) => `${wordsOf(one)} (${chance(one.probability)})`)
				.join(", ")}.`;
		case "no-fault":
			return "No fault.";
		default:
			return "Nothing could be checked: no step of this run recorded its input or output.";
	}
}

/** A hand-off is shown at the step that received it. */
const anchorOf = (spanId: string | null): string => spanId?.split("->").at(-1) ?? "input";

function posterior(verdict: PresentedVerdict): Html {
	const listed = verdict.candidates
		.filter(({ probability }, index) => probability >= WORTH_A_LINE || index < LISTED_ANYHOW)
		.slice(0, LISTED);
	if (listed.length === 0 || verdict.verdict === "no-fault") return html``;
	const inSet = (one: Candidate): boolean => verdict.set90.includes(one.span_id ?? one.step);
	return html`<div class="scroll"><table class="posterior"><caption>Where it may have begun. Bars inside the frame together hold at least 90 %.</caption>
<thead><tr><th scope="col">Place</th><th scope="col">Kind</th><th scope="col" class="bars">Probability</th><th scope="col" class="number"></th></tr></thead>
<tbody>${listed.map(
		(
			one,
		) => html`<tr${inSet(one) ? html` class="in-set"` : ""}><th scope="row">${one.span_id === null ? wordsOf(one) : html`<a href="#${anchorOf(one.span_id)}">${one.step}</a>`}</th><td class="faint">${one.kind}</td>
<td class="bars">${bar(one.probability, inSet(one))}</td><td class="number">${chance(one.probability)}${inSet(one) ? html`<span class="hidden-words"> (in the 90 % set)</span>` : ""}</td></tr>`,
	)}</tbody></table></div>`;
}

const bar = (share: number, strong: boolean): Html =>
	html`<svg width="100%" height="12" aria-hidden="true"><rect class="${strong ? "own" : "whole"}" y="1" width="${(100 * share).toFixed(2)}%" height="10" rx="2" /></svg>`;

const wordsOf = ({ kind, step }: Candidate): string =>
	kind === "input" ? "what was asked" : kind === "unknown" ? "nothing that a check saw" : step;
