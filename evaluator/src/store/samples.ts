import type { Store } from "@faultline/collector";
import { clusterTexts } from "../core/cluster-texts.ts";
import { readContent } from "../core/content.ts";
import { drawSample, hoursPerPart, type SampleCandidate, type SampledRun } from "../core/draw-sample.ts";
import { seededRandom } from "../core/random.ts";
import { highestChance, type SamplePlan } from "../core/sample-plan.ts";
import type { Outcome } from "../core/trace.ts";
import { EVALUATOR } from "./result-rows.ts";
import { select, selectByTraces } from "./select.ts";

/** Of which pipeline and time a sample is wanted; milliseconds since the epoch, the end excluded. */
export interface SampleWindow {
	readonly pipeline: string;
	readonly sinceMs: number;
	readonly untilMs: number;
}

/** What is stored of a run that was drawn. */
export interface SampledResult extends SampledRun {
	readonly outcome: Outcome;
	/** Kind of the evaluator's verdict; empty where the run was not judged. */
	readonly verdict: string;
	/** Step in which the fault began; empty where none is named. */
	readonly origin: string;
}

/** The sample of a window. */
export interface WindowSample {
	/** All runs of the window. */
	readonly runs: number;
	readonly drawn: readonly SampledResult[];
	/** Where what can be drawn under a budget begins: what started then or later is drawn when its part of the day is over. Null: nothing waits. */
	readonly waitsFromMs: number | null;
}

const DAY_MS = 86_400_000;
/** Spans of a run that has started may still arrive so long after. */
const SETTLE_MS = 15 * 60_000;
const CLUSTERS = 16;

interface CandidateRow {
	readonly trace_id: string;
	readonly start_ms: string;
	readonly place: number;
	readonly service_name: string;
	readonly service_version: string;
	readonly environment: string;
	readonly revision: string;
	readonly outcome: string;
	readonly attribute_values: readonly string[];
	readonly beginning: string;
	readonly lowest_score: number | null;
	readonly verdict: string;
	readonly probability: number | null;
}

/** Fields of a stratum that are columns; every other one is an attribute of the run's root span. */
const COLUMNS = {
	pipeline: null,
	outcome: "outcome",
	"service.name": "service_name",
	"service.version": "service_version",
	"deployment.environment.name": "environment",
	"vcs.ref.head.revision": "revision",
} as const;

/**
 * Draws the sample of a window and writes it to `samples`. The same window draws the same runs, whoever asks: asking again changes nothing, but for runs
 * that have arrived or been judged since. Under a budget only parts of a day that are over are drawn.
 *
 * @example
 * const { drawn } = await drawStoredSample(store, { pipeline: "docs-answer", sinceMs, untilMs }, DEFAULT_SAMPLE_PLAN, Date.now());
 */
export async function drawStoredSample(
	store: Store,
	window: SampleWindow,
	plan: SamplePlan,
	nowMs: number,
): Promise<WindowSample> {
	const { sinceMs, untilMs, pipeline } = window;
	// Under a budget what a part of a day may draw depends on what earlier parts drew, so that whole days are looked at.
	const partMs = plan.budgetPerDay === null ? null : hoursPerPart(plan.budgetPerDay) * 3_600_000;
	const from = partMs === null ? sinceMs : Math.floor(sinceMs / DAY_MS) * DAY_MS;
	const over = partMs === null ? untilMs : Math.floor((nowMs - SETTLE_MS) / partMs) * partMs;
	const to = partMs === null ? untilMs : Math.min(Math.ceil(untilMs / DAY_MS) * DAY_MS, over);
	const candidates = await readCandidates(store, { pipeline, sinceMs: from, untilMs: to }, plan);
	const drawn = drawSample(candidates, plan).filter(({ startMs }) => startMs >= sinceMs && startMs < untilMs);
	const [count] = await select<{ runs: string }>(store, "count-runs.sql", {
		pipeline,
		since_ms: sinceMs,
		until_ms: Math.min(untilMs, Math.max(sinceMs, to)),
	});
	const results = await writeSample(store, window, drawn);
	return { runs: Number(count?.runs ?? 0), drawn: results, waitsFromMs: over < untilMs ? over : null };
}

