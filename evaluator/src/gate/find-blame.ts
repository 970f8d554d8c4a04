import type { Store } from "@faultline/collector";
import { compareRuns } from "../core/compare-runs.ts";
import type { EvalCase, Evaluation } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { fixtureRun } from "../core/fixture-run.ts";
import type { GateDecision } from "../core/gate-decision.ts";
import { type PresentedComparison, presentComparison } from "../core/present-comparison.ts";
import type { BisectBlame, Blame } from "../core/present-gate.ts";
import { seededRandom } from "../core/random.ts";
import type { Scorer } from "../core/score.ts";
import type { Run } from "../core/trace.ts";
import { readRuns } from "../store/read-runs.ts";

export interface BlameOptions {
	readonly store: Store;
	readonly scorers: readonly Scorer[];
	/** What the candidate was run on; what they recorded stands in for a baseline whose traces are elsewhere. */
	readonly fixtures: readonly Fixture[];
	/** Address of the page, without a slash at the end; null where there is none. */
	readonly pageUrl: string | null;
	/** Replays fixtures with good steps pinned; null where there is no budget for it. */
	readonly bisect: ((fixtureIds: readonly string[]) => Promise<BisectBlame | null>) | null;
	readonly onProgress: (text: string) => void;
}

/** What is said of one side by its traces. */
type Finding = Pick<Blame, "source" | "kind" | "steps" | "evidence">;

/**
 * Says which component of a blocked candidate to look at: by comparing both evaluations' traces; where the baseline's are not in this
 * database, by comparing with what the fixtures recorded; and by the gate's own rows. Then, within its budget, by replay.
 *
 * @example
 * const blame = await findBlame(decision, candidate, baseline, { store, scorers: builtInScorers, fixtures, pageUrl: null, bisect: null, onProgress });
 */
export async function findBlame(
	decision: GateDecision,
	candidate: Evaluation,
	baseline: Evaluation | null,
	options: BlameOptions,
): Promise<Blame> {
	const after = await readCaseRuns(options, candidate);
	const ran = new Set(candidate.cases.map((one) => one.fixtureId));
	const before =
		baseline === null ? [] : await readCaseRuns(options, baseline, (one) => ran.has(one.fixtureId));
	const newly = newlyFailing(candidate, baseline);
	const finding = findStep(decision, { before, after, ran }, options);
	const fixtures = [...new Set(newly.map((one) => one.fixtureId))];
	const bisect = options.bisect === null || fixtures.length === 0 ? null : await options.bisect(fixtures);
	return { ...withBisect(finding, bisect), bisect, traces: examplesOf(newly, options.pageUrl) };
}

async function readCaseRuns(
	{ store, onProgress }: BlameOptions,
	{ run, cases }: Evaluation,
	wanted: (one: EvalCase) => boolean = () => true,
): Promise<Run[]> {
	const traceIds = cases.flatMap((one) => (one.traceId !== "" && wanted(one) ? [one.traceId] : []));
	if (traceIds.length === 0) return [];
	onProgress(`reading ${traceIds.length} traces of ${run.evalId}`);
	return readRuns(store, { traceIds });
}

/** Cases that fail and whose fixture mostly passed before; where nothing passed before, all that fail. */
function newlyFailing(candidate: Evaluation, baseline: Evaluation | null): EvalCase[] {
	const passed = new Map<string, { passed: number; trials: number }>();
	for (const one of baseline?.cases ?? []) {
		const count = passed.get(one.fixtureId) ?? { passed: 0, trials: 0 };
		passed.set(one.fixtureId, count);
		count.trials++;
		if (one.outcome === "pass") count.passed++;
	}
	const failing = candidate.cases.filter((one) => one.status === "completed" && one.outcome === "fail");
	const newly = failing.filter(({ fixtureId }) => {
		const count = passed.get(fixtureId);
		return count === undefined || 2 * count.passed > count.trials;
	});
	return newly.length > 0 ? newly : failing;
}

const NOBODY: Finding = { source: "none", kind: "unclear", steps: [], evidence: [] };

/** Below this many runs a side, a comparison only guesses. */
const FEWEST_RUNS = 10;

