import type { Store } from "@faultline/collector";
import { UsageError } from "../cli/io.ts";
import { runUrl } from "../cli/page-url.ts";
import { type PresentedVerdict, presentVerdict } from "../core/present-verdict.ts";
import type { Run, Step } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { judgePipelines } from "../store/judge-pipelines.ts";
import { readLabels } from "../store/read-labels.ts";
import { readRuns } from "../store/read-runs.ts";
import { readVerdicts } from "../store/read-verdicts.ts";
import { excerpt } from "./answer.ts";

export interface EvidenceRequest {
	readonly traceId: string;
	/** Name or span id of a step; null: the run with all its steps, without their content. */
	readonly step: string | null;
}

const WEEK_MS = 7 * 86_400_000;
const CONTENT = 6_000;
const OVERVIEW_CONTENT = 1_500;
/** Runs that an unjudged one is judged beside. */
const BESIDE = 600;

/**
 * What is known of one run, or of one of its steps: the verdict, the evidence, what the step was given and gave.
 *
 * @throws UsageError where no such run or step is stored.
 * @example
 * await showEvidence(store, { traceId, step: "search_docs" }, null);
 */
export async function showEvidence(
	store: Store,
	{ traceId, step }: EvidenceRequest,
	pageUrl: string | null,
): Promise<object> {
	const [run] = await readRuns(store, { traceIds: [traceId] });
	if (run === undefined) throw new UsageError(`no run ${traceId} is stored; the tool "runs" lists them`);
	const verdict = await verdictOf(store, run);
	const head = {
		trace_id: run.traceId,
		pipeline: run.pipeline,
		service_version: run.serviceVersion,
		started: new Date(run.startUs / 1000).toISOString(),
		outcome: run.outcome,
		page: runUrl(pageUrl, run.traceId),
	};
	if (step === null) {
		const { evidence, edges, ...rest } = verdict;
		return {
			...head,
			input: excerpt(run.input, OVERVIEW_CONTENT),
			output: excerpt(run.output, OVERVIEW_CONTENT),
			verdict: rest,
			evidence,
			edges,
			steps: run.spans.filter(({ kind }) => kind !== "").map(stepHead),
		};
	}
	const found = run.spans.filter(({ name, spanId }) => name === step || spanId === step);
	if (found.length === 0) {
		const names = [...new Set(run.spans.filter(({ kind }) => kind !== "").map(({ name }) => name))];
		throw new UsageError(
			`run ${traceId} has no step "${step}"; its steps are ${names.slice(0, 30).join(", ")}`,
		);
	}
	const ids = new Set(found.map(({ spanId }) => spanId));
	return {
		...head,
		origin: verdict.origin,
		steps: found.slice(0, 5).map((span) => ({
			...stepHead(span),
			input: excerpt(span.input, CONTENT),
			output: excerpt(span.output, CONTENT),
		})),
		evidence: verdict.evidence.filter(({ span_id }) => span_id !== null && ids.has(span_id)),
		candidates: verdict.candidates.filter(({ span_id }) => span_id !== null && ids.has(span_id)),
	};
}

const stepHead = ({ spanId, name, kind, version, durationUs, failed, statusMessage }: Step): object => ({
	span_id: spanId,
	step: name,
	kind,
	component_version: version,
	duration_ms: durationUs / 1000,
	failed,
	...(statusMessage === "" ? {} : { status: excerpt(statusMessage, 500) }),
});

/** The stored verdict; of a run that is not judged yet, one made now beside the runs of the week before it. */
async function verdictOf(store: Store, run: Run): Promise<PresentedVerdict> {
	const startMs = run.startUs / 1000;
	const range = { sinceMs: Math.floor(startMs) - 1, untilMs: Math.ceil(startMs) + 1 };
	const [stored] = await readVerdicts(store, range, { traceId: run.traceId });
	if (stored !== undefined) return stored.verdict;
	const around = {
		sinceMs: Math.floor(startMs) - WEEK_MS,
		untilMs: Math.ceil(startMs) + 1,
		pipeline: run.pipeline,
	};
	const others = await readRuns(store, around, { limit: BESIDE });
	const runs = others.some(({ traceId }) => traceId === run.traceId) ? others : [...others, run];
	const labels = await readLabels(
		store,
		runs.map(({ traceId }) => traceId),
	);
	for (const { runs: group, judgement } of judgePipelines(runs, { scorers: builtInScorers, labels })) {
		const at = group.findIndex(({ traceId }) => traceId === run.traceId);
		const verdict = judgement.verdicts[at];
		if (verdict !== undefined) return presentVerdict(run, verdict);
	}
	throw new UsageError(`run ${run.traceId} could not be judged; \`faultline evaluate\` says more`);
}
