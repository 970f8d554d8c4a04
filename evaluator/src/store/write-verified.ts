import type { Store } from "@faultline/collector";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import type { Run, Step } from "../core/trace.ts";
import { EVALUATOR, timeText } from "./result-rows.ts";
import { selectByTraces } from "./select.ts";

/** A run whose origin replay has proved. */
export interface VerifiedOrigin {
	readonly run: Run;
	readonly origin: Step;
	readonly evalId: string;
	/** 1, less the chance that the replays name a wrong step. */
	readonly probability: number;
}

/**
 * Stores verdicts that replay has confirmed, marked `verified`. What the evaluator found before stays as candidates and evidence; later
 * judgements of the same runs do not replace them.
 *
 * @example
 * await writeVerified(store, [{ run, origin: span, evalId, probability: 1 }]);
 */
export async function writeVerified(store: Store, verified: readonly VerifiedOrigin[]): Promise<void> {
	if (verified.length === 0) return;
	const traceIds = verified.map(({ run }) => run.traceId);
	const starts = verified.map(({ run }) => run.startUs / 1000);
	const rows = await selectByTraces<{ trace_id: string; body: string }>(
		store,
		"verdict-bodies.sql",
		traceIds,
		{
			evaluator: EVALUATOR,
			since_ms: Math.floor(Math.min(...starts)),
			until_ms: Math.ceil(Math.max(...starts)),
		},
	);
	const known = new Map(rows.map((row) => [row.trace_id, JSON.parse(row.body) as PresentedVerdict]));
	await store.insert(
		"verdicts",
		verified.map((one) => verdictRow(one, known.get(one.run.traceId))),
	);
}

function verdictRow(
	{ run, origin, evalId, probability }: VerifiedOrigin,
	known: PresentedVerdict | undefined,
): object {
	const named = { span_id: origin.spanId, step: origin.name, kind: origin.kind, probability };
	const others = (known?.candidates ?? []).filter(({ span_id }) => span_id !== origin.spanId);
	const body: PresentedVerdict = {
		trace_id: run.traceId,
		pipeline: run.pipeline,
		service_version: run.serviceVersion,
		outcome: "fail",
		verdict: "fault",
		origin: { ...named, component_version: origin.version, verified: true },
		candidates: [named, ...others],
		also: known?.also ?? [],
		set90: [origin.spanId],
		evidence: known?.evidence ?? [],
		edges: known?.edges ?? [],
	};
	return {
		trace_id: run.traceId,
		evaluator: EVALUATOR,
		pipeline: run.pipeline,
		service_name: run.serviceName,
		service_version: run.serviceVersion,
		environment: run.environment,
		eval_id: evalId,
		run_start: timeText(run.startUs),
		outcome: "fail",
		verdict: "fault",
		origin_span_id: origin.spanId,
		origin_step: origin.name,
		origin_kind: origin.kind,
		origin_version: origin.version,
		probability,
		verified: true,
		body: JSON.stringify(body),
	};
}
