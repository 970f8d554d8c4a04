import { scaleLinear, scaleUtc } from "d3-scale";
import { line } from "d3-shape";
import { nameOfStream, showEvidence } from "../../cli/render-drift.ts";
import type { PresentedDay } from "../../core/present-drift.ts";
import type { StoredStream } from "../../store/drift-results.ts";
import { type Html, html } from "../html.ts";
import { showP } from "../show-p.ts";
import { moment } from "../times.ts";

const BOX = { width: 1180, height: 130, left: 46, right: 12, top: 14, bottom: 24 } as const;

const tens = (evidence: number): number => Math.log10(Math.max(1e-300, evidence));

/** The evidence of a stream over time, in powers of ten, with what an alarm needs; each watch begins anew after an alarm. */
export function evidenceLine(stream: StoredStream): Html {
	const { days, bucketSeconds } = stream;
	const [first, last] = [days[0], days.at(-1)];
	if (first === undefined || last === undefined) return html``;
	const at = ({ bucket }: PresentedDay): number => Date.parse(bucket) + 500 * bucketSeconds;
	const x = scaleUtc(
		[Date.parse(first.bucket), Date.parse(last.bucket) + 1000 * bucketSeconds],
		[BOX.left, BOX.width - BOX.right],
	);
	const heights = days.flatMap(({ evidence, needed }) => [tens(evidence), tens(needed)]);
	const y = scaleLinear(
		[Math.min(-0.5, ...heights), Math.max(0.5, ...heights)],
		[BOX.height - BOX.bottom, BOX.top],
	).nice(4);
	const curve = line<PresentedDay>(
		(day) => x(at(day)),
		(day) => y(tens(day.evidence)),
	);
	const watches = [...Map.groupBy(days, ({ since }) => since).values()];
	const name = nameOfStream(stream);
	const format = (tick: Date): string =>
		tick.toISOString().slice(...(bucketSeconds < 86_400 ? [5, 16] : [5, 10]));
	return html`<figure class="line"><svg class="chart wide" viewBox="0 0 ${BOX.width} ${BOX.height}" role="group" aria-label="Evidence of drift: ${name}">
${y.ticks(4).map((tick) => html`<line class="grid" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(tick)}" y2="${y(tick)}" /><text class="faint" x="${BOX.left - 6}" y="${y(tick) + 4}" text-anchor="end">${showEvidence(10 ** tick)}</text>`)}
${x.ticks(8).map((tick) => html`<text class="faint" x="${x(tick)}" y="${BOX.height - 6}" text-anchor="middle">${format(tick).replace("T", " ")}</text>`)}
<line class="threshold" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(tens(last.needed))}" y2="${y(tens(last.needed))}" />
${watches.map((group) => html`<path class="evidence curve" d="${curve(group) ?? ""}" />`)}
${days.map((day) => html`<g><title>${day.bucket.slice(0, 16).replace("T", " ")}: evidence ${showEvidence(day.evidence)}, p ${showP(day.p)}, ${day.texts} texts</title><circle class="${day.alarm ? "evidence dot alarm" : "evidence dot"}" cx="${x(at(day))}" cy="${y(tens(day.evidence))}" r="${day.alarm ? 5 : 2.5}" /></g>`)}</svg>
<figcaption class="small faint">${name}: evidence, on a scale of powers of ten; the dashed line is what an alarm needs. Times in UTC.</figcaption>
<details class="beside"><summary>As a table</summary><div class="scroll"><table><caption>${name}</caption><thead><tr><th scope="col">From (UTC)</th><th scope="col" class="number">Texts</th><th scope="col" class="number">p</th><th scope="col">By</th><th scope="col" class="number">Evidence</th><th scope="col" class="number">Alarm at</th></tr></thead>
<tbody>${days.map((day) => html`<tr><th scope="row">${moment(Date.parse(day.bucket))}</th><td class="number">${day.texts}</td><td class="number">${showP(day.p)}</td><td>${day.aspect}</td><td class="number">${showEvidence(day.evidence)}${day.alarm ? html` <span class="tag bad">alarm</span>` : ""}</td><td class="number faint">${showEvidence(day.needed)}</td></tr>`)}</tbody></table></div></details></figure>`;
}
