import type { EvidenceRun } from "./calibrate.ts";
import { binOf, binShares, DECLARED_AT_FAULT, DECLARED_INTACT, P_BINS } from "./evidence-ratio.ts";
import { componentKey } from "./trace.ts";

/** Where else a fault can begin than in a step. */
export const INPUT = "input";
export const UNKNOWN = "unknown";

/** How likely evidence passes on from a faulty step to what depends on it (DESIGN, section 5). */
const PASSES_ON = { local: 0.1, inherited: 0.8 } as const;
const INTACT_STRENGTH = 40;
const AT_FAULT_STRENGTH = 30;
const PRIOR_STRENGTH = 2;
/** Failures that the declared hazards weigh as much as: a handful of runs must not talk itself into one component. */
const PRIOR_FAILURES = 5;
const ROUNDS = 12;
/** Share of runs without a stated outcome that are taken for failed before any evidence. */
const UNSTATED_FAILURES = 0.05;

/** Declared hazards, relative to each other: the model and what feeds it break more often than what prints the result. */
const DECLARED_HAZARD: Readonly<Record<string, number>> = {
	model: 3,
	retrieval: 2,
	tool_call: 1.5,
	custom: 1,
	agent: 1,
	prompt_build: 0.8,
	post_process: 0.8,
	render: 0.6,
	[INPUT]: 0.1,
	[UNKNOWN]: 0.5,
};

/** Evidence ratios of both sorts, as learned: a ratio per bin, per component for the intact side. */
export interface LearnedRatios {
	readonly intact: ReadonlyMap<string, readonly number[]>;
	readonly atFault: { readonly local: readonly number[]; readonly inherited: readonly number[] };
}

/** For one run: the likelihood of its evidence if the fault began at each step, relative to no fault at all. */
export interface RunLikelihood {
	readonly evidence: EvidenceRun;
	readonly perStep: readonly number[];
}

/** What the population says: how often a fault begins in each component, and how evidence looks where it does. */
export interface OriginMixture {
	/** Component (or `input`, `unknown`) → share of all runs whose fault began there. */
	readonly shares: ReadonlyMap<string, number>;
	readonly ratios: LearnedRatios;
	readonly likelihoods: readonly RunLikelihood[];
}

/** Posterior of one run: where its fault began. All probabilities with `none` add up to 1. */
export interface OriginPosterior {
	readonly perStep: readonly number[];
	readonly input: number;
	readonly unknown: number;
	readonly none: number;
}

/**
 * Learns by expectation and maximisation, from runs of one pipeline, how often a fault begins in each component and how evidence
 * looks at a faulty step. Passing runs tell what intact steps look like, failing ones are split over their steps. Declared rates
 * act as priors, so that it degrades to them where there is little traffic.
 *
 * @param runs evidence of runs of one pipeline.
 */
export function learnOrigins(runs: readonly EvidenceRun[]): OriginMixture {
	const components = [...new Set(runs.flatMap((run) => run.steps.map(componentKey)))];
	const prior = declaredShares(components);
	let shares: ReadonlyMap<string, number> = new Map(
		[...prior].map(([key, share]) => [key, share * UNSTATED_FAILURES]),
	);
	let ratios = startRatios(runs);
	let likelihoods = runs.map((evidence) => likelihoodOf(evidence, ratios));
	for (let round = 0; round < ROUNDS; round++) {
		const posteriors = likelihoods.map((likelihood) => posteriorOf(likelihood, shares));
		shares = nextShares(runs, posteriors, prior);
		ratios = { ...ratios, atFault: learnAtFault(runs, posteriors) };
		likelihoods = runs.map((evidence) => likelihoodOf(evidence, ratios));
	}
	return { shares, ratios, likelihoods };
}

/** Declared shares of faults over the components of a pipeline, `input` and `unknown`; they add up to 1. */
export function declaredShares(components: readonly string[]): ReadonlyMap<string, number> {
	const weights = [...components, INPUT, UNKNOWN].map(
		(key) => [key, DECLARED_HAZARD[key.split("/")[0] ?? ""] ?? 1] as const,
	);
	const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
	return new Map(weights.map(([key, weight]) => [key, weight / total]));
}

/** Posterior of one run under given shares; `boost` raises steps, for instance those whose version changed. */
export function posteriorOf(
	{ evidence, perStep }: RunLikelihood,
	shares: ReadonlyMap<string, number>,
	boost: (index: number) => number = () => 1,
): OriginPosterior {
	const { outcome } = evidence.run;
	const none = { perStep: perStep.map(() => 0), input: 0, unknown: 0, none: 1 };
	if (outcome === "pass") return none;
	const executions = new Map<string, number>();
	for (const step of evidence.steps) {
		executions.set(componentKey(step), (executions.get(componentKey(step)) ?? 0) + 1);
	}
	const weights = evidence.steps.map((step, index) => {
		const key = componentKey(step);
		return ((shares.get(key) ?? 0) / (executions.get(key) ?? 1)) * boost(index) * (perStep[index] ?? 1);
	});
	const input = shares.get(INPUT) ?? 0;
	const unknown = shares.get(UNKNOWN) ?? 0;
	const faulty = [...shares.values()].reduce((sum, share) => sum + share, 0);
	const healthy = outcome === "fail" ? 0 : Math.max(0, 1 - faulty);
	const total = weights.reduce((sum, weight) => sum + weight, input + unknown + healthy);
	if (!(total > 0)) return { ...none, unknown: 1, none: 0 };
	return {
		perStep: weights.map((weight) => weight / total),
		input: input / total,
		unknown: unknown / total,
		none: healthy / total,
	};
}

