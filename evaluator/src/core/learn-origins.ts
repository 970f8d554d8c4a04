import { DECLARED_AT_FAULT } from "./evidence-ratio.ts";
import {
	learnFaultyNodes,
	learnHarmless,
	learnIntactNodes,
	learnShares,
	likelihoodOf,
	type NodeEvidence,
	type NodeRates,
	type OriginPosterior,
	posteriorOf,
	type Shares,
	startShares,
} from "./origin-mixture.ts";
import { INPUT } from "./trace.ts";

/** What a population teaches about where faults begin. */
export interface OriginModel {
	readonly nodes: NodeRates;
	/** Service version → shares of origins. */
	readonly shares: ReadonlyMap<string, Shares>;
	/** Rounds that it was learned in. */
	readonly rounds: number;
}

export interface LearnOptions {
	/** Declared shares of faults, see `declaredShares`. */
	readonly prior: Shares;
	/** Trace ids of the reference runs. */
	readonly reference: ReadonlySet<string>;
	/** Trace id → name of the step that a person blames (`input` for the user's). */
	readonly labels?: ReadonlyMap<string, string>;
	/** Raises a step's prior, for instance where its version changed. */
	readonly boost?: (evidence: NodeEvidence) => (index: number) => number;
}

/** Whether a change did harm is asked once it is clear which runs have an explanation of their own. */
const SETTLED = 2;
/** How far a person's label is trusted: two labellers often disagree (METHODS). */
const LABEL_TRUST = 0.9;

/** Declared rates only. */
export const startOrigins = (): OriginModel => ({
	nodes: {
		intact: new Map(),
		deploys: new Map(),
		harmless: new Map(),
		atFault: { firm: DECLARED_AT_FAULT, local: DECLARED_AT_FAULT, inherited: DECLARED_AT_FAULT },
	},
	shares: new Map(),
	rounds: 0,
});

/**
 * One round of expectation and maximisation (Dempster, Laird, Rubin 1977): where each run's fault probably began under the model, and the
 * model that fits that best.
 */
export function improveOrigins(
	evidence: readonly NodeEvidence[],
	model: OriginModel,
	{ prior, reference, labels = new Map(), boost = () => () => 1 }: LearnOptions,
): { readonly model: OriginModel; readonly posteriors: readonly OriginPosterior[] } {
	const nodes: NodeRates = { ...model.nodes, ...learnIntactNodes(evidence, reference) };
	const posteriors = evidence.map((one) => {
		const shares = model.shares.get(one.run.serviceVersion) ?? startShares(prior);
		return labelled(posteriorOf(likelihoodOf(one, nodes), shares, boost(one)), one, labels);
	});
	return {
		model: {
			nodes: {
				...nodes,
				atFault: learnFaultyNodes(evidence, posteriors),
				harmless: model.rounds >= SETTLED ? learnHarmless(evidence, posteriors) : nodes.harmless,
			},
			shares: learnShares(evidence, posteriors, prior),
			rounds: model.rounds + 1,
		},
		posteriors,
	};
}

/** A person's blame outweighs the evidence, which still decides among several executions of the blamed step. */
function labelled(
	posterior: OriginPosterior,
	{ run, steps }: NodeEvidence,
	labels: ReadonlyMap<string, string>,
): OriginPosterior {
	const blamed = labels.get(run.traceId);
	const isBlamed = steps.map((step) => step.name === blamed || (blamed === INPUT && step.kind === INPUT));
	if (blamed === undefined || posterior.none === 1 || !isBlamed.includes(true)) return posterior;
	const held = posterior.perStep.reduce((sum, share, index) => sum + (isBlamed[index] ? share : 0), 0);
	const places = isBlamed.filter(Boolean).length;
	const rest = (1 - LABEL_TRUST) / Math.max(1e-9, 1 - held);
	return {
		perStep: posterior.perStep.map((share, index) =>
			isBlamed[index] ? LABEL_TRUST * (held > 1e-9 ? share / held : 1 / places) : share * rest,
		),
		unknown: posterior.unknown * rest,
		none: posterior.none * rest,
	};
}