function findStep(
	decision: GateDecision,
	{
		before,
		after,
		ran,
	}: { readonly before: readonly Run[]; readonly after: readonly Run[]; readonly ran: ReadonlySet<string> },
	options: BlameOptions,
): Finding {
	const rows = byRows(decision);
	const recorded = options.fixtures.filter(({ id }) => ran.has(id)).map(fixtureRun);
	const traced = before.length >= FEWEST_RUNS;
	const healthy = traced ? before : recorded;
	if (healthy.length < FEWEST_RUNS || after.length < FEWEST_RUNS) return rows;
	options.onProgress(
		`comparing ${after.length} runs of the candidate with ${traced ? `${before.length} of the baseline` : `what ${recorded.length} fixtures recorded, since the baseline's traces are not in this database`}`,
	);
	const compared = byComparison(decision.candidate.run.pipeline, healthy, after, options);
	const found = { ...compared, source: traced ? ("compare" as const) : ("fixtures" as const) };
	if (found.steps.length > 0 || found.kind === "inputs" || rows.steps.length === 0) return found;
	return { ...rows, evidence: [...rows.evidence, ...found.evidence] };
}

function byComparison(
	pipeline: string,
	before: readonly Run[],
	after: readonly Run[],
	{ scorers }: BlameOptions,
): Omit<Finding, "source"> {
	const comparison = presentComparison(
		pipeline,
		compareRuns(before, after, { scorers, random: seededRandom(1) }),
	);
	const { kind, steps } = comparison.verdict;
	if (kind === "inputs") return { kind, steps: [], evidence: ["the same inputs fail as often as before"] };
	const named = kind === "component" || kind === "several";
	return {
		kind: named ? kind : "unclear",
		steps: named ? steps : [],
		evidence: [
			...(named ? steps.flatMap((step) => describeComponent(comparison, step)) : []),
			...comparison.evidence.slice(0, named ? 6 : 3).map(describeEvidence),
		],
	};
}

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;

function describeComponent({ components }: PresentedComparison, step: string): string[] {
	const component = components.find((one) => one.step === step);
	if (component === undefined) return [];
	const { hazard, versions } = component;
	const changed = versions.baseline.join(", ") !== versions.candidate.join(", ");
	return [
		`${step} breaks ${percent(hazard.candidate)} of the runs that reach it intact; before, ${percent(hazard.baseline)}`,
		...(changed
			? [
					`its version changed: ${versions.baseline.join(", ") || "none"} -> ${versions.candidate.join(", ") || "none"}`,
				]
			: []),
	];
}

function describeEvidence({
	step,
	check,
	candidate,
	baseline,
	text,
}: PresentedComparison["evidence"][number]): string {
	const before =
		baseline.judged === 0 ? "not judged before" : `before in ${baseline.strange} of ${baseline.judged}`;
	return `${step}: ${text} (${check}: strange in ${candidate.strange} of ${candidate.judged} failing runs, ${before})`;
}

function byRows(decision: GateDecision): Finding {
	const steps = decision.rows.flatMap(({ subject, verdict, evidence }) =>
		subject.kind === "step" && verdict === "fail"
			? [{ step: subject.step, loss: evidence.difference ?? 0 }]
			: [],
	);
	const [worst] = steps.sort((a, b) => a.loss - b.loss);
	if (worst === undefined) return NOBODY;
	return {
		source: "rows",
		kind: steps.length === 1 ? "component" : "several",
		steps: steps.map(({ step }) => step),
		evidence: [`${worst.step} breaks in ${percent(-worst.loss)} more of the runs than before`],
	};
}

/** A replay proves what the traces only suggest: where they name nobody, what most bisections agree on is named. */
function withBisect(finding: Finding, bisect: BisectBlame | null): Finding {
	if (finding.steps.length > 0 || bisect === null) return finding;
	const votes = Map.groupBy(
		bisect.fixtures.flatMap(({ steps }) => (steps.length === 1 ? steps : [])),
		(step) => step,
	);
	const [most] = [...votes].sort(([, a], [, b]) => b.length - a.length);
	if (most === undefined || 2 * most[1].length <= bisect.fixtures.length) return finding;
	return { ...finding, kind: "component", steps: [most[0]] };
}

const EXAMPLES = 3;

function examplesOf(newly: readonly EvalCase[], pageUrl: string | null): Blame["traces"] {
	const first = new Map<string, EvalCase>();
	for (const one of newly) if (one.traceId !== "" && !first.has(one.fixtureId)) first.set(one.fixtureId, one);
	return [...first.values()].slice(0, EXAMPLES).map(({ fixtureId, traceId }) => ({
		fixture: fixtureId,
		trace_id: traceId,
		url: pageUrl === null ? null : `${pageUrl}/runs/${traceId}`,
	}));
}
