import type { ComponentFlow } from "../../core/flow-of-components.ts";
import { newcombe } from "../../core/interval.ts";
import type { ComponentHazard, DeployOutcome, OutcomeBucket } from "../../store/read-verdicts.ts";
import { arrivedNote } from "../arrived-note.ts";
import { flowPicture } from "../flow/flow-picture.ts";
import { type Html, html } from "../html.ts";
import { percent, percentRange, points } from "../percent.ts";
import { address } from "../tags.ts";
import type { AskedRange } from "../time-range.ts";
import { moment } from "../times.ts";
import { chainHazards, type DeployHazards } from "./chain-hazards.ts";
import { hazardTable } from "./hazard-table.ts";
import { timeLine } from "./time-line.ts";

/** One pipeline, looked at through one of its deploys. */
export interface PipelineOverview {
	readonly range: AskedRange;
	readonly pipeline: string;
	/** All pipelines of the time range, this one among them. */
	readonly pipelines: readonly string[];
	/** Its deploys, oldest first. */
	readonly deploys: readonly DeployOutcome[];
	readonly chosen: DeployOutcome;
	/** The deploy that was first seen before the chosen one. */
	readonly before: DeployOutcome | null;
	readonly hazards: readonly ComponentHazard[];
	readonly buckets: readonly OutcomeBucket[];
	readonly seconds: number;
	readonly flow: ComponentFlow;
	/** How many runs the picture was drawn from. */
	readonly drawnFrom: number;
}

/** Nothing has arrived, or nothing in this time. */
export function emptyOverview(range: AskedRange): Html {
	return html`<h1>No judged runs in this time</h1>${rangeForm(range, "", [])}
<div class="empty"><h2>What to do</h2><p>Send spans with any OpenTelemetry SDK: <code>OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318</code>. A run shows here some seconds after it ended.</p>
<p>Or read what a Collector wrote: <code>npx faultline import FILE</code>, then <code>npx faultline evaluate</code>.</p><p>Or see it at work: <code>npx faultline demo</code>, then <code>npx faultline up --data-dir .faultline/demo</code>.</p><p>Already arrived, and not judged yet: <a href="/runs">runs</a>.</p></div>`;
}

/** The pipelines beside each other: how the newest deploy of each does. */
export function pipelineList(outcomes: readonly DeployOutcome[], range: AskedRange): Html {
	const pipelines = [...Map.groupBy(outcomes, ({ pipeline }) => pipeline)];
	return html`<h1>Pipelines</h1>${rangeForm(range, "", [])}
<div class="scroll"><table><caption>The newest deploy of each</caption><thead><tr><th scope="col">Pipeline</th><th scope="col">Version</th><th scope="col" class="number">Runs</th><th scope="col" class="number">Failed</th><th scope="col" class="number">95 % interval</th><th scope="col">Last run (UTC)</th></tr></thead>
<tbody>${pipelines.map(([pipeline, deploys]) => pipelineRow(pipeline, deploys, range))}</tbody></table></div>`;
}

function pipelineRow(pipeline: string, deploys: readonly DeployOutcome[], range: AskedRange): Html {
	const newest = deploys.toSorted((a, b) => a.firstMs - b.firstMs).at(-1);
	if (newest === undefined) return html``;
	const { stated, statedInterval } = chainHazards(newest, []);
	return html`<tr data-row><th scope="row"><a href="${address("/", { pipeline, since: range.since, until: range.until })}">${pipeline}</a></th><td><code>${newest.serviceVersion || "–"}</code></td><td class="number">${newest.runs.toLocaleString("en")}</td>
<td class="number">${percent(stated)}</td><td class="number faint">${percentRange(statedInterval)}</td><td class="nowrap">${moment(Math.max(...deploys.map(({ lastMs }) => lastMs)))}</td></tr>`;
}

