import { type Comparison, compareRuns } from "../../evaluator/src/core/compare-runs.ts";
import type { Candidate, Verdict } from "../../evaluator/src/core/locate-run.ts";
import { seededRandom } from "../../evaluator/src/core/random.ts";
import { INPUT, type Run, stepsOf } from "../../evaluator/src/core/trace.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";
import { generateDeploy } from "./generate-deploy.ts";
import type { DeployOptions, GeneratedRun, Scenario, Truth } from "./scenario.ts";

export type Baseline = "random" | "first error" | "last step" | "lowest score" | "longest output";

/** What was said of one failing run, against the truth. */
export interface RunResult {
	readonly scenario: string;
	readonly deploy: "A" | "B";
	/** The scenario's fault made it fail, not an accident of the healthy pipeline. */
	readonly byFault: boolean;
	readonly edge: boolean;
	readonly kind: string;
	/** Place of the truth among the candidates, from 1; null where it is not among them. */
	readonly rank: number | null;
	readonly inSet: boolean;
	readonly setSize: number;
	readonly verdict: string;
	readonly probability: number;
	/** Steps between the best candidate and the truth; null where one of them is no step. */
	readonly distance: number | null;
	readonly baselines: Readonly<Record<Baseline, number>>;
	readonly candidates: readonly { readonly probability: number; readonly right: boolean }[];
	readonly top: string;
	readonly truth: string;
	readonly traceId: string;
}

/** What was said of the two deploys of a scenario. */
export interface DeployResult {
	readonly scenario: Scenario;
	readonly failedA: number;
	readonly failedB: number;
	readonly verdict: string;
	readonly named: readonly string[];
	/** The fault's component, and nothing else, is named; null where nothing is broken. */
	readonly right: boolean | null;
	/** Something that is not the fault's component is named. */
	readonly alarm: boolean;
	readonly change: Comparison["change"];
}

export interface ScenarioResult {
	readonly deploys: DeployResult;
	readonly runs: readonly RunResult[];
	/** Passing runs, and how many of them were said to be faulty. */
	readonly healthy: { readonly runs: number; readonly named: number };
}

const isRight = (candidate: Pick<Candidate, "spanId" | "kind">, truth: Truth): boolean => {
	if (candidate.kind === "edge") {
		if (!truth.edge) return false;
		const [from, to] = (candidate.spanId ?? "").split("->");
		return truth.origins.some(({ spanId }) => spanId === from || spanId === to);
	}
	return truth.origins.some((origin) =>
		origin.spanId === null ? candidate.kind === INPUT : origin.spanId === candidate.spanId,
	);
};

/** Generates both deploys of a scenario, compares them, and holds every verdict against the truth. */
export function measureScenario(scenario: Scenario, options: DeployOptions): ScenarioResult {
	const a = generateDeploy(scenario, "A", options);
	const b = generateDeploy(scenario, "B", options);
	const runsOf = (side: readonly GeneratedRun[]): Run[] => side.map(({ run }) => run);
	const comparison = compareRuns(runsOf(a), runsOf(b), {
		scorers: builtInScorers,
		random: seededRandom(options.seed),
	});
	const { verdicts, evidence } = comparison.judgement;
	const results: RunResult[] = [];
	const healthy = { runs: 0, named: 0 };
	for (const [at, { run, truth }] of [...a, ...b].entries()) {
		const verdict = verdicts[at];
		const found = evidence[at];
		if (verdict === undefined || found === undefined) continue;
		if (truth === null) {
			healthy.runs++;
			if (verdict.kind === "fault") healthy.named++;
		} else if (truth.origins.length > 0) {
			const deploy = at < a.length ? "A" : "B";
			results.push(resultOf(scenario, deploy, run, truth, verdict, lowestScore(found)));
		}
	}
	return { deploys: deployResult(scenario, comparison, a, b), runs: results, healthy };
}

function lowestScore(evidence: Comparison["judgement"]["evidence"][number]): string | null {
	let best: { readonly spanId: string; readonly p: number } | null = null;
	for (const [index, findings] of evidence.findings.entries())
		for (const { p } of findings)
			if (p !== null && (best === null || p < best.p))
				best = { spanId: evidence.steps[index]?.spanId ?? "", p };
	return best?.spanId ?? null;
}

function resultOf(
	scenario: Scenario,
	deploy: "A" | "B",
	run: Run,
	truth: Truth,
	verdict: Verdict,
	lowest: string | null,
): RunResult {
	const { candidates } = verdict;
	const rank = candidates.findIndex((candidate) => isRight(candidate, truth));
	const [top] = candidates;
	const right = candidates.filter((candidate) => isRight(candidate, truth));
	const steps = stepsOf(run);
	const at = (spanId: string | null): number =>
		steps.findIndex((step) => step.spanId === spanId?.split("->").at(-1));
	const place = at(top?.spanId ?? null);
	const distances = truth.origins.flatMap(({ spanId }) => {
		const there = at(spanId);
		return place < 0 || there < 0 ? [] : [Math.abs(place - there)];
	});
	const first = steps.find((step) => step.failed) ?? null;
	const longest = steps.toSorted((x, y) => y.output.length - x.output.length)[0];
	const hit = (spanId: string | undefined | null): number =>
		spanId != null && truth.origins.some((origin) => origin.spanId === spanId) ? 1 : 0;
	return {
		scenario: scenario.name,
		deploy,
		byFault: truth.byFault,
		edge: truth.edge,
		kind: truth.edge ? "edge" : (truth.origins[0]?.kind ?? ""),
		rank: rank < 0 ? null : rank + 1,
		inSet: right.some((candidate) => verdict.set90.includes(candidate.spanId ?? candidate.kind)),
		setSize: verdict.set90.length,
		verdict: verdict.kind,
		probability: top?.probability ?? 0,
		distance: distances.length === 0 ? null : Math.min(...distances),
		baselines: {
			random: truth.origins.filter(({ spanId }) => spanId !== null).length / steps.length,
			"first error": hit(first?.spanId),
			"last step": hit(steps.at(-1)?.spanId),
			"lowest score": hit(lowest),
			"longest output": hit(longest?.spanId),
		},
		candidates: candidates.map((candidate) => ({
			probability: candidate.probability,
			right: isRight(candidate, truth),
		})),
		top: top === undefined ? "" : `${top.kind}/${top.step}`,
		truth: truth.origins.map(({ kind, step }) => `${kind}/${step}`).join(" + "),
		traceId: run.traceId,
	};
}

function deployResult(
	scenario: Scenario,
	{ change }: Comparison,
	a: readonly GeneratedRun[],
	b: readonly GeneratedRun[],
): DeployResult {
	const { fault } = scenario;
	const { verdict } = change;
	const named = "origins" in verdict ? verdict.origins : [];
	const right = (origin: string): boolean => {
		const step = origin.slice(origin.indexOf("/") + 1).replace(/^hand-off to /, "");
		if (fault === null) return false;
		if (origin.startsWith("edge/") && !fault.edge) return false;
		return step === fault.step || fault.alsoAcceptable.includes(step);
	};
	const failed = (side: readonly GeneratedRun[]): number =>
		side.filter(({ truth }) => truth !== null).length / side.length;
	return {
		scenario,
		failedA: failed(a),
		failedB: failed(b),
		verdict: verdict.kind,
		named,
		right: fault === null ? null : named.length > 0 && named.every(right),
		alarm: named.some((origin) => !right(origin)),
		change,
	};
}
