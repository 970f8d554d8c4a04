import { diffWords, joinChanges } from "../../core/diff-words.ts";
import type { PresentedVerdict } from "../../core/present-verdict.ts";
import { occurrences } from "../../core/reference.ts";
import { componentKey, type Run, type Step, stepsOf } from "../../core/trace.ts";
import type { RunHead } from "../../store/read-run-heads.ts";
import type { ScoreHead } from "../../store/read-surroundings.ts";
import { contentView, piecesView, shownText, titleOf } from "../content-view.ts";
import { type Html, html } from "../html.ts";
import { address, outcomeTag } from "../tags.ts";
import { duration, moment } from "../times.ts";
import { flowOf, isOrigin, probabilitiesOf, runFlow } from "./run-flow.ts";
import { runTable } from "./run-table.ts";
import { type StepSurroundings, stepView } from "./step-view.ts";
import { verdictView } from "./verdict-view.ts";
import { waterfall } from "./waterfall.ts";

/** A run and what is compared with it. */
export interface RunSurroundings {
	readonly run: Run;
	readonly verdict: PresentedVerdict | null;
	readonly scores: readonly ScoreHead[];
	/** A passing run of the same task. */
	readonly twin: Run | null;
	readonly sameOrigin: readonly RunHead[];
	readonly similarInputs: readonly RunHead[];
	/** Whether every step is shown, however many there are. */
	readonly allSteps: boolean;
	/** Where people say how this run went; null where they cannot. */
	readonly ratePath: string | null;
}

/** A page of more steps than this is slow to make and to read. */
const MOST_STEPS = 120;

/** One run: the verdict, the way data flowed, the time it took, and every step with its evidence, input and output. */
export function runPage(around: RunSurroundings): Html {
	const { run, verdict, twin } = around;
	const title = titleOf(run.input);
	return html`<p class="crumbs"><a href="${address("/runs", { pipeline: run.pipeline })}">${run.pipeline}</a> / <a href="${address("/runs", { pipeline: run.pipeline, version: run.serviceVersion })}">${run.serviceVersion || "no version"}</a></p>
<h1>${title === "" ? `Run ${run.traceId.slice(0, 8)}` : title}</h1>
<p class="facts">${outcomeTag(run.outcome)} <span>${moment(Math.floor(run.startUs / 1000))} UTC</span> <span>${duration(run.durationUs)}</span>${run.environment === "" ? "" : html` <span>${run.environment}</span>`} <code>${run.traceId}</code>${around.ratePath === null ? "" : html` <a href="${around.ratePath}">Rate this run</a>`}</p>
${verdictView(verdict)}
<h2>Data flow</h2>${runFlow(run, verdict)}
<h2 id="spans">Time</h2>${waterfall(run, verdict)}
<h2>Steps</h2>${stepsSection(around)}
<h2 id="input">What was asked, and the answer</h2><div class="sides"><section><h3>Input</h3>${contentView(run.input)}</section><section><h3>Output</h3>${contentView(run.output)}</section></div>
${twin === null || twin.output === run.output ? "" : html`<details class="beside"><summary>The answer, beside the passing run's</summary><p class="small faint"><a href="/runs/${twin.traceId}">Run ${twin.traceId.slice(0, 8)}</a> passed. <del>Only there</del>, <ins>only here</ins>.</p>${piecesView(joinChanges(diffWords(shownText(twin.output), shownText(run.output))))}</details>`}
${similarRuns(around)}`;
}

/** Of a long run those where it may have begun or that are strange, then the first ones, in their order. */
function stepsSection(around: RunSurroundings): Html {
	const all = surroundingsOf(around);
	if (all.length <= MOST_STEPS || around.allSteps) return html`${all.map(stepView)}`;
	const strange = new Set(around.verdict?.evidence.map(({ span_id }) => span_id.split("->").at(-1)));
	const wanted = ({ step, origin, probability }: StepSurroundings): boolean =>
		origin || probability >= 0.005 || strange.has(step.spanId);
	const kept = new Set([...all.filter(wanted), ...all].slice(0, MOST_STEPS));
	return html`<p>${MOST_STEPS} of ${all.length} steps: those that are strange, and the first ones. <a href="?steps=all">Show all</a></p>${all.filter((one) => kept.has(one)).map(stepView)}`;
}

function surroundingsOf({ run, verdict, scores, twin }: RunSurroundings): StepSurroundings[] {
	const steps = stepsOf(run);
	const byId = new Map(steps.map((step) => [step.spanId, step]));
	const lines = flowOf(run);
	const [byGiver, byUser] = [Map.groupBy(lines, ({ from }) => from), Map.groupBy(lines, ({ to }) => to)];
	const probabilities = probabilitiesOf(verdict);
	const twins = twin === null ? null : byOccurrence(stepsOf(twin));
	const at = occurrences(steps);
	const scoresOf = Map.groupBy(scores, ({ spanId }) => spanId.split("->").at(-1) ?? "");
	return steps.map((step, index) => {
		const other = twins?.get(`${componentKey(step)} ${at[index]}`);
		const stepsAt = (ids: readonly string[]): Step[] =>
			ids.flatMap((id) => {
				const found = byId.get(id);
				return found === undefined ? [] : [found];
			});
		return {
			step,
			runStartUs: run.startUs,
			verdict,
			origin: isOrigin(step.spanId, verdict),
			probability: probabilities.get(step.spanId) ?? 0,
			scores: scoresOf.get(step.spanId) ?? [],
			twin: twin === null || other === undefined ? null : { traceId: twin.traceId, step: other },
			givers: stepsAt((byUser.get(step.spanId) ?? []).map(({ from }) => from)),
			users: stepsAt((byGiver.get(step.spanId) ?? []).map(({ to }) => to)),
		};
	});
}

/** Steps by component and how many executions came before. */
function byOccurrence(steps: readonly Step[]): ReadonlyMap<string, Step> {
	const at = occurrences(steps);
	return new Map(steps.map((step, index) => [`${componentKey(step)} ${at[index]}`, step]));
}

function similarRuns({ run, verdict, sameOrigin, similarInputs }: RunSurroundings): Html {
	const step = verdict?.origin?.step ?? "";
	return html`<h2>Similar runs</h2>
${sameOrigin.length === 0 ? "" : html`${runTable(sameOrigin, `Also began in ${step}`)}<p class="small"><a href="${address("/runs", { pipeline: run.pipeline, step })}">All that began in ${step}</a></p>`}
${similarInputs.length === 0 ? "" : runTable(similarInputs, "Asked nearly the same")}
${sameOrigin.length + similarInputs.length === 0 ? html`<p class="faint">None within two weeks.</p>` : ""}`;
}