async function readCandidates(
	store: Store,
	{ pipeline, sinceMs, untilMs }: SampleWindow,
	plan: SamplePlan,
): Promise<SampleCandidate[]> {
	const { lifts, strata, salt } = plan;
	const fields = [...new Set(strata.flatMap(({ where }) => Object.keys(where)))];
	const attributes = fields.filter((field) => !Object.hasOwn(COLUMNS, field));
	const rows = await select<CandidateRow>(store, "sample-candidates.sql", {
		pipeline,
		since_ms: sinceMs,
		until_ms: Math.max(sinceMs, untilMs),
		salt,
		highest_chance: highestChance(plan),
		attribute_fields: attributes,
		with_inputs: lifts.rare > 1 ? 1 : 0,
		with_scores: lifts.lowScore > 1 ? 1 : 0,
		with_verdicts: lifts.uncertain > 1 ? 1 : 0,
		evaluator: EVALUATOR,
	});
	const commonness = lifts.rare > 1 ? commonnessOf(rows) : [];
	return rows.map((row, at) => ({
		traceId: row.trace_id,
		startMs: Number(row.start_ms),
		place: row.place,
		fields: fieldsOf(row, pipeline, attributes),
		commonness: commonness[at] ?? null,
		lowestScore: row.lowest_score,
		uncertain: row.verdict === "" ? null : isUncertain(row, lifts.sureFrom),
	}));
}

function fieldsOf(
	row: CandidateRow,
	pipeline: string,
	attributes: readonly string[],
): Record<string, string> {
	const columns = Object.entries(COLUMNS).map(([field, column]) => [
		field,
		column === null ? pipeline : row[column] || (field === "outcome" ? "unknown" : ""),
	]);
	return Object.fromEntries([
		...columns,
		...attributes.map((field, at) => [field, row.attribute_values[at] ?? ""]),
	]) as Record<string, string>;
}

const isUncertain = ({ verdict, probability }: CandidateRow, sureFrom: number): boolean =>
	verdict === "ambiguous" || (verdict === "fault" && probability !== null && probability < sureFrom);

/** How large the cluster of each input is, against the size that it would have if all clusters were alike. */
function commonnessOf(rows: readonly CandidateRow[]): (number | null)[] {
	const clusters = clusterTexts(
		rows.map(({ beginning }) => readContent(beginning).text),
		{ clusters: CLUSTERS, random: seededRandom(1) },
	);
	const sizes = new Map<number, number>();
	for (const cluster of clusters) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
	return rows.map(({ beginning }, at) =>
		beginning === "" ? null : ((sizes.get(clusters[at] ?? 0) ?? 0) * sizes.size) / rows.length,
	);
}

async function writeSample(
	store: Store,
	{ pipeline, sinceMs, untilMs }: SampleWindow,
	drawn: readonly SampledRun[],
): Promise<SampledResult[]> {
	const rows = await selectByTraces<{
		trace_id: string;
		service_name: string;
		service_version: string;
		environment: string;
		outcome: string;
		verdict: string;
		origin_step: string;
	}>(
		store,
		"sampled-results.sql",
		drawn.map(({ traceId }) => traceId),
		{ since_ms: sinceMs, until_ms: untilMs, evaluator: EVALUATOR },
	);
	const byTrace = new Map(rows.map((row) => [row.trace_id, row]));
	const known = drawn.flatMap((run) => {
		const row = byTrace.get(run.traceId);
		return row === undefined ? [] : [{ run, row }];
	});
	await store.insert(
		"samples",
		known.map(({ run, row }) => ({
			trace_id: run.traceId,
			pipeline,
			service_name: row.service_name,
			service_version: row.service_version,
			environment: row.environment,
			run_start: (run.startMs / 1000).toFixed(3),
			stratum: run.stratum,
			probability: run.probability,
			reason: run.reason,
		})),
	);
	return known.map(({ run, row: { outcome, verdict, origin_step } }) => ({
		...run,
		outcome: outcome === "pass" || outcome === "fail" ? outcome : "unknown",
		verdict,
		origin: origin_step,
	}));
}
