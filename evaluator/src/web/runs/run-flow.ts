import { readNodes } from "../../core/nodes.ts";
import type { PresentedVerdict } from "../../core/present-verdict.ts";
import { INPUT, type Run, type Step, stepsOf } from "../../core/trace.ts";
import { type FlowBox, type FlowLine, flowPicture } from "../flow/flow-picture.ts";
import { type Html, html } from "../html.ts";
import { chance } from "../tags.ts";

/** A picture of more steps is no picture; then only what is near the origin is drawn. */
const MAX_BOXES = 40;

/** The data flow of one run: which step gave what to which, and where the fault may have begun. */
export function runFlow(run: Run, verdict: PresentedVerdict | null): Html {
	const steps = stepsOf(run);
	if (steps.length === 0)
		return html`<p class="faint">No span of this run is a step; <a href="#spans">its spans</a> are below.</p>`;
	const lines = flowOf(run);
	const shown =
		steps.length <= MAX_BOXES ? null : nearby(verdict?.origin?.span_id ?? steps[0]?.spanId ?? "", lines);
	const probabilities = probabilitiesOf(verdict);
	const boxes = [
		...(shown === null || shown.has(INPUT) ? [inputBox(verdict)] : []),
		...steps
			.filter(({ spanId }) => shown === null || shown.has(spanId))
			.map((step) => stepBox(step, verdict, probabilities.get(step.spanId) ?? 0)),
	];
	return html`${shown === null ? "" : html`<p class="small faint">${boxes.length} of ${steps.length} steps, those around ${verdict?.origin?.step ?? "the first one"}.</p>`}${flowPicture(boxes, lines, "Data flow of this run")}`;
}

/** Which span's output went into which, the user's input as a source of its own. */
export function flowOf(run: Run): FlowLine[] {
	const { edges } = readNodes(run);
	const fed = new Set(edges.map(({ to }) => to));
	const first = stepsOf(run).filter(({ spanId }) => !fed.has(spanId));
	return [...first.map(({ spanId }) => ({ from: INPUT, to: spanId, source: "assumed" as const })), ...edges];
}

function inputBox(verdict: PresentedVerdict | null): FlowBox {
	const found = verdict?.candidates.find(({ kind }) => kind === INPUT)?.probability ?? 0;
	return {
		id: INPUT,
		name: "input",
		kind: "what was asked",
		note: found < 0.005 ? "" : `began here: ${chance(found)}`,
		state: verdict?.origin?.kind === INPUT ? "bad" : found >= 0.05 ? "warn" : "plain",
		href: "#input",
	};
}

function stepBox(step: Step, verdict: PresentedVerdict | null, probability: number): FlowBox {
	const strange = verdict?.evidence.filter(({ span_id }) => span_id === step.spanId).length ?? 0;
	const note =
		probability >= 0.005 ? `began here: ${chance(probability)}` : strange > 0 ? `${strange} strange` : "";
	return {
		id: step.spanId,
		name: step.name,
		kind: step.kind,
		note: step.failed && note === "" ? "failed" : note,
		state: isOrigin(step.spanId, verdict) ? "bad" : probability >= 0.05 || strange > 0 ? "warn" : "plain",
		href: `#${step.spanId}`,
	};
}

/** Span → the probability that the fault began there, or in what it was handed. */
export function probabilitiesOf(verdict: PresentedVerdict | null): ReadonlyMap<string, number> {
	const found = new Map<string, number>();
	for (const { span_id, probability } of verdict?.candidates ?? []) {
		const id = span_id?.split("->").at(-1);
		if (id !== undefined) found.set(id, (found.get(id) ?? 0) + probability);
	}
	return found;
}

/** Whether the fault began in this step, or in what it was handed. */
export const isOrigin = (spanId: string, verdict: PresentedVerdict | null): boolean =>
	verdict?.origin?.span_id === spanId || (verdict?.origin?.span_id?.endsWith(`->${spanId}`) ?? false);

/** What is at most two hand-overs away. */
function nearby(spanId: string, lines: readonly FlowLine[]): ReadonlySet<string> {
	const id = spanId.split("->").at(-1) ?? spanId;
	let near = new Set([id]);
	for (let round = 0; round < 2; round++) {
		const next = new Set(near);
		for (const { from, to } of lines) {
			if (near.has(from)) next.add(to);
			if (near.has(to)) next.add(from);
		}
		if (next.size > MAX_BOXES) break;
		near = next;
	}
	return near;
}
