import { wilson } from "../../core/interval.ts";
import type { ComponentHazard, DeployOutcome } from "../../store/read-verdicts.ts";
import { type Html, html } from "../html.ts";
import { percent } from "../percent.ts";

/** Every pipeline with its deploys: the pipeline as a picture, hazards per step with intervals, and the end-to-end rate. */
export function overviewPage(outcomes: readonly DeployOutcome[], hazards: readonly ComponentHazard[]): Html {
	const pipelines = [...Map.groupBy(outcomes, (outcome) => outcome.pipeline)];
	return pipelines.length === 0
		? html`<h1>No runs yet</h1><p>Send spans to the OTLP endpoint, or <code>npx faultline import FILE</code>; a run shows here some seconds after it ended.</p>`
		: html`${pipelines.map(([pipeline, deploys]) =>
				pipelineSection(
					pipeline,
					deploys,
					hazards.filter((one) => one.pipeline === pipeline),
				),
			)}`;
}

function pipelineSection(
	pipeline: string,
	deploys: readonly DeployOutcome[],
	hazards: readonly ComponentHazard[],
): Html {
	return html`<h1>${pipeline}</h1>${deploys.map((deploy) =>
		deploySection(
			deploy,
			hazards.filter((one) => one.serviceVersion === deploy.serviceVersion),
		),
	)}`;
}

function deploySection(deploy: DeployOutcome, hazards: readonly ComponentHazard[]): Html {
	const ordered = [...hazards].sort((a, b) => b.reached / b.executions - a.reached / a.executions);
	const worst = Math.max(0, ...ordered.map((one) => one.broke));
	const interval = wilson(deploy.failed, deploy.runs);
	return html`<h2>${deploy.serviceVersion === "" ? "no version" : `version ${deploy.serviceVersion}`}</h2>
<p>${deploy.runs} runs since ${new Date(deploy.firstMs).toISOString().slice(0, 19).replace("T", " ")} UTC;
<span class="${deploy.failed > 0 ? "bad" : "good"}">${deploy.failed} failed (${percent(deploy.runs === 0 ? 0 : deploy.failed / deploy.runs)}${interval === null ? "" : `, 95 % interval ${percent(interval.low)} to ${percent(interval.high)}`})</span>${deploy.unknown > 0 ? `; ${deploy.unknown} without a stated outcome` : ""}.</p>
<div class="flow" role="img" aria-label="steps in order">${ordered.map(
		(one, index) =>
			html`${index === 0 ? "" : html`<span aria-hidden="true">→</span>`}<div class="${one.broke > 0 && one.broke === worst ? "hot" : ""}">${one.step}<br><span class="muted">${one.kind}</span></div>`,
	)}</div>
<table><thead><tr><th>Step</th><th>Kind</th><th class="number">Executed</th><th class="number">Fault began here</th><th class="number">Hazard</th><th class="number">95 % interval</th><th>Version</th></tr></thead>
<tbody>${ordered.map((one) => hazardRow(deploy, one))}</tbody></table>`;
}

function hazardRow(deploy: DeployOutcome, one: ComponentHazard): Html {
	const reached = Math.max(one.reached, one.broke);
	const interval = wilson(one.broke, reached);
	const link = `/runs?${new URLSearchParams({ pipeline: deploy.pipeline, version: deploy.serviceVersion, step: one.step })}`;
	return html`<tr><td><a href="${link}">${one.step}</a></td><td>${one.kind}</td><td class="number">${one.executions}</td><td class="number">${one.broke.toFixed(1)}</td>
<td class="number">${reached === 0 ? "–" : percent(one.broke / reached)}</td><td class="number">${interval === null ? "–" : `${percent(interval.low)} – ${percent(interval.high)}`}</td><td><code>${one.versions.join(", ")}</code></td></tr>`;
}
