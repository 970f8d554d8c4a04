import type { Store } from "@faultline/collector";
import type { EvidenceRun } from "../core/calibrate.ts";
import type { Judgement } from "../core/judge-runs.ts";
import type { Verdict } from "../core/locate-run.ts";
import { presentVerdict, scoreOf } from "../core/present-verdict.ts";
import type { Scorer } from "../core/score.ts";
import type { Run } from "../core/trace.ts";
import { countStepHours } from "./count-step-hours.ts";
import { selectByTraces } from "./select.ts";

/** Names this evaluator's results; a new number re-evaluates. */
export const EVALUATOR = "faultline-1";

const BATCH = 5_000;

/**
 * Writes scores, verdicts and per-step verdicts. Keys decide, so writing twice changes nothing; a verdict that replay has verified stays.
 *
 * @param evalId of the evaluation whose runs these are; empty for users' runs.
 */
export async function writeJudgement(
	store: Store,
	judgement: Judgement,
	scorers: readonly Scorer[],
	wanted: (traceId: string) => boolean = () => true,
	evalId = "",
): Promise<void> {
	const ids = judgement.evidence.map(({ run }) => run.traceId).filter(wanted);
	const verified = await verifiedTraces(store, ids);
	const versions = new Map(scorers.map((scorer) => [scorer.name, scorer.version]));
	const verdicts: object[] = [];
	const perStep: object[] = [];
	const scores: object[] = [];
	for (const [at, evidence] of judgement.evidence.entries()) {
		const verdict = judgement.verdicts[at];
		if (verdict === undefined || !wanted(evidence.run.traceId)) continue;
		if (!verified.has(evidence.run.traceId)) verdicts.push(verdictRow(evidence, verdict, evalId));
		perStep.push(...stepRows(evidence, verdict, evalId));
		scores.push(...scoreRows(evidence, versions));
	}
	await insertBatches(store, "scores", scores);
	await insertBatches(store, "step_verdicts", perStep);
	await insertBatches(store, "verdicts", verdicts);
	const starts = judgement.evidence.filter(({ run }) => wanted(run.traceId)).map(({ run }) => run.startUs);
	if (evalId === "") await countStepHours(store, starts, EVALUATOR);
}

async function insertBatches(store: Store, table: string, rows: readonly object[]): Promise<void> {
	for (let at = 0; at < rows.length; at += BATCH) await store.insert(table, rows.slice(at, at + BATCH));
}

/** Microseconds since the epoch as the text of a DateTime64. */
export const timeText = (us: number): string =>
	`${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")}`;

/** Which of these runs have a verdict that replay has verified. */
async function verifiedTraces(store: Store, traceIds: readonly string[]): Promise<ReadonlySet<string>> {
	const rows = await selectByTraces<{ trace_id: string }>(store, "verified-traces.sql", traceIds, {
		evaluator: EVALUATOR,
	});
	return new Set(rows.map((row) => row.trace_id));
}

const runColumns = (run: Run, evalId: string): object => ({
	trace_id: run.traceId,
	evaluator: EVALUATOR,
	pipeline: run.pipeline,
	service_name: run.serviceName,
	service_version: run.serviceVersion,
	environment: run.environment,
	eval_id: evalId,
	run_start: timeText(run.startUs),
});

function verdictRow(evidence: EvidenceRun, verdict: Verdict, evalId: string): object {
	return {
		...runColumns(evidence.run, evalId),
		outcome: verdict.outcome,
		verdict: verdict.kind,
		origin_span_id: verdict.origin?.spanId ?? "",
		origin_step: verdict.origin?.step ?? "",
		origin_kind: verdict.origin?.kind ?? "",
		origin_version: verdict.origin?.version ?? "",
		probability: verdict.origin?.probability ?? null,
		verified: false,
		body: JSON.stringify(presentVerdict(evidence.run, verdict)),
	};
}

/** One row a component; where a component ran several times, its executions are taken together. */
function stepRows(evidence: EvidenceRun, verdict: Verdict, evalId: string): object[] {
	const rows = new Map<
		string,
		{ step: string; kind: string; component_version: string; reached: number; broke: number }
	>();
	for (const { step, broke, reached } of verdict.steps) {
		const key = `${step.kind}/${step.name}`;
		const row = rows.get(key);
		if (row === undefined) {
			rows.set(key, { step: step.name, kind: step.kind, component_version: step.version, reached, broke });
		} else {
			row.broke += broke;
		}
	}
	return [...rows.values()].map((row) => ({ ...runColumns(evidence.run, evalId), ...row }));
}

function scoreRows(evidence: EvidenceRun, versions: ReadonlyMap<string, string>): object[] {
	return evidence.steps.flatMap((step, index) =>
		(evidence.findings[index] ?? []).map((finding) => ({
			trace_id: evidence.run.traceId,
			span_id: step.spanId,
			scorer: finding.scorer,
			scorer_version: versions.get(finding.scorer) ?? "",
			step: step.name,
			kind: step.kind,
			sort: finding.sort,
			source: "code",
			value: scoreOf(finding),
			label: "",
			explanation: finding.text,
			evidence: JSON.stringify({ reading: finding.value, z: finding.z }),
			p: finding.p,
			from_span_id: "",
			run_start: timeText(evidence.run.startUs),
		})),
	);
}
