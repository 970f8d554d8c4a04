import type { Judgement } from "../core/judge-runs.ts";
import type { Verdict } from "../core/locate-run.ts";
import { presentVerdict, scoreOf } from "../core/present-verdict.ts";
import type { Scorer } from "../core/score.ts";
import { INPUT, type Run } from "../core/trace.ts";
import type { EvidenceRun } from "../core/weigh-evidence.ts";

/** Names this evaluator's results; a new number re-evaluates. */
export const EVALUATOR = "faultline-1";

/** Microseconds since the epoch as the text of a DateTime64. */
export const timeText = (us: number): string =>
	`${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")}`;

interface RunColumns {
	readonly trace_id: string;
	readonly evaluator: string;
	readonly pipeline: string;
	readonly service_name: string;
	readonly service_version: string;
	readonly environment: string;
	readonly eval_id: string;
	readonly run_start: string;
}

export interface VerdictRow extends RunColumns {
	readonly outcome: string;
	readonly verdict: Verdict["kind"];
	readonly origin_span_id: string;
	readonly origin_step: string;
	readonly origin_kind: string;
	readonly origin_version: string;
	readonly probability: number | null;
	readonly verified: boolean;
	/** A `PresentedVerdict` as JSON. */
	readonly body: string;
}

export interface StepVerdictRow extends RunColumns {
	readonly step: string;
	readonly kind: string;
	readonly component_version: string;
	readonly reached: number;
	readonly broke: number;
}

/** A judged run as rows of the tables `verdicts`, `step_verdicts` and `scores`. */
export interface ResultRows {
	readonly traceId: string;
	readonly startUs: number;
	/** What the verdict comes to: its kind, and the step where the fault began. */
	readonly found: { readonly kind: Verdict["kind"]; readonly origin: string | null };
	readonly verdict: VerdictRow;
	/** In data-flow order. */
	readonly perStep: readonly StepVerdictRow[];
	readonly scores: readonly object[];
}

/**
 * Puts a judged run into rows.
 *
 * @param scorers whose readings become scores; what was known before has its own already.
 * @param evalId of the evaluation whose run this is; empty for users' runs.
 */
export function resultRows(
	{ evidence, verdict }: { readonly evidence: EvidenceRun; readonly verdict: Verdict },
	scorers: readonly Scorer[],
	evalId = "",
): ResultRows {
	const versions = new Map(scorers.map((scorer) => [scorer.name, scorer.version]));
	return {
		traceId: evidence.run.traceId,
		startUs: evidence.run.startUs,
		found: { kind: verdict.kind, origin: verdict.origin?.step ?? null },
		verdict: verdictRow(evidence, verdict, evalId),
		perStep: stepRows(evidence, verdict, evalId),
		scores: scoreRows(evidence, versions),
	};
}

const runColumns = (run: Run, evalId: string): RunColumns => ({
	trace_id: run.traceId,
	evaluator: EVALUATOR,
	pipeline: run.pipeline,
	service_name: run.serviceName,
	service_version: run.serviceVersion,
	environment: run.environment,
	eval_id: evalId,
	run_start: timeText(run.startUs),
});

/** The rows of a whole judgement, as far as `wanted`. */
export const judgementRows = (
	{ evidence, verdicts }: Judgement,
	scorers: readonly Scorer[],
	wanted: (traceId: string) => boolean = () => true,
	evalId = "",
): ResultRows[] =>
	evidence.flatMap((one, at) => {
		const verdict = verdicts[at];
		return verdict === undefined || !wanted(one.run.traceId)
			? []
			: [resultRows({ evidence: one, verdict }, scorers, evalId)];
	});

function verdictRow(evidence: EvidenceRun, verdict: Verdict, evalId: string): VerdictRow {
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
function stepRows(evidence: EvidenceRun, verdict: Verdict, evalId: string): StepVerdictRow[] {
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
	const isOwn = ({ scorer }: { readonly scorer: string }): boolean =>
		versions.has(scorer.split("@")[0] ?? scorer);
	return evidence.steps.flatMap((step, index) =>
		(evidence.findings[index] ?? []).filter(isOwn).map((finding) => ({
			trace_id: evidence.run.traceId,
			span_id: step.kind === INPUT ? "" : step.spanId,
			scorer: finding.scorer,
			scorer_version: versions.get(finding.scorer) ?? "",
			step: step.name,
			kind: step.kind,
			sort: finding.sort === "inherited" ? "inherited" : "local",
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
