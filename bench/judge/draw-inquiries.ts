import type { Hypothesis } from "../../evaluator/src/core/ask-where.ts";
import { judgeRuns } from "../../evaluator/src/core/judge-runs.ts";
import type { Verdict } from "../../evaluator/src/core/locate-run.ts";
import { UNKNOWN } from "../../evaluator/src/core/origin-mixture.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";
import { generateDeploy } from "../locate/generate-deploy.ts";
import { isRight } from "../locate/measure.ts";
import type { DeployOptions, Scenario, Truth } from "../locate/scenario.ts";

/** A place in a failing run that a judge can be asked about. */
export interface Place {
	readonly id: string;
	/** Naming it is a right answer. */
	readonly right: boolean;
	/** What a judge that never errs says of it: bad where the fault began here, and not of the steps around a hand-off. */
	readonly bad: boolean;
	/** Something before it is bad. */
	readonly inherits: boolean;
}

/** A failing run as it stands before any judge was asked. */
export interface RunInquiry {
	readonly scenario: string;
	readonly traceId: string;
	/** The scenario's fault made it fail. */
	readonly planted: boolean;
	/** What the evidence says, in data-flow order; `unknown` last. */
	readonly belief: readonly Hypothesis[];
	/** In data-flow order. */
	readonly places: readonly Place[];
}

/** The failing runs of both deploys of a scenario of which it is known where they broke, located without a judge. */
export function drawInquiries(scenario: Scenario, options: DeployOptions): RunInquiry[] {
	const a = generateDeploy(scenario, "A", options);
	const b = generateDeploy(scenario, "B", options);
	const passing = a.map(({ run }) => run).filter(({ outcome }) => outcome === "pass");
	const runs = [...a, ...b].map(({ run }) => run);
	const { verdicts } = judgeRuns(runs, {
		scorers: builtInScorers,
		reference: { runs: passing, text: "the passing runs of A" },
	});
	return [...a, ...b].flatMap(({ truth }, at): RunInquiry[] => {
		const verdict = verdicts[at];
		if (truth === null || truth.origins.length === 0 || verdict === undefined) return [];
		return [inquiryOf(scenario, verdict, truth)];
	});
}

function inquiryOf(scenario: Scenario, verdict: Verdict, truth: Truth): RunInquiry {
	const probability = new Map(verdict.candidates.map((one) => [one.spanId ?? one.kind, one.probability]));
	const isBad = (step: Verdict["steps"][number]["step"]): boolean =>
		isRight({ spanId: step.spanId, kind: step.kind }, truth) && (!truth.edge || step.kind === "edge");
	const first = verdict.steps.findIndex(({ step }) => isBad(step));
	const places = verdict.steps.map(
		({ step }, at): Place => ({
			id: step.spanId,
			right: isRight({ spanId: step.spanId, kind: step.kind }, truth),
			bad: isBad(step),
			inherits: first >= 0 && at > first,
		}),
	);
	return {
		scenario: scenario.name,
		traceId: verdict.traceId,
		planted: truth.byFault,
		places,
		belief: [
			...places.map(({ id }, place) => ({ id, place, probability: probability.get(id) ?? 0 })),
			{ id: UNKNOWN, place: Number.POSITIVE_INFINITY, probability: probability.get(UNKNOWN) ?? 0 },
		],
	};
}