/** One pipeline: how its deploy does against the one before, over time, and step by step. */
export function pipelinePage(overview: PipelineOverview): Html {
	const { pipeline, range, chosen, before, deploys, buckets, seconds, hazards } = overview;
	const of = (deploy: DeployOutcome): DeployHazards =>
		chainHazards(deploy, hazardsOf(deploy, hazards, overview.flow));
	const now = { version: chosen.serviceVersion, hazards: of(chosen) };
	const newestMs = Math.max(...deploys.map(({ lastMs }) => lastMs));
	const here = address("/", { pipeline, since: range.since });
	return html`<h1>${pipeline}</h1>${range.until === "" ? arrivedNote(newestMs, { pipeline, version: "", href: here }) : ""}${rangeForm(range, pipeline, overview.pipelines, { version: chosen.serviceVersion, versions: deploys.map(({ serviceVersion }) => serviceVersion) })}
<div class="cards">${deployCard(chosen, now.hazards)}${changeCard(overview)}${blameCard(overview, now.hazards)}</div>
${timeLine(pipeline, deploys, buckets, seconds)}
<h2>The pipeline${chosen.serviceVersion === "" ? "" : html`, version ${chosen.serviceVersion}`}</h2>${picture(overview, now.hazards)}
<h2>Hazard per step</h2>${hazardTable(pipeline, now, before === null ? null : { version: before.serviceVersion, hazards: of(before) })}
${identity(now.hazards, chosen)}`;
}

/** A deploy's components in the order of the flow; those that the picture does not know, at the end by how many runs arrive. */
function hazardsOf(
	deploy: DeployOutcome,
	hazards: readonly ComponentHazard[],
	{ components }: ComponentFlow,
): ComponentHazard[] {
	const place = new Map(components.map(({ name }, index) => [name, index]));
	const placeOf = ({ step, kind }: ComponentHazard): number =>
		kind === "edge"
			? (place.get(step.replace("hand-off to ", "")) ?? components.length) - 0.5
			: (place.get(step) ?? components.length);
	return hazards
		.filter(({ serviceVersion }) => serviceVersion === deploy.serviceVersion)
		.sort((a, b) => placeOf(a) - placeOf(b) || b.reached / b.executions - a.reached / a.executions);
}

function deployCard(deploy: DeployOutcome, { stated, statedInterval }: DeployHazards): Html {
	return html`<div class="card"><div class="faint small">Failed runs, ${deploy.serviceVersion || "no version"}</div><div class="value">${percent(stated)}</div><div class="small faint">${percentRange(statedInterval)} · ${deploy.failed.toLocaleString("en")} of ${(deploy.runs - deploy.unknown).toLocaleString("en")} runs${deploy.unknown > 0 ? `; ${deploy.unknown.toLocaleString("en")} more do not say` : ""}</div></div>`;
}

function changeCard({ pipeline, chosen, before }: PipelineOverview): Html {
	if (before === null)
		return html`<div class="card"><div class="faint small">Against the deploy before</div><div class="value">–</div><div class="small faint">No other deploy in this time.</div></div>`;
	const count = ({ runs, unknown, failed }: DeployOutcome): { successes: number; n: number } => ({
		successes: failed,
		n: runs - unknown,
	});
	const [a, b] = [count(before), count(chosen)];
	const interval = newcombe(a, b);
	const change = a.n === 0 || b.n === 0 ? null : b.successes / b.n - a.successes / a.n;
	const tone = interval === null ? "" : interval.low > 0 ? " bad" : interval.high < 0 ? " good" : "";
	const link = address("/compare", {
		pipeline,
		baseline: selectorText(before),
		candidate: selectorText(chosen),
	});
	return html`<div class="card"><div class="faint small">Against ${before.serviceVersion || "no version"}</div><div class="value${tone}">${change === null ? "–" : points(change)}</div><div class="small faint">${interval === null ? "" : `${points(interval.low)} to ${points(interval.high)} · `}<a href="${link}">compare the two</a></div></div>`;
}

const selectorText = ({ serviceVersion }: DeployOutcome): string => `service.version=${serviceVersion}`;