/** The likelihood of a run's evidence for each step as the origin, relative to "every step intact". */
export function likelihoodOf(evidence: EvidenceRun, ratios: LearnedRatios): RunLikelihood {
	const ratio = (sort: "local" | "inherited", index: number): number => {
		const bin = binOf(evidence[sort][index] ?? null);
		if (bin === null) return 1;
		const step = evidence.steps[index];
		const intact = step === undefined ? undefined : ratios.intact.get(`${sort} ${componentKey(step)}`);
		return (ratios.atFault[sort][bin] ?? 0) / ((intact ?? DECLARED_INTACT)[bin] ?? 1);
	};
	const local = evidence.steps.map((_, index) => ratio("local", index));
	const inherited = evidence.steps.map((_, index) => ratio("inherited", index));
	// Local checks judge a step by its own input, so one that stays silent downstream says nothing; one that fires may be a symptom.
	const passedOn = evidence.steps.map(
		(_, index) =>
			Math.log(Math.max(1, 1 - PASSES_ON.local + PASSES_ON.local * (local[index] ?? 1))) +
			Math.log(1 - PASSES_ON.inherited + PASSES_ON.inherited * (inherited[index] ?? 1)),
	);
	const perStep = evidence.steps.map((_, index) => {
		let log = Math.log(local[index] ?? 1) + Math.log(inherited[index] ?? 1);
		for (const descendant of evidence.flow.descendants[index] ?? []) log += passedOn[descendant] ?? 0;
		return Math.exp(Math.min(log, 600));
	});
	return { evidence, perStep };
}

function startRatios(runs: readonly EvidenceRun[]): LearnedRatios {
	const counts = new Map<string, number[]>();
	for (const run of runs) {
		if (run.run.outcome !== "pass") continue;
		for (const [index, step] of run.steps.entries()) {
			for (const sort of ["local", "inherited"] as const) {
				const bin = binOf(run[sort][index] ?? null);
				if (bin === null) continue;
				const key = `${sort} ${componentKey(step)}`;
				const list = counts.get(key) ?? P_BINS.map(() => 0);
				list[bin] = (list[bin] ?? 0) + 1;
				counts.set(key, list);
			}
		}
	}
	const intact = new Map(
		[...counts].map(([key, list]) => [key, binShares(list, DECLARED_INTACT, INTACT_STRENGTH)] as const),
	);
	return { intact, atFault: { local: DECLARED_AT_FAULT, inherited: DECLARED_AT_FAULT } };
}

/** Shares of `input` and `unknown` stay as declared: no evidence speaks against them, so learned they would swallow all weak runs. */
function nextShares(
	runs: readonly EvidenceRun[],
	posteriors: readonly OriginPosterior[],
	prior: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
	const declared = (prior.get(INPUT) ?? 0) + (prior.get(UNKNOWN) ?? 0);
	const counts = new Map([...prior].map(([key, share]) => [key, share * PRIOR_FAILURES]));
	for (const key of [INPUT, UNKNOWN]) counts.delete(key);
	let failed = PRIOR_STRENGTH * UNSTATED_FAILURES;
	for (const [at, posterior] of posteriors.entries()) {
		failed += 1 - posterior.none;
		for (const [index, step] of (runs[at]?.steps ?? []).entries()) {
			const key = componentKey(step);
			counts.set(key, (counts.get(key) ?? 0) + (posterior.perStep[index] ?? 0));
		}
	}
	const found = [...counts.values()].reduce((sum, count) => sum + count, 0);
	const failing = failed / (runs.length + PRIOR_STRENGTH);
	const shares = new Map<string, number>();
	for (const [key, share] of prior) shares.set(key, failing * share);
	for (const [key, count] of counts)
		shares.set(key, found > 0 ? (failing * (1 - declared) * count) / found : 0);
	return shares;
}

function learnAtFault(
	runs: readonly EvidenceRun[],
	posteriors: readonly OriginPosterior[],
): LearnedRatios["atFault"] {
	const learn = (sort: "local" | "inherited"): readonly number[] => {
		const counts = P_BINS.map(() => 0);
		for (const [at, posterior] of posteriors.entries()) {
			for (const [index, probability] of posterior.perStep.entries()) {
				const bin = binOf(runs[at]?.[sort][index] ?? null);
				if (bin !== null) counts[bin] = (counts[bin] ?? 0) + probability;
			}
		}
		return binShares(counts, DECLARED_AT_FAULT, AT_FAULT_STRENGTH);
	};
	return { local: learn("local"), inherited: learn("inherited") };
}
