import { improveOrigins, type OriginModel, startOrigins } from "../core/learn-origins.ts";
import { locateRun, type Verdict } from "../core/locate-run.ts";
import { declaredShares, likelihoodOf, type Shares, startShares } from "../core/origin-mixture.ts";
import { componentKey } from "../core/trace.ts";
import type { EvidenceRun } from "../core/weigh-evidence.ts";

/** What is learned from runs whose evidence is given: as `fitJudge` does, with the passing runs as the reference. */
export function learnFromEvidence(
	runs: readonly EvidenceRun[],
	labels?: ReadonlyMap<string, string>,
): OriginModel & { readonly prior: Shares } {
	const prior = declaredShares(runs.flatMap((run) => run.steps.map(componentKey)));
	const reference = new Set(runs.flatMap(({ run }) => (run.outcome === "pass" ? [run.traceId] : [])));
	let model = startOrigins();
	for (let round = 0; round < 10; round++)
		model = improveOrigins(runs, model, {
			prior,
			reference,
			...(labels === undefined ? {} : { labels }),
		}).model;
	return { ...model, prior };
}

/** A run's verdict under what was learned. */
export const locateWith = (
	evidence: EvidenceRun,
	{ nodes, shares, prior }: ReturnType<typeof learnFromEvidence>,
	options?: Parameters<typeof locateRun>[3],
): Verdict =>
	locateRun(
		evidence,
		likelihoodOf(evidence, nodes),
		shares.get(evidence.run.serviceVersion) ?? startShares(prior),
		options,
	);
