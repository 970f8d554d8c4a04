import { nameOfStream, showEvidence } from "../../cli/render-drift.ts";
import type { PresentedDay, PresentedStreamComparison } from "../../core/present-drift.ts";
import type { StoredComparison, StoredStream } from "../../store/drift-results.ts";
import { type Html, html } from "../html.ts";
import { choice } from "../runs/runs-page.ts";
import { showP } from "../show-p.ts";
import type { AskedRange } from "../time-range.ts";
import { moment } from "../times.ts";
import { changedView, mixView } from "./changed-view.ts";
import { evidenceLine } from "./evidence-line.ts";

export interface DriftView {
	readonly range: AskedRange;
	readonly pipeline: string;
	readonly pipelines: readonly string[];
	/** Of the pipeline. */
	readonly streams: readonly StoredStream[];
	/** Newest first. */
	readonly comparisons: readonly StoredComparison[];
}

/** What is asked and answered, against what was asked and answered before. */
export function driftPage({ range, pipeline, pipelines, streams, comparisons }: DriftView): Html {
	const form = html`<form class="filters" data-sends-itself>${choice("Pipeline", "pipeline", pipeline, pipelines)}<label>Since<input name="since" value="${range.since}" placeholder="30d" size="12"></label><label>Until<input name="until" value="${range.until}" placeholder="now" size="12"></label><button>Show</button></form>`;
	if (streams.length === 0 && comparisons.length === 0) {
		return html`<h1>Drift</h1>${form}<div class="empty"><h2>Nobody looked for drift in this time</h2><p>The evaluator compares every day that is over with the days before: what is asked and answered, of the pipeline and of each step, at a false-alarm rate that holds however often one looks. <code>npx faultline drift</code> does so now.</p><p><code>npx faultline drift --baseline service.version=41 --candidate service.version=42</code> compares two sets of runs.</p></div>`;
	}
	const alarms = streams.flatMap((stream) =>
		stream.days.filter(({ alarm }) => alarm).map((day) => ({ stream, day })),
	);
	const ofSteps = streams.filter(({ step, days }) => step !== "" && days.some(({ alarm }) => alarm));
	return html`<h1>Drift of ${pipeline}</h1>${form}
${streams.length === 0 ? "" : html`${streamTable(streams)}${streams.filter(({ step }) => step === "").map(evidenceLine)}${ofSteps.length === 0 ? "" : html`<details class="beside"><summary>Streams of steps that alarmed</summary>${ofSteps.map(evidenceLine)}</details>`}`}
${alarms.sort((a, b) => (a.day.bucket < b.day.bucket ? 1 : -1)).map(({ stream, day }) => alarmView(stream, day))}
${comparisons.map(comparisonView)}`;
}

function streamTable(streams: readonly StoredStream[]): Html {
	return html`<div class="scroll"><table><caption>The evidence that a stream has changed since the watch over it began, or since its last alarm. It reaches “alarm at” without cause with a chance of at most 5 % (or as the watch was told), all streams together and however often one looks.</caption>
<thead><tr><th scope="col">Stream</th><th scope="col">Last (UTC)</th><th scope="col" class="number">Texts</th><th scope="col" class="number">p that day</th><th scope="col" class="number">Evidence</th><th scope="col" class="number">Alarm at</th><th scope="col">Since (UTC)</th><th scope="col">Alarms</th></tr></thead>
<tbody>${streams.map(streamRow)}</tbody></table></div>`;
}

function streamRow(stream: StoredStream): Html {
	const last = stream.days.at(-1);
	if (last === undefined) return html``;
	const alarms = stream.days.filter(({ alarm }) => alarm).length;
	return html`<tr><th scope="row">${nameOfStream(stream)}</th><td class="nowrap">${moment(Date.parse(last.bucket))}</td><td class="number">${last.texts}</td><td class="number">${showP(last.p)}</td><td class="number">${showEvidence(last.evidence)}</td><td class="number faint">${showEvidence(last.needed)}</td><td class="nowrap faint">${moment(Date.parse(last.since))}</td><td>${alarms === 0 ? html`<span class="faint">none</span>` : html`<span class="tag bad">${alarms}</span>`}</td></tr>`;
}

const alarmView = (stream: StoredStream, day: PresentedDay): Html =>
	html`<h2>${day.bucket.slice(0, 16).replace("T", " ").replace(" 00:00", "")}: ${nameOfStream(stream)} changed</h2>
<p class="small faint">By ${day.aspect || "nothing that could be named"}; evidence ${showEvidence(day.evidence)} against ${showEvidence(day.needed)}; ${day.texts} texts beside ${day.past_texts}.</p>
${day.changed === null ? "" : aside(stream, html`${changedView(day.changed)}${mixView(day.changed.mix)}`)}`;

function comparisonView({ comparedMs, baseline, candidate, streams, mix }: StoredComparison): Html {
	return html`<h2>${baseline} against ${candidate}</h2>
<div class="scroll"><table><caption>Compared at ${moment(comparedMs)}; q is corrected for all streams.</caption><thead><tr><th scope="col">Stream</th><th scope="col" class="number">Texts before</th><th scope="col" class="number">After</th><th scope="col" class="number">p</th><th scope="col" class="number">q</th><th scope="col">By</th></tr></thead>
<tbody>${streams.map(comparisonRow)}</tbody></table></div>
${streams.map((stream) => (stream.changed === null ? "" : html`<h3>${nameOfStream(stream)}</h3>${aside(stream, changedView(stream.changed))}`))}${mixView(mix)}`;
}

const comparisonRow = (stream: PresentedStreamComparison): Html =>
	html`<tr><th scope="row">${nameOfStream(stream)}</th><td class="number">${stream.texts_before}</td><td class="number">${stream.texts_after}</td><td class="number">${showP(stream.p)}</td><td class="number">${showP(stream.q)}</td><td>${stream.changed === null ? html`<span class="faint">no change seen</span>` : stream.aspect}</td></tr>`;

/** What steps were given and gave mostly repeats what the pipeline was. */
const aside = ({ step }: Pick<StoredStream, "step">, content: Html): Html =>
	step === "" ? content : html`<details class="beside"><summary>What changed</summary>${content}</details>`;
