import type { Candidate, Verdict } from "./locate-run.ts";
import type { Run } from "./trace.ts";

/** One run of `locate --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedVerdict {
	readonly trace_id: string;
	readonly pipeline: string;
	readonly service_version: string;
	readonly outcome: string;
	readonly verdict: string;
	readonly origin: PresentedOrigin | null;
	readonly candidates: readonly PresentedCandidate[];
	readonly also: readonly PresentedCandidate[];
	readonly set90: readonly string[];
	readonly evidence: readonly PresentedEvidence[];
	/** Which span's output went into which, and how that is known, around the candidates of `set90`. */
	readonly edges: readonly { readonly from: string; readonly to: string; readonly source: string }[];
}

export interface PresentedCandidate {
	readonly span_id: string | null;
	readonly step: string;
	readonly kind: string;
	readonly probability: number;
}

interface PresentedOrigin extends PresentedCandidate {
	readonly component_version: string;
	readonly verified: boolean;
}

interface PresentedEvidence {
	readonly span_id: string;
	readonly step: string;
	readonly check: string;
	readonly sort: string;
	readonly score: number | null;
	readonly p: number | null;
	readonly text: string;
}

/** A verdict in the documented JSON shape. */
export function presentVerdict(run: Run, verdict: Verdict): PresentedVerdict {
	return {
		trace_id: run.traceId,
		pipeline: run.pipeline,
		service_version: run.serviceVersion,
		outcome: run.outcome,
		verdict: verdict.kind,
		origin:
			verdict.origin === null
				? null
				: { ...candidate(verdict.origin), component_version: verdict.origin.version, verified: false },
		candidates: verdict.candidates.map(candidate),
		also: verdict.also.map(candidate),
		set90: verdict.set90,
		evidence: verdict.evidence.map(({ spanId, step, finding }) => ({
			span_id: spanId,
			step,
			check: finding.scorer,
			sort: finding.sort === "inherited" ? "inherited" : "local",
			score: scoreOf(finding),
			p: finding.p === null ? null : rounded(finding.p),
			text: finding.text,
		})),
		edges: verdict.edges,
	};
}

/** A finding as a score 0..1: a contract's own value; for a measure 1 where it is ordinary, towards 0 the stranger it is. */
export function scoreOf(finding: {
	readonly reads: string;
	readonly value: number | null;
	readonly p: number | null;
}): number | null {
	if (finding.reads === "contract") return finding.value;
	return finding.p === null ? null : rounded(Math.min(1, 2 * finding.p));
}

function candidate({ spanId, step, kind, probability }: Candidate): PresentedCandidate {
	return { span_id: spanId, step, kind, probability: rounded(probability) };
}

/** Six significant digits: enough for a program, readable for a person. */
export const rounded = (value: number): number => Number(value.toPrecision(6));
