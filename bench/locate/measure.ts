import { type Comparison, compareRuns } from "../../evaluator/src/core/compare-runs.ts";
import type { Candidate, Verdict } from "../../evaluator/src/core/locate-run.ts";
import { seededRandom } from "../../evaluator/src/core/random.ts";
import { readRun } from "../../evaluator/src/core/read-run.ts";
import { INPUT, type Run, stepsOf } from "../../evaluator/src/core/trace.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";
import { ABLATIONS, type Ablation, judgeWithout } from "./ablations.ts";
import { generateDeploy } from "./generate-deploy.ts";
import type { DeployOptions, GeneratedRun, Scenario, Truth } from "./scenario.ts";

export const BASELINES = ["random", "first error", "last step", "lowest score", "longest output"] as const;
export type Baseline = (typeof BASELINES)[number];

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
	/** Probability that the baseline names the truth. */
	readonly baselines: Readonly<Record<Baseline, number>>;
	/** Whether the truth is still first where a part of the method is left out. */
	readonly without: Readonly<Record<Ablation, boolean>>;
	/** What was stated of each place. Of several right ones (both sides of a hand-off, several causes) only the best counts, the others not at all. */
	readonly candidates: readonly { readonly probability: number; readonly right: boolean }[];
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
	/** Probability that a component drawn at random, or among those whose version changed, is the right one; null where nothing is broken. */
	readonly baselines: { readonly random: number; readonly "changed version": number } | null;
}

export interface ScenarioResult {
	readonly deploys: DeployResult;
	readonly runs: readonly RunResult[];
	/** Passing runs, and how many of them were said to be faulty. */
	readonly healthy: { readonly runs: number; readonly named: number };
}

export const isRight = (candidate: Pick<Candidate, "spanId" | "kind">, truth: Truth): boolean => {
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
	const { verdicts, evidence, judge } = comparison.judgement;
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
			const read = readRun(run, judge.scorers, judge.reference, judge.record);
			const without = Object.fromEntries(
				ABLATIONS.map((part) => {
					const [top] = judgeWithout(part, read, judge).candidates;
					return [part, top !== undefined && isRight(top, truth)];
				}),
			) as Record<Ablation, boolean>;
			const what = { scenario: scenario.name, deploy, without } as const;
			results.push({ ...what, ...resultOf(run, truth, verdict, lowestScore(found)) });
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
	run: Run,
	truth: Truth,
	verdict: Verdict,
	lowest: string | null,
): Omit<RunResult, "scenario" | "deploy" | "without"> {
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
		candidates: candidates
			.map((candidate) => ({ probability: candidate.probability, right: isRight(candidate, truth) }))
			.filter(({ right: isTrue }, at) => !isTrue || at === rank),
	};
}

function deployResult(
	scenario: Scenario,
	{ change, versions }: Comparison,
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
		baselines:
			fault === null
				? null
				: {
						random: shareOf([...versions.keys()].filter(isStep), right),
						"changed version": shareOf(
							[...versions].filter(([key, sides]) => isStep(key) && hasChanged(sides)).map(([key]) => key),
							right,
						),
					},
	};
}

const isStep = (key: string): boolean => !key.startsWith("edge/") && !key.startsWith(`${INPUT}/`);

const hasChanged = ({
	baseline,
	candidate,
}: {
	baseline: readonly string[];
	candidate: readonly string[];
}): boolean => baseline.join() !== candidate.join();

const shareOf = (names: readonly string[], right: (name: string) => boolean): number =>
	names.length === 0 ? 0 : names.filter(right).length / names.length;
