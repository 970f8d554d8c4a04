import { availableParallelism } from "node:os";
import type { Store } from "@faultline/collector";
import { chooseLearningRuns, type LearningBounds, type RunEntry } from "../core/choose-learning-runs.ts";
import type { KnownScorer } from "../core/known-score.ts";
import type { TaskRecord } from "../core/read-run.ts";
import { taskKey } from "../core/reference.ts";
import type { Run } from "../core/trace.ts";
import { countStepHours } from "./count-step-hours.ts";
import { type JudgePool, openJudgePool } from "./judge-pool.ts";
import type { Learned, Lesson } from "./learn-judge.ts";
import { updateProfiles } from "./profiles.ts";
import { readLabels } from "./read-labels.ts";
import { type RunSelector, readRuns, SLACK_MS, timeRange } from "./read-runs.ts";
import { EVALUATOR, type ResultRows } from "./result-rows.ts";
import { command, select } from "./select.ts";
import { writeResults } from "./write-results.ts";

/** What an evaluation did with the runs of one pipeline. */
export interface PipelineSummary {
	readonly pipeline: string;
	/** Which runs it took for healthy. */
	readonly reference: string;
	readonly runs: number;
	/** Runs of which every step was scored; the others passed, and enough like them were scored. */
	readonly scored: number;
	readonly scores: number;
	/** Kind of verdict → runs. */
	readonly verdicts: Readonly<Record<string, number>>;
	/** Step → runs whose fault began there, most first. */
	readonly origins: Readonly<Record<string, number>>;
}

export interface EvaluateStoredOptions {
	readonly referenceVersions?: readonly string[];
	/** How many runs are learned from, and scored whatever their outcome. */
	readonly bounds?: LearningBounds;
	/** What is to be known of runs before they are judged, such as what scorers of the user's say. */
	readonly before?: {
		readonly scorers: readonly KnownScorer[];
		readonly know: (runs: readonly Run[]) => Promise<readonly Run[]>;
	};
	/** Changes results before they are written, such as by what an LLM judge says. */
	readonly after?: (runs: readonly Run[], results: readonly ResultRows[]) => Promise<readonly ResultRows[]>;
	/** Threads to judge in; 0 for this one. By default as many as there are cores where there is much to judge. */
	readonly threads?: number;
	readonly onProgress?: (done: number, total: number) => void;
}

interface IndexRow {
	readonly trace_id: string;
	readonly pipeline: string;
	readonly service_version: string;
	readonly outcome: string;
	readonly task: string;
	readonly steps: string;
	readonly start_ms: string;
}

/**
 * Evaluates stored runs, each pipeline by itself, and writes scores and verdicts, in bounded memory: a judge learns from at most so many runs, and
 * every other run that failed or does not say is then judged by it, a batch at a time, beside passing runs of the same task. Of the other
 * runs that passed nothing is read: they have no fault to look for.
 *
 * @example
 * const [docs] = await evaluateStored(store, { pipeline: "docs-answer" });
 * docs?.origins; // { search_docs: 41, model: 3 }
 */
export async function evaluateStored(
	store: Store,
	selector: RunSelector,
	options: EvaluateStoredOptions = {},
): Promise<PipelineSummary[]> {
	const range = await timeRange(store, selector);
	if (range === null) return [];
	const rows = await select<IndexRow>(store, "run-index.sql", {
		since_ms: range.sinceMs,
		until_ms: range.untilMs,
		slack_ms: SLACK_MS,
		pipeline: selector.pipeline ?? "",
	});
	const onProgress = progressOver(rows.length, options.onProgress ?? (() => {}));
	const summaries: PipelineSummary[] = [];
	for (const [pipeline, group] of Map.groupBy(rows, (row) => row.pipeline)) {
		const entries = group.map(toEntry);
		summaries.push(await evaluatePipeline(store, { pipeline, entries, range }, { ...options, onProgress }));
	}
	await countStepHours(
		store,
		rows.map(({ start_ms }) => Number(start_ms) * 1000),
		EVALUATOR,
	);
	return summaries;
}

/** A run of the index, and when it started, in milliseconds since the epoch. */
interface IndexEntry extends RunEntry {
	readonly startMs: number;
}