function blameCard({ pipeline, chosen }: PipelineOverview, { steps }: DeployHazards): Html {
	const worst = steps.toSorted((a, b) => b.broke - a.broke)[0];
	if (worst === undefined || worst.broke < 0.5)
		return html`<div class="card"><div class="faint small">Most faults began in</div><div class="value">–</div><div class="small faint">No fault was placed.</div></div>`;
	const link = address("/runs", { pipeline, version: chosen.serviceVersion, step: worst.step });
	return html`<div class="card"><div class="faint small">Most faults began in</div><div class="value"><a href="${link}">${worst.step}</a></div><div class="small faint">${worst.broke.toFixed(1)} of ${chosen.failed.toLocaleString("en")} failed runs · hazard ${percent(worst.hazard)}</div></div>`;
}

function picture({ pipeline, chosen, flow, drawnFrom }: PipelineOverview, { steps }: DeployHazards): Html {
	const hazardOf = new Map(steps.map((step) => [step.step, step]));
	const most = Math.max(0, ...steps.map(({ broke }) => broke));
	const boxes = flow.components.map(({ key, name, kind, share }) => {
		const step = hazardOf.get(name);
		const broke = step?.broke ?? 0;
		return {
			id: key,
			name,
			kind:
				kind === "input"
					? "what was asked"
					: share < 0.995
						? `${kind}, ${percent(share).replace(".0", "")}`
						: kind,
			note: step === undefined ? "" : `hazard ${percent(step.hazard)}`,
			state:
				broke >= 0.5 && broke === most
					? ("bad" as const)
					: broke >= 1 && broke >= most / 10
						? ("warn" as const)
						: ("plain" as const),
			href: address("/runs", { pipeline, version: chosen.serviceVersion, step: name }),
		};
	});
	if (boxes.length === 0) return html`<p class="faint">None of this deploy's newest runs could be read.</p>`;
	return flowPicture(
		boxes,
		flow.edges,
		`Data flow of ${pipeline}`,
		` Drawn from its newest ${drawnFrom} runs; a box leads to the runs whose fault began there.`,
	);
}

/** The identity between the steps and the whole, and what is missing from it. */
function identity({ implied, stated, steps }: DeployHazards, { runs }: DeployOutcome): Html {
	if (implied === null || stated === null) return html``;
	const placed = steps.reduce((sum, { broke }) => sum + broke, 0);
	return html`<p class="small">1 − Π(1 − hazard) = <strong>${percent(implied)}</strong>, end to end <strong>${percent(stated)}</strong>: the steps' hazards multiply up to the rate of the whole (${placed.toFixed(1)} faults placed in ${runs.toLocaleString("en")} runs)${Math.abs(stated - implied) < 0.0005 ? "" : `; the difference of ${percent(Math.abs(stated - implied))} ${stated > implied ? "began where no check saw it" : "is in runs that are said to have passed, or do not say"}`}.</p>`;
}

function rangeForm(
	range: AskedRange,
	pipeline: string,
	pipelines: readonly string[],
	deploys: { readonly version: string; readonly versions: readonly string[] } | null = null,
): Html {
	const options = (values: readonly string[], chosen: string): Html =>
		html`${values.map((value) => html`<option value="${value}"${value === chosen ? html` selected` : ""}>${value || "no version"}</option>`)}`;
	return html`<form class="filters" data-sends-itself>${pipelines.length < 2 ? (pipeline === "" ? "" : html`<input type="hidden" name="pipeline" value="${pipeline}">`) : html`<label>Pipeline<select name="pipeline">${options(pipelines, pipeline)}</select></label>`}
${deploys === null ? "" : html`<label>Deploy<select name="version">${options(deploys.versions, deploys.version)}</select></label>`}
<label>Since<input name="since" value="${range.since}" placeholder="30d" size="12"></label><label>Until<input name="until" value="${range.until}" placeholder="now" size="12"></label><button>Show</button></form>`;
}
