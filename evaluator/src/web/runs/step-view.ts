import { diffWords, joinChanges } from "../../core/diff-words.ts";
import { markMissing } from "../../core/mark-missing.ts";
import type { PresentedVerdict } from "../../core/present-verdict.ts";
import type { Step } from "../../core/trace.ts";
import type { ScoreHead } from "../../store/read-surroundings.ts";
import { contentView, piecesView, shownText } from "../content-view.ts";
import { type Html, html } from "../html.ts";
import { prose } from "../prose.ts";
import { showP } from "../show-p.ts";
import { chance } from "../tags.ts";
import { duration } from "../times.ts";

/** A step and everything that is known around it. */
export interface StepSurroundings {
	readonly step: Step;
	readonly runStartUs: number;
	readonly verdict: PresentedVerdict | null;
	readonly origin: boolean;
	readonly probability: number;
	readonly scores: readonly ScoreHead[];
	/** The same step of the passing run that this one is compared with. */
	readonly twin: { readonly traceId: string; readonly step: Step } | null;
	/** Whose outputs it used, and who used its own. */
	readonly givers: readonly Step[];
	readonly users: readonly Step[];
}

type Evidence = PresentedVerdict["evidence"][number];

/** One step: evidence, what it was given and what it put out, and where that differs from what healthy runs or the next step have. */
export function stepView(around: StepSurroundings): Html {
	const { step, verdict, origin, probability, twin, users } = around;
	const evidence = verdict?.evidence.filter(({ span_id }) => isAt(span_id, step)) ?? [];
	return html`<details class="step" id="${step.spanId}"${origin ? html` open` : ""}><summary data-row><span class="name">${step.name}</span> <span class="faint">${step.kind}</span>
${origin ? html`<span class="tag bad">began here, ${chance(probability)}</span>` : probability >= 0.005 ? html`<span class="tag warn">began here? ${chance(probability)}</span>` : ""}
${evidence.length > 0 && !origin ? html`<span class="tag warn">${evidence.length} strange</span>` : ""}${step.failed ? html`<span class="tag warn">failed</span>` : ""}
<span class="faint small">+${duration(step.startUs - around.runStartUs)} · ${duration(step.durationUs)}${step.version === "" ? "" : html` · <code>${step.version}</code>`}</span></summary>
<div class="inside">${step.statusMessage === "" ? "" : html`<p class="bad">${step.statusMessage}</p>`}${evidenceTable(evidence, step)}${neighbours(around)}
<div class="sides"><section><h3>Input</h3>${contentView(step.input)}</section><section><h3>Output</h3>${contentView(step.output)}</section></div>
${twin === null ? "" : besideTwin(step, twin)}${users.map((user) => usedBy(step, user, origin))}${allScores(around.scores)}${attributesView(step)}</div></details>`;
}

const isAt = (spanId: string, step: Step): boolean =>
	spanId === step.spanId || spanId.endsWith(`->${step.spanId}`);

function evidenceTable(evidence: readonly Evidence[], step: Step): Html {
	if (evidence.length === 0) return html``;
	const sorted = evidence.toSorted((a, b) => (a.p ?? 1) - (b.p ?? 1));
	return html`<div class="scroll"><table class="evidence"><caption>What is strange here; p: how often healthy runs are as strange. Local: against its own input or contract. Inherited: a bad input spoils it too.</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Sort</th><th scope="col">Finding</th><th scope="col" class="number">p</th></tr></thead>
<tbody>${sorted.map((one) => html`<tr><th scope="row"><code>${one.check}</code></th><td class="faint">${one.sort}${one.span_id === step.spanId ? "" : ", hand-off"}</td><td>${prose(one.text)}</td><td class="number">${showP(one.p)}</td></tr>`)}</tbody></table></div>`;
}

function neighbours({ givers, users }: StepSurroundings): Html {
	const list = (steps: readonly Step[]): Html =>
		html`${steps.map((one, index) => html`${index === 0 ? "" : ", "}<a href="#${one.spanId}">${one.name}</a>`)}`;
	if (givers.length + users.length === 0) return html``;
	return html`<p class="small">${givers.length === 0 ? "" : html`Given by ${list(givers)}. `}${users.length === 0 ? "" : html`Used by ${list(users)}.`}</p>`;
}

function besideTwin(step: Step, { traceId, step: other }: NonNullable<StepSurroundings["twin"]>): Html {
	const side = (what: "input" | "output"): Html => {
		if (step[what] === "" && other[what] === "") return html``;
		if (step[what] === other[what]) return html`<p class="small faint">The ${what} is the same.</p>`;
		return html`<h3>${what === "input" ? "Input" : "Output"}, beside the passing run</h3>${piecesView(joinChanges(diffWords(shownText(other[what]), shownText(step[what]))))}`;
	};
	return html`<details class="beside"${step.output === other.output ? "" : html` open`}><summary>Beside a passing run of the same task${step.output === other.output ? ": the same output" : ""}</summary>
<p class="small faint"><a href="/runs/${traceId}#${other.spanId}">Run ${traceId.slice(0, 8)}</a> passed${other.version === step.version ? "" : html`, with version <code>${other.version || "none"}</code>`}. <del>Only there</del>, <ins>only here</ins>.</p>${side("output")}${side("input")}</details>`;
}

function usedBy(step: Step, user: Step, open: boolean): Html {
	if (step.output === "" || user.input === "") return html``;
	const { pieces, words, used } = markMissing(shownText(step.output), shownText(user.input));
	const all = used === words;
	return html`<details class="beside"${open && !all ? html` open` : ""}><summary>What ${user.name} got of it: ${all ? "every word" : `${used} of ${words} words`}</summary>${all ? "" : html`<p class="small faint"><del>Not in its input.</del></p>`}${piecesView(pieces)}</details>`;
}

function allScores(scores: readonly ScoreHead[]): Html {
	if (scores.length === 0) return html``;
	return html`<details class="beside"><summary>Every score (${scores.length})</summary><div class="scroll"><table><caption>1: ordinary, or the contract is kept. –: could not tell.</caption>
<thead><tr><th scope="col">Scorer</th><th scope="col">Source</th><th scope="col">Sort</th><th scope="col" class="number">Score</th><th scope="col" class="number">p</th><th scope="col">Says</th></tr></thead>
<tbody>${scores.map((one) => html`<tr><th scope="row"><code>${one.scorer}</code></th><td class="faint">${one.source}</td><td class="faint">${one.sort}</td><td class="number">${one.value === null ? "–" : one.value.toPrecision(3)}</td><td class="number">${showP(one.p)}</td><td>${prose(one.explanation || one.label)}</td></tr>`)}</tbody></table></div></details>`;
}

/** Attributes that are shown already, as input or output. */
const CONTENT =
	/\.(input|output|messages|arguments|result|documents|system_instructions|variables|template)$/;

function attributesView({ attributes }: Step): Html {
	const listed = Object.entries(attributes)
		.filter(([name]) => !CONTENT.test(name))
		.sort(([a], [b]) => (a < b ? -1 : 1));
	if (listed.length === 0) return html``;
	return html`<details class="beside"><summary>Attributes (${listed.length})</summary><div class="scroll"><table><caption>As recorded on the span</caption><thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
<tbody>${listed.map(([name, value]) => html`<tr><th scope="row"><code>${name}</code></th><td><code>${value.slice(0, LONGEST_ATTRIBUTE)}</code></td></tr>`)}</tbody></table></div></details>`;
}

const LONGEST_ATTRIBUTE = 2000;