const toEntry = ({ trace_id, service_version, outcome, task, steps, start_ms }: IndexRow): IndexEntry => ({
	traceId: trace_id,
	serviceVersion: service_version,
	outcome: outcome === "pass" || outcome === "fail" ? outcome : "unknown",
	task,
	steps: Number(steps),
	startMs: Number(start_ms),
});

/** Counts runs that are done, over all pipelines. */
function progressOver(total: number, report: (done: number, total: number) => void): (done: number) => void {
	let all = 0;
	return (done) => {
		all += done;
		report(all, total);
	};
}

interface StoredPipeline {
	readonly pipeline: string;
	/** In the order of their start. */
	readonly entries: readonly IndexEntry[];
	readonly range: { readonly sinceMs: number; readonly untilMs: number };
}

async function evaluatePipeline(
	store: Store,
	{ pipeline, entries, range }: StoredPipeline,
	options: Omit<EvaluateStoredOptions, "onProgress"> & { readonly onProgress: (done: number) => void },
): Promise<PipelineSummary> {
	const { bounds, referenceVersions, before, after, onProgress } = options;
	let lessonRuns: readonly Run[] = [];
	const chosen = chooseLearningRuns(entries, bounds);
	const further = entries.filter(({ traceId, outcome }) => outcome !== "pass" && !chosen.has(traceId));
	const tasks = tasksOf(entries);
	const { threads = further.length < WORTH_THREADS ? 0 : availableParallelism() } = options;
	await using pool = await openJudgePool(await readLesson(), threads);
	const { learned } = pool;
	const tally = new Tally();
	const batches = judgements();
	// One batch is read while another is judged.
	const atOnce = Math.max(1, threads) + 1;
	await Promise.all(
		Array.from({ length: atOnce }, async () => {
			for (let next = batches.next(); !next.done; next = batches.next()) {
				const results = await next.value();
				await writeResults(store, results);
				tally.add(results);
				onProgress(results.length);
			}
		}),
	);
	const unread = entries.length - chosen.size - further.length;
	if (unread > 0) {
		await writePassing(store, pipeline, range, learned);
		onProgress(unread);
	}
	return {
		pipeline,
		reference: learned.reference,
		runs: entries.length,
		scored: tally.runs,
		scores: tally.scores,
		verdicts: tally.verdictsWith(unread),
		origins: tally.origins(),
	};

	async function readLesson(): Promise<Lesson> {
		const read = await readRuns(store, { ...range, traceIds: [...chosen] });
		const runs = (await before?.know(read)) ?? read;
		await updateProfiles(store, pipeline, runs);
		const versions = referenceVersions === undefined ? {} : { referenceVersions };
		const known = before === undefined ? {} : { known: before.scorers };
		const labels = await readLabels(store, [...chosen]);
		if (after !== undefined) lessonRuns = runs;
		return { runs, record: tasks.recordOf(runs), labels, ...versions, ...known };
	}

	function* judgements(): Generator<() => Promise<readonly ResultRows[]>, undefined> {
		for (let from = 0; from < learned.runs; from += BATCH_RUNS)
			yield async () => {
				const results = await pool.judgeLearned(from, from + BATCH_RUNS);
				return (await after?.(lessonRuns.slice(from, from + BATCH_RUNS), results)) ?? results;
			};
		for (const batch of batchesOf(further))
			yield () => judgeBatch(store, batch, { tasks, pool, before, after });
	}
}

/** Gives the runs that passed, and were not read, their verdict: the database knows enough of them. */
async function writePassing(
	store: Store,
	pipeline: string,
	range: StoredPipeline["range"],
	{ components, handedTo }: Learned,
): Promise<void> {
	const parameters = {
		since_ms: range.sinceMs,
		until_ms: range.untilMs,
		slack_ms: SLACK_MS,
		pipeline,
		evaluator: EVALUATOR,
	};
	await command(store, "passing-steps.sql", {
		...parameters,
		components: [...components],
		handed_to: [...handedTo],
	});
	await command(store, "passing-verdicts.sql", parameters);
}

/** Starting threads, and teaching each of them, costs more than a few runs are worth. */
const WORTH_THREADS = 1_000;
const BATCH_RUNS = 250;
const BATCH_STEPS = 5_000;
const STEPS_AT_ONCE = 20_000;

/**
 * Runs in batches of bounded size: those of one task beside each other, because they have the same peers, and tasks in the order of their first
 * run, because what lies together in time is read together.
 */
