import type { PresentedVerdict } from "../../core/present-verdict.ts";
import { type Run, type Step, stepsOf } from "../../core/trace.ts";
import { type Html, html } from "../html.ts";

const SHOWN_CHARACTERS = 20_000;

/** One run: the verdict, then every step with its evidence, input and output. */
export function runPage(run: Run, verdict: PresentedVerdict | null): Html {
	return html`<h1>Run <code>${run.traceId}</code></h1>
<p>${run.pipeline} ${run.serviceVersion} · ${(run.durationUs / 1000).toFixed(1)} ms · <span class="${run.outcome === "fail" ? "bad" : "good"}">${run.outcome}</span></p>
${verdict === null ? html`<p class="muted">Not judged yet.</p>` : verdictSection(verdict)}
<h2>Input</h2>${content(run.input)}
<h2>Steps</h2>${stepsOf(run).map((step) => stepSection(run, step, verdict))}
<h2>Output</h2>${content(run.output)}`;
}

function verdictSection(verdict: PresentedVerdict): Html {
	const head =
		verdict.origin === null
			? html`<p>Verdict: ${verdict.verdict}.</p>`
			: html`<p class="bad">The fault began in ${verdict.origin.step} (${verdict.origin.kind}), probability ${Math.round(100 * verdict.origin.probability)} %.</p>`;
	const likely = verdict.candidates.filter((candidate) => candidate.probability >= 0.005);
	return html`${head}${
		likely.length === 0
			? ""
			: html`<table><thead><tr><th>Where it may have begun</th><th class="number">Probability</th></tr></thead><tbody>${likely.map((candidate) => html`<tr><td>${candidate.step} <span class="muted">${candidate.kind}</span></td><td class="number">${(100 * candidate.probability).toFixed(1)} %</td></tr>`)}</tbody></table>`
	}`;
}

function stepSection(run: Run, step: Step, verdict: PresentedVerdict | null): Html {
	const evidence = verdict?.evidence.filter((one) => one.span_id === step.spanId) ?? [];
	const origin = verdict?.origin?.span_id === step.spanId;
	return html`<details id="${step.spanId}"${origin ? " open" : ""}><summary>${origin ? html`<span class="bad">✗ ${step.name}</span>` : step.name} <span class="muted">${step.kind} · +${((step.startUs - run.startUs) / 1000).toFixed(1)} ms, ${(step.durationUs / 1000).toFixed(1)} ms${step.version === "" ? "" : ` · ${step.version}`}</span>${evidence.length > 0 ? html` <span class="warn">${evidence.length} strange</span>` : ""}</summary>
${evidence.length === 0 ? "" : html`<ul>${evidence.map((one) => html`<li>${one.check}: ${one.text}${one.p === null ? "" : ` (p ${one.p.toPrecision(2)})`}</li>`)}</ul>`}
<p>Input</p>${content(step.input)}<p>Output</p>${content(step.output)}</details>`;
}

function content(text: string): Html {
	if (text === "") return html`<p class="muted">not recorded</p>`;
	const pretty = prettyJson(text);
	return html`<pre>${pretty.slice(0, SHOWN_CHARACTERS)}${pretty.length > SHOWN_CHARACTERS ? `\n… ${pretty.length - SHOWN_CHARACTERS} more characters` : ""}</pre>`;
}

function prettyJson(text: string): string {
	try {
		return JSON.stringify(JSON.parse(text), null, 2).replaceAll("\\n", "\n");
	} catch {
		return text;
	}
}
