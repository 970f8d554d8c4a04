import { cautiousPosterior, type RunLikelihood, type Shares, UNKNOWN } from "./origin-mixture.ts";
import { componentKey, INPUT, type Outcome, type Step } from "./trace.ts";
import type { EvidenceRun, Finding } from "./weigh-evidence.ts";

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
	/** Where else a fault began, independently of the origin: strange steps that do not depend on it. */
	readonly also: readonly Candidate[];
	/** Span ids that together hold at least 90 % of the probability; `input`, `unknown` and hand-offs (`from->to`) stand for themselves. */
	readonly set90: readonly string[];
	/** What speaks for the origin first, then what else is strange. */
	readonly evidence: readonly Evidence[];
	/** Data-flow edges around what `set90` holds. */
	readonly edges: EvidenceRun["edges"];
	/** Probability that the run has no fault; 0 where the outcome says that it failed. */
	readonly none: number;
	/** Per step, in order: P(the fault began here), and P(the run arrived here intact). */
	readonly steps: readonly { readonly step: Step; readonly broke: number; readonly reached: number }[];
}

export interface LocateOptions {
	/** Component → version of the reference; components without one are never boosted. */
	readonly referenceVersions?: ReadonlyMap<string, string>;
	/** To which a run's evidence is raised, in (0, 1]; 1 takes all of it for independent. */
	readonly power?: number;
}

/** Many checks see the same fault. At this power stated probabilities come true most nearly (docs/calibration.md). */
const POWER = 0.5;

/** How many times more likely a step is at fault when its version is not the reference's. */
const CHANGED_VERSION = 3;

/** By how much each step's prior is raised: more where its version is not the reference's. */
export const changedVersionBoost =
	(steps: readonly Step[], referenceVersions: ReadonlyMap<string, string>) =>
	(index: number): number => {
		const step = steps[index];
		const before = step === undefined ? undefined : referenceVersions.get(componentKey(step));
		return before !== undefined && before !== "" && step?.version !== before ? CHANGED_VERSION : 1;
	};

const CLEAR = 0.5;
const SET = 0.9;
const SHOWN_FINDINGS = 8;
const SPEAKS = 1.5;

/**
 * Says where the fault of one run began (DESIGN, section 5): P(k | evidence) ∝ share of component k × likelihood of the evidence
 * if the fault began at k, over all steps, hand-offs, the user's input and what no span shows.
 *
 * @param shares how often faults begin in each component, for this run's deploy.
 * @example
 * const verdict = locateRun(evidence, likelihood, shares);
 * verdict.origin?.step; // "search_docs"
 */
export function locateRun(
	{ run, steps, sources, findings, edges }: EvidenceRun,
	likelihood: RunLikelihood,
	shares: Shares,
	{ referenceVersions = new Map(), power = POWER }: LocateOptions = {},
): Verdict {
	const posterior = cautiousPosterior(
		likelihood,
		shares,
		changedVersionBoost(steps, referenceVersions),
		power,
	);
	const candidates = rankCandidates(steps, posterior);
	const covered = findings.some((step) => step.some((found) => found.value !== null));
	const kind = verdictKind(covered, posterior.none, candidates[0]);
	const set90 =
		kind === "no-fault" || kind === "no-coverage" ? [] : credibleSet(candidates, 1 - posterior.none);
	let reached = 1;
	return {
		traceId: run.traceId,
		outcome: run.outcome,
		kind,
		origin: kind === "fault" ? (candidates[0] ?? null) : null,
		candidates,
		also: kind === "fault" ? furtherOrigins(steps, sources, candidates[0], likelihood, shares) : [],
		set90,
		edges: edgesAround(set90, edges),
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

/** What there is to say: of a run without any evidence (`covered`), only that nobody can tell. */
export function verdictKind(
	covered: boolean,
	none: number,
	best: Pick<Candidate, "kind" | "probability"> | undefined,
): VerdictKind {
	if (none >= CLEAR) return covered ? "no-fault" : "no-coverage";
	if (!covered) return "no-coverage";
	return best !== undefined && best.kind !== UNKNOWN && best.probability >= CLEAR ? "fault" : "ambiguous";
}

function rankCandidates(
	steps: readonly Step[],
	posterior: { readonly perStep: readonly number[]; readonly unknown: number },
): Candidate[] {
	const candidates: Candidate[] = steps.map((step, index) => ({
		spanId: step.kind === INPUT ? null : step.spanId,
		step: step.name,
		kind: step.kind,
		version: step.version,
		probability: posterior.perStep[index] ?? 0,
	}));
	candidates.push({
		spanId: null,
		step: UNKNOWN,
		kind: UNKNOWN,
		version: "",
		probability: posterior.unknown,
	});
	return candidates.sort((a, b) => b.probability - a.probability);
}

/** The most probable candidates that together hold 90 % of the probability of a fault. */
export function credibleSet(
	candidates: readonly Pick<Candidate, "spanId" | "kind" | "probability">[],
	total: number,
): string[] {
	const set: string[] = [];
	let held = 0;
	for (const candidate of candidates) {
		if (held >= SET * total) break;
		set.push(candidate.spanId ?? candidate.kind);
		held += candidate.probability;
	}
	return set;
}

const MAX_EDGES = 40;

function edgesAround(set90: readonly string[], edges: EvidenceRun["edges"]): EvidenceRun["edges"] {
	const spans = new Set(set90.flatMap((id) => id.split("->")));
	return edges.filter(({ from, to }) => spans.has(from) || spans.has(to)).slice(0, MAX_EDGES);
}

const MAX_FURTHER = 2;

/**
 * Looks again among the nodes that neither depend on the origin nor feed it: a run may be broken in two places (METHODS, "single blame is
 * sometimes ill-posed"). A node counts where a fault of its own is more probable than none.
 */
function furtherOrigins(
	steps: readonly Step[],
	sources: readonly (readonly number[])[],
	origin: Candidate | undefined,
	{ perStep }: RunLikelihood,
	shares: Shares,
): Candidate[] {
	const at = steps.findIndex((step) => step.spanId === origin?.spanId);
	if (at < 0) return [];
	const related = new Set([at]);
	for (let to = at + 1; to < steps.length; to++)
		if (sources[to]?.some((from) => related.has(from))) related.add(to);
	const open = [at];
	for (let to = open.pop(); to !== undefined; to = open.pop()) {
		for (const from of sources[to] ?? []) {
			related.add(from);
			open.push(from);
		}
	}
	return steps
		.flatMap((step, index): Candidate[] => {
			if (related.has(index)) return [];
			const odds = (shares.get(componentKey(step)) ?? 0) * (perStep[index] ?? 0);
			const { spanId, name, kind, version } = step;
			return [{ spanId, step: name, kind, version, probability: odds / (1 + odds) }];
		})
		.filter((candidate) => candidate.probability >= CLEAR)
		.sort((a, b) => b.probability - a.probability)
		.slice(0, MAX_FURTHER);
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
	const rank = new Map(candidates.map((candidate, index) => [candidate.spanId ?? candidate.kind, index]));
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
			return byBreach !== 0 ? byBreach : b.finding.weight - a.finding.weight;
		})
		.slice(0, SHOWN_FINDINGS);
}

const isBreach = ({ reads, value }: Finding): boolean =>
	reads === "contract" && value !== null && value < 0.5;
