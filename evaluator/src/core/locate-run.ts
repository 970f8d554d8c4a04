import type { Finding } from "./calibrate.ts";
import { INPUT, type OriginMixture, posteriorOf, type RunLikelihood, UNKNOWN } from "./origin-mixture.ts";
import { componentKey, type Outcome, type Step } from "./trace.ts";

/** What `locate` says about a run: where the fault began, or why that cannot be said. */
export type VerdictKind = "fault" | "ambiguous" | "no-fault" | "no-coverage";

/** A place where the fault may have begun. `spanId` is null for the user's input and for what no span shows. */
export interface Candidate {
	readonly spanId: string | null;
	readonly step: string;
	readonly kind: string;
	readonly version: string;
	readonly probability: number;
}

export interface Evidence {
	readonly spanId: string;
	readonly step: string;
	readonly finding: Finding;
}

export interface Verdict {
	readonly traceId: string;
	readonly outcome: Outcome;
	readonly kind: VerdictKind;
	/** The best candidate where `kind` is `fault`, else null. */
	readonly origin: Candidate | null;
	/** All candidates, most probable first. */
	readonly candidates: readonly Candidate[];
	/** Span ids that together hold at least 90 % of the probability; `input` stands for itself. */
	readonly set90: readonly string[];
	/** What speaks for the origin first, then what else is strange. */
	readonly evidence: readonly Evidence[];
	/** Probability that the run has no fault; 0 where the outcome says that it failed. */
	readonly none: number;
	/** Per step, in order: P(the fault began here), and P(the run arrived here intact). */
	readonly steps: readonly { readonly step: Step; readonly broke: number; readonly reached: number }[];
}

export interface LocateOptions {
	/** How many times more likely a step is at fault when its version is not the reference's. */
	readonly changedVersionBoost?: number;
	/** Component → version of the reference; components without one are never boosted. */
	readonly referenceVersions?: ReadonlyMap<string, string>;
}

const CLEAR = 0.5;
const SET = 0.9;
const SHOWN_FINDINGS = 8;
const SPEAKS = 1.5;

/**
 * Says where the fault of one run began (DESIGN, section 5): P(k | evidence) ∝ share of component k × likelihood of the evidence
 * if the fault began at k, over all steps, the user's input and what no span shows.
 *
 * @example
 * const verdict = locateRun(likelihood, mixture);
 * verdict.origin?.step; // "search_docs"
 */
export function locateRun(
	likelihood: RunLikelihood,
	mixture: OriginMixture,
	{ changedVersionBoost = 3, referenceVersions = new Map() }: LocateOptions = {},
): Verdict {
	const { run, steps, findings } = likelihood.evidence;
	const posterior = posteriorOf(likelihood, mixture.shares, (index) => {
		const step = steps[index];
		const before = step === undefined ? undefined : referenceVersions.get(componentKey(step));
		return before !== undefined && before !== "" && step?.version !== before ? changedVersionBoost : 1;
	});
	const candidates = rankCandidates(steps, posterior);
	const covered = findings.some((step) => step.some((found) => found.value !== null));
	const kind = verdictKind(covered, posterior.none, candidates[0]);
	let reached = 1 - posterior.input;
	return {
		traceId: run.traceId,
		outcome: run.outcome,
		kind,
		origin: kind === "fault" ? (candidates[0] ?? null) : null,
		candidates,
		set90: kind === "no-fault" || kind === "no-coverage" ? [] : credibleSet(candidates, 1 - posterior.none),
		evidence: kind === "no-fault" ? [] : gatherEvidence(steps, findings, candidates),
		none: posterior.none,
		steps: steps.map((step, index) => {
			const broke = posterior.perStep[index] ?? 0;
			const here = { step, broke, reached: Math.max(0, reached) };
			reached -= broke;
			return here;
		}),
	};
}

function verdictKind(covered: boolean, none: number, best: Candidate | undefined): VerdictKind {
	if (none >= CLEAR) return covered ? "no-fault" : "no-coverage";
	if (!covered) return "no-coverage";
	return best !== undefined && best.kind !== UNKNOWN && best.probability >= CLEAR ? "fault" : "ambiguous";
}

function rankCandidates(
	steps: readonly Step[],
	posterior: { readonly perStep: readonly number[]; readonly input: number; readonly unknown: number },
): Candidate[] {
	const candidates: Candidate[] = steps.map((step, index) => ({
		spanId: step.spanId,
		step: step.name,
		kind: step.kind,
		version: step.version,
		probability: posterior.perStep[index] ?? 0,
	}));
	candidates.push({ spanId: null, step: INPUT, kind: INPUT, version: "", probability: posterior.input });
	candidates.push({
		spanId: null,
		step: UNKNOWN,
		kind: UNKNOWN,
		version: "",
		probability: posterior.unknown,
	});
	return candidates.sort((a, b) => b.probability - a.probability);
}

function credibleSet(candidates: readonly Candidate[], total: number): string[] {
	const set: string[] = [];
	let held = 0;
	for (const candidate of candidates) {
		if (held >= SET * total) break;
		set.push(candidate.spanId ?? candidate.kind);
		held += candidate.probability;
	}
	return set;
}

/**
 * What a person should see: strange findings, those of the most probable step first; a broken contract always counts, and comes before
 * measures, because it says most in fewest words.
 */
function gatherEvidence(
	steps: readonly Step[],
	findings: readonly (readonly Finding[])[],
	candidates: readonly Candidate[],
): Evidence[] {
	const rank = new Map(candidates.map((candidate, index) => [candidate.spanId, index]));
	return steps
		.flatMap((step, index) =>
			(findings[index] ?? [])
				.filter((finding) => isBreach(finding) || (finding.z !== null && finding.z >= SPEAKS))
				.map((finding) => ({ spanId: step.spanId, step: step.name, finding })),
		)
		.sort((a, b) => {
			const byStep = (rank.get(a.spanId) ?? 0) - (rank.get(b.spanId) ?? 0);
			if (byStep !== 0) return byStep;
			const byBreach = Number(isBreach(b.finding)) - Number(isBreach(a.finding));
			return byBreach !== 0 ? byBreach : (b.finding.z ?? 0) - (a.finding.z ?? 0);
		})
		.slice(0, SHOWN_FINDINGS);
}

const isBreach = ({ reads, value }: Finding): boolean =>
	reads === "contract" && value !== null && value < 0.5;
