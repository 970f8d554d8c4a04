import { chooseReference, type ReferenceChoice } from "./choose-reference.ts";
import { improveOrigins, startOrigins } from "./learn-origins.ts";
import { changedVersionBoost, locateRun, type Verdict } from "./locate-run.ts";
import {
	declaredShares,
	likelihoodOf,
	type NodeEvidence,
	type NodeRates,
	type RunLikelihood,
	type Shares,
	startShares,
} from "./origin-mixture.ts";
import { readRun, recordTasks, type TaskRecord } from "./read-run.ts";
import { learnReference, type Reference, withTasks } from "./reference.ts";
import { learnScales, type Scales } from "./scale.ts";
import type { Scorer } from "./score.ts";
import { componentKey, type Run } from "./trace.ts";
import {
	type CheckRates,
	type EvidenceRun,
	evidenceOf,
	learnFaultyChecks,
	learnIntactChecks,
	learnSums,
	type PreparedRun,
	prepareRun,
	pValuesOf,
	type StrangeRun,
	type Sums,
	strangenessOfRun,
	strengthOf,
	sumWeights,
} from "./weigh-evidence.ts";

/** Everything that was learned from a set of runs of one pipeline, and with which any run of it can be judged. */
export interface Judge {
	readonly scorers: readonly Scorer[];
	readonly choice: ReferenceChoice;
	readonly reference: Reference;
	readonly record: TaskRecord;
	readonly scales: Scales;
	readonly checks: CheckRates;
	readonly sums: Sums;
	readonly nodes: NodeRates;
	/** Service version → shares of origins; `prior` for versions that were not learned from. */
	readonly shares: ReadonlyMap<string, Shares>;
	readonly prior: Shares;
	readonly referenceVersions: ReadonlyMap<string, string>;
}

/** A run with its evidence, likelihoods and verdict. */
export interface JudgedRun {
	readonly evidence: EvidenceRun;
	readonly likelihood: RunLikelihood;
	readonly verdict: Verdict;
}

export interface JudgeOptions {
	readonly scorers: readonly Scorer[];
	/** The healthy runs to compare with; proposed by `chooseReference` by default. */
	readonly reference?: ReferenceChoice;
	/** Trace id → name of the step that a person blames (`input` for the user's): they anchor what is learned. */
	readonly labels?: ReadonlyMap<string, string>;
	/** How the runs of each task ended, where there are more runs than those learned from. */
	readonly record?: TaskRecord;
	/** Called after each run that was read, for progress. */
	readonly onRead?: (done: number) => void;
}

const ROUNDS = 10;

/**
 * Learns from runs of one pipeline what healthy executions look like, how often each check is right, how often faults begin where, and
 * which of a deploy's changes are harmless: by expectation and maximisation over where each failing run's fault began.
 */
export function fitJudge(
	runs: readonly Run[],
	{
		scorers,
		reference: choice = chooseReference(runs),
		labels = new Map(),
		record = recordTasks(runs),
		onRead = () => {},
	}: JudgeOptions,
): { readonly judge: Judge; readonly read: readonly StrangeRun[] } {
	const passing = runs.filter((run) => run.outcome === "pass");
	const reference = learnReference(choice.runs, passing);
	const reads = runs.map((run, index) => {
		const read = readRun(run, scorers, reference, record);
		onRead(index + 1);
		return read;
	});
	const scales = learnScales(reads, reference.runs);
	const strange = reads.map((read) => strangenessOfRun(read, scales, reference.runs));
	const prior = declaredShares([...new Set(reads.flatMap((read) => read.steps.map(componentKey)))]);
	const versions = new Map([...reference.components].map(([key, { version }]) => [key, version]));
	const learned = learnRates(strange, reference.runs, { prior, labels, versions });
	return {
		judge: {
			scorers,
			choice,
			reference,
			record,
			scales,
			prior: startShares(prior),
			referenceVersions: versions,
			...learned,
		},
		read: strange,
	};
}

function learnRates(
	strange: readonly StrangeRun[],
	reference: ReadonlySet<string>,
	{
		prior,
		labels,
		versions,
	}: {
		readonly prior: Shares;
		readonly labels: ReadonlyMap<string, string>;
		readonly versions: ReadonlyMap<string, string>;
	},
): Pick<Judge, "checks" | "sums" | "nodes" | "shares"> {
	const intact = learnIntactChecks(strange);
	const prepared = strange.map((run) => prepareRun(run, intact));
	let checks: CheckRates = { ...intact, atFault: new Map() };
	let found = prepared.map((run) => sumWeights(run, checks.atFault));
	let sums = learnSums(prepared, found);
	let model = startOrigins();
	for (let round = 0; round < ROUNDS; round++) {
		const evidence = prepared.map((run, at) =>
			nodeEvidence(run, found[at] ?? sumWeights(run, checks.atFault), sums),
		);
		const { model: better, posteriors } = improveOrigins(evidence, model, {
			prior,
			reference,
			labels,
			boost: (one) => changedVersionBoost(one.steps, versions),
		});
		model = better;
		const blame = posteriors.map((posterior) => (posterior.none === 1 ? null : posterior.perStep));
		checks = { ...checks, atFault: learnFaultyChecks(strange, blame) };
		found = prepared.map((run) => sumWeights(run, checks.atFault));
		sums = learnSums(prepared, found);
	}
	return { checks, sums, nodes: model.nodes, shares: model.shares };
}

function nodeEvidence(run: PreparedRun, found: ReturnType<typeof sumWeights>, sums: Sums): NodeEvidence {
	const { run: trace, steps, sources, matters } = run.strange.read;
	return { run: trace, steps, sources, matters, p: pValuesOf(run, found, sums), strength: strengthOf(found) };
}

/** Runs to be judged by what was learned from others. */
export interface FurtherRuns {
	readonly runs: readonly Run[];
	/** Passing runs of the same tasks. */
	readonly peers: readonly Run[];
	/** How the runs of each of these tasks ended. */
	readonly record: TaskRecord;
}

/** Reads and judges runs that were not among those learned from. */
export function judgeFurther({ runs, peers, record }: FurtherRuns, judge: Judge): JudgedRun[] {
	const versions = new Set(judge.choice.runs.map((run) => run.serviceVersion));
	const reference = withTasks(judge.reference, peers, (run) => versions.has(run.serviceVersion));
	return runs.map((run) => {
		const read = readRun(run, judge.scorers, reference, record);
		return judgeRead(strangenessOfRun(read, judge.scales, reference.runs), judge);
	});
}

/** Judges a run that was read already. */
export function judgeRead(strange: StrangeRun, judge: Judge): JudgedRun {
	const evidence = evidenceOf(strange, judge.checks, judge.sums);
	const likelihood = likelihoodOf(evidence, judge.nodes);
	const shares = judge.shares.get(evidence.run.serviceVersion) ?? judge.prior;
	const verdict = locateRun(evidence, likelihood, shares, { referenceVersions: judge.referenceVersions });
	return { evidence, likelihood, verdict };
}
