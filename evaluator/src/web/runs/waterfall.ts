import type { PresentedVerdict } from "../../core/present-verdict.ts";
import { selfTimeUs } from "../../core/self-time.ts";
import type { Run, Step } from "../../core/trace.ts";
import { type Html, html } from "../html.ts";
import { duration } from "../times.ts";
import { isOrigin } from "./run-flow.ts";

/** More spans than this are not drawn. */
const MAX_ROWS = 500;

interface Row {
	readonly span: Step;
	readonly depth: number;
	readonly selfUs: number;
}

/** Every span of a run over the time it took, below the span that started it; the dark part of a bar is the span's own time. */
export function waterfall(run: Run, verdict: PresentedVerdict | null): Html {
	const rows = rowsOf(run);
	const end = Math.max(
		run.startUs + run.durationUs,
		...rows.map(({ span }) => span.startUs + span.durationUs),
	);
	const start = Math.min(run.startUs, ...rows.map(({ span }) => span.startUs));
	const place = (us: number): number => (100 * (us - start)) / Math.max(1, end - start);
	return html`<div class="scroll"><table class="waterfall"><caption>${rows.length} spans in ${duration(end - start)}. The dark part of a bar is the span's own time.${rows.length > MAX_ROWS ? ` The first ${MAX_ROWS} are shown.` : ""}</caption>
<thead><tr><th scope="col">Span</th><th scope="col">Kind</th><th scope="col" class="time">Time</th><th scope="col" class="number">Took</th><th scope="col" class="number">Itself</th></tr></thead>
<tbody>${rows.slice(0, MAX_ROWS).map((row) => waterfallRow(row, verdict, place))}</tbody></table></div>`;
}

function waterfallRow(
	{ span, depth, selfUs }: Row,
	verdict: PresentedVerdict | null,
	place: (us: number) => number,
): Html {
	const share = span.durationUs === 0 ? 1 : selfUs / span.durationUs;
	const origin = isOrigin(span.spanId, verdict);
	const strange = verdict?.evidence.filter(({ span_id }) => span_id === span.spanId).length ?? 0;
	const mark = origin
		? html` <span class="tag bad">began here</span>`
		: strange > 0
			? html` <span class="tag warn">${strange} strange</span>`
			: span.failed
				? html` <span class="tag warn">failed</span>`
				: "";
	const name =
		span.kind === ""
			? html`<span class="faint">${span.name}</span>`
			: html`<a href="#${span.spanId}">${span.name}</a>`;
	const from = percent(place(span.startUs));
	const whole = place(span.startUs + span.durationUs) - place(span.startUs);
	return html`<tr data-row><th scope="row" class="depth-${Math.min(depth, 8)}">${name}${mark}</th><td class="faint">${span.kind}</td>
<td class="time"><svg width="100%" height="14" aria-hidden="true"><rect class="line" x="0" y="13" width="100%" height="1" /><rect class="whole" x="${from}" y="2" width="${percent(whole)}" height="9" rx="2" /><rect class="own${origin ? " bad" : ""}" x="${from}" y="2" width="${percent(whole * share)}" height="9" rx="2" /></svg></td>
<td class="number">${duration(span.durationUs)}</td><td class="number faint">${duration(selfUs)}</td></tr>`;
}

const percent = (value: number): string => `${value.toFixed(3)}%`;

/** Spans below their parents, by start; what has no parent here stands at the left. */
function rowsOf(run: Run): Row[] {
	const known = new Set(run.spans.map(({ spanId }) => spanId));
	const children = Map.groupBy(run.spans, ({ parentSpanId }) =>
		known.has(parentSpanId) ? parentSpanId : "",
	);
	const rows: Row[] = [];
	const seen = new Set<string>();
	const open = (children.get("") ?? []).map((span) => ({ span, depth: 0 })).reverse();
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { span, depth } = next;
		// A span that is its own ancestor would never end.
		if (seen.has(span.spanId)) continue;
		seen.add(span.spanId);
		const below = children.get(span.spanId) ?? [];
		rows.push({ span, depth, selfUs: selfTimeUs(span, below) });
		for (const child of below.toReversed()) open.push({ span: child, depth: depth + 1 });
	}
	return rows;
}
