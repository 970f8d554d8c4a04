import type { RunCursor, RunFilter, RunHead } from "../../store/read-run-heads.ts";
import { arrivedNote } from "../arrived-note.ts";
import { type Html, html } from "../html.ts";
import { address } from "../tags.ts";
import type { AskedRange } from "../time-range.ts";
import { moment } from "../times.ts";
import { runTable } from "./run-table.ts";

export interface RunList {
	readonly filter: RunFilter;
	readonly range: AskedRange;
	readonly runs: readonly RunHead[];
	readonly next: RunCursor | null;
	/** Where a search for text ended for now. */
	readonly searchedToMs: number | null;
	/** Whether this is the first page. */
	readonly first: boolean;
	/** What there is to choose from. */
	readonly pipelines: readonly string[];
	readonly versions: readonly string[];
	readonly steps: readonly string[];
}

export const OUTCOMES = ["pass", "fail", "unknown"] as const;
export const VERDICTS = ["fault", "ambiguous", "no-fault", "no-coverage"] as const;

/** The runs that fit, newest first, with what narrows them down. */
export function runsPage(list: RunList): Html {
	const { runs, first } = list;
	const newest = runs[0];
	const live = first && list.range.until === "" && newest !== undefined;
	return html`<h1>Runs</h1>${live ? arrivedNote(newest.startMs, { pipeline: list.filter.pipeline, version: list.filter.serviceVersion, href: address("/runs", queryOf(list)) }) : ""}${filterForm(list)}
${runs.length === 0 ? emptyList(list) : runTable(runs, `${runs.length} runs${first ? "" : ", further back"}, newest first`)}
${list.searchedToMs === null ? "" : html`<p class="small faint">Looked through everything since ${moment(list.searchedToMs)} UTC. What started before is a page of its own.</p>`}${pages(list)}`;
}

/** The filter as it stands in the address. */
export const queryOf = ({ filter, range }: Pick<RunList, "filter" | "range">): Record<string, string> => ({
	q: filter.text,
	pipeline: filter.pipeline,
	version: filter.serviceVersion,
	step: filter.step,
	outcome: filter.outcome,
	verdict: filter.verdict,
	since: range.since,
	until: range.until,
});

function filterForm(list: RunList): Html {
	const { filter, range } = list;
	return html`<form class="filters" data-sends-itself role="search" aria-label="Runs">
<label>Search in what was asked or answered<input type="search" name="q" value="${filter.text}" placeholder="words, or a trace id"></label>
${choice("Pipeline", "pipeline", filter.pipeline, list.pipelines)}${choice("Version", "version", filter.serviceVersion, list.versions)}${choice("Began in", "step", filter.step, list.steps)}${choice("Outcome", "outcome", filter.outcome, OUTCOMES)}${choice("Verdict", "verdict", filter.verdict, VERDICTS)}
<label>Since<input name="since" value="${range.since}" placeholder="30d" size="10"></label><label>Until<input name="until" value="${range.until}" placeholder="now" size="10"></label>
<button>Show</button> <a class="button" href="/runs">All</a></form>`;
}

/** A choice in which nothing, too, can be chosen; what the address says is always in it. */
export function choice(label: string, name: string, chosen: string, values: readonly string[]): Html {
	const all = chosen === "" || values.includes(chosen) ? values : [chosen, ...values];
	return html`<label>${label}<select name="${name}"><option value="">any</option>${all.map((value) => html`<option${value === chosen ? html` selected` : ""}>${value}</option>`)}</select></label>`;
}

function emptyList({ filter, range, pipelines, first, next }: RunList): Html {
	if (next !== null)
		return html`<p class="empty">Nothing here holds “${filter.text}”; look further back.</p>`;
	if (!first) return html`<p class="empty">No more runs.</p>`;
	if (pipelines.length === 0) {
		return html`<div class="empty"><h2>No runs in this time</h2><p>Send spans to the OTLP endpoint (<code>OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318</code>), or <code>npx faultline import FILE</code>. To see it at work: <code>npx faultline demo</code>.</p></div>`;
	}
	return html`<div class="empty"><h2>No run fits</h2><p>${filter.text === "" ? "" : `Nothing that was asked or answered holds “${filter.text}”. `}Look further back (since: ${range.since === "" ? "30d" : range.since}), or <a href="/runs">at all runs</a>.</p></div>`;
}

function pages(list: RunList): Html {
	const { next, first } = list;
	if (next === null && first) return html``;
	const query = queryOf(list);
	return html`<nav class="pages" aria-label="Pages">${first ? "" : html`<a href="${address("/runs", query)}">Newest</a>`} ${next === null ? "" : html`<a rel="next" href="${address("/runs", { ...query, after: `${next.startNs}-${next.traceId}` })}">Further back</a>`}</nav>`;
}