function* batchesOf(entries: readonly IndexEntry[]): Generator<readonly IndexEntry[], undefined> {
	let batch: IndexEntry[] = [];
	let steps = 0;
	for (const entry of [...Map.groupBy(entries, ({ task }) => task).values()].flat()) {
		if (batch.length > 0 && (batch.length >= BATCH_RUNS || steps + entry.steps > BATCH_STEPS)) {
			yield batch;
			[batch, steps] = [[], 0];
		}
		batch.push(entry);
		steps += entry.steps;
	}
	if (batch.length > 0) yield batch;
}

async function judgeBatch(
	store: Store,
	batch: readonly IndexEntry[],
	{
		tasks,
		pool,
		before,
		after,
	}: {
		readonly tasks: ReturnType<typeof tasksOf>;
		readonly pool: JudgePool;
		readonly before: EvaluateStoredOptions["before"];
		readonly after: EvaluateStoredOptions["after"];
	},
): Promise<readonly ResultRows[]> {
	const wanted = new Set(batch.map(({ traceId }) => traceId));
	const needed = new Map([...tasks.peersOf(batch), ...batch].map((entry) => [entry.traceId, entry.startMs]));
	const starts = [...needed.values()];
	const range = { sinceMs: Math.min(...starts), untilMs: Math.max(...starts) + 1 };
	const longest = Math.max(...batch.map(({ steps }) => steps));
	const read = await readRuns(
		store,
		{ ...range, traceIds: [...needed.keys()] },
		// The more runs a part of the database is read for, the less of what is read is thrown away.
		{ atOnce: Math.max(1, Math.floor(STEPS_AT_ONCE / longest)) },
	);
	const own = read.filter(({ traceId }) => wanted.has(traceId));
	const runs = (await before?.know(own)) ?? own;
	const peers = read.filter(({ traceId }) => !wanted.has(traceId));
	const results = await pool.judge({ runs, peers, record: tasks.recordOf(runs) });
	return (await after?.(runs, results)) ?? results;
}

const PEERS = 4;

/** What the index knows of tasks: how their runs ended, and some that passed. */
function tasksOf(entries: readonly IndexEntry[]): {
	readonly recordOf: (runs: readonly Run[]) => TaskRecord;
	readonly peersOf: (batch: readonly IndexEntry[]) => readonly IndexEntry[];
} {
	const tasks = new Map<string, { passed: number; failed: number; readonly passing: IndexEntry[] }>();
	const taskOf = new Map<string, string>();
	for (const entry of entries) {
		const { traceId, task, outcome } = entry;
		taskOf.set(traceId, task);
		const known = tasks.get(task) ?? { passed: 0, failed: 0, passing: [] };
		tasks.set(task, known);
		if (outcome === "fail") known.failed++;
		if (outcome === "pass" && known.passed++ < PEERS) known.passing.push(entry);
	}
	return {
		recordOf: (runs) =>
			new Map(
				runs.flatMap((run) => {
					const known = tasks.get(taskOf.get(run.traceId) ?? "");
					return known === undefined ? [] : [[taskKey(run), known] as const];
				}),
			),
		peersOf: (batch) =>
			[...new Set(batch.map(({ task }) => task))].flatMap((task) => tasks.get(task)?.passing ?? []),
	};
}

/** Counts results as they come. */
class Tally {
	runs = 0;
	scores = 0;
	private readonly verdicts = new Map<string, number>();
	private readonly steps = new Map<string, number>();

	add(results: readonly ResultRows[]): void {
		for (const { scores, found } of results) {
			this.runs++;
			this.scores += scores.length;
			this.verdicts.set(found.kind, (this.verdicts.get(found.kind) ?? 0) + 1);
			if (found.origin !== null) this.steps.set(found.origin, (this.steps.get(found.origin) ?? 0) + 1);
		}
	}

	verdictsWith(unread: number): Record<string, number> {
		const counts = new Map(this.verdicts);
		if (unread > 0) counts.set("no-fault", (counts.get("no-fault") ?? 0) + unread);
		return Object.fromEntries(counts);
	}

	origins(): Record<string, number> {
		return Object.fromEntries([...this.steps].sort((a, b) => b[1] - a[1]));
	}
}
