import type { Store } from "@faultline/collector";
import type { KnownScore, KnownScorer } from "../core/known-score.ts";
import { type Run, stepsOf } from "../core/trace.ts";
import { timeText } from "../store/result-rows.ts";
import { selectByTraces } from "../store/select.ts";
import type { Scored, ScorerThread } from "./open-scorer-thread.ts";
import { type Target, targetsOf } from "./user-scorer.ts";

/** What became of the calls of one scorer. */
export interface ScorerCounts {
	/** Targets that have a value, also from before. */
	answered: number;
	/** Targets of which it said that it could not tell. */
	abstained: number;
	/** Calls that threw, hung, or returned what is no score. */
	failed: number;
}

/** Scores runs with the user's scorers, once each. */
export interface UserScoring {
	/** The scorers whose values count where a fault began. */
	readonly evidence: readonly KnownScorer[];
	/** Scores what has no score yet, writes it, and gives the runs with what is known of their steps. */
	score(runs: readonly Run[]): Promise<Run[]>;
	/** Gives the runs with what was found before, and calls nothing. */
	recall(runs: readonly Run[]): Promise<Run[]>;
	/** Scorer → what became of its calls so far. */
	readonly counts: ReadonlyMap<string, ScorerCounts>;
}

export interface UserScoringOptions {
	readonly store: Store;
	readonly thread: ScorerThread;
	/** Told of the first failure of every scorer. */
	readonly log: (line: string) => void;
	/** Calls again what failed before; a watching evaluator, which sees the same runs again and again, does not. Default true. */
	readonly retry?: boolean;
	readonly onProgress?: (done: number, total: number) => void;
}

/** What was found of a run before, and now. */
interface ScoredRun {
	readonly run: Run;
	readonly stored: readonly Scored[];
	readonly found: readonly Scored[];
}

/** So many runs lose their scores where the process is killed, and are scored again. */
const BATCH = 50;

interface StoredScore {
	readonly trace_id: string;
	readonly span_id: string;
	readonly scorer: string;
	readonly scorer_version: string;
	readonly value: number | null;
	readonly label: string;
	readonly explanation: string;
	readonly evidence: string;
}

/**
 * Brings together the user's scorers and the table of scores: the key (run, step, scorer, version) decides, so a score is found once, whatever
 * is repeated or crashes.
 *
 * @example
 * const scoring = userScoring({ store, thread, log: io.err });
 * const runs = await scoring.score(await readRuns(store, { pipeline: "docs-answer" }));
 */
export function userScoring({
	store,
	thread,
	log,
	retry = true,
	onProgress = () => {},
}: UserScoringOptions): UserScoring {
	const counts = new Map<string, ScorerCounts>(
		thread.scorers.map(({ name }) => [name, { answered: 0, abstained: 0, failed: 0 }]),
	);
	const said = new Set<string>();
	const note = (scored: Scored): void => {
		const { name } = scored.target.scorer;
		const count = counts.get(name);
		if (count === undefined) return;
		if ("answer" in scored) {
			count[scored.answer.value === null ? "abstained" : "answered"]++;
			return;
		}
		count.failed++;
		if (said.has(name)) return;
		said.add(name);
		log(`scorer ${name} failed: ${scored.failure} (said once; counted as "could not tell")`);
	};
	const scoreRun = async (run: Run, before: ReadonlyMap<string, Scored>): Promise<ScoredRun> => {
		const targets = targetsOf(run, stepsOf(run), thread.scorers);
		const stored = targets.flatMap((target) => before.get(keyOf(run.traceId, target)) ?? []);
		const found = await thread.score(
			run,
			targets.filter((target) => !before.has(keyOf(run.traceId, target))),
		);
		return { run, stored, found };
	};
	/** Many runs at a time, and one insert for all of them. */
	const scoreBatch = async (runs: readonly Run[]): Promise<Run[]> => {
		const before = await readScores(store, runs, thread, retry);
		const scored = await Promise.all(runs.map((run) => scoreRun(run, before)));
		const rows = scored.flatMap(({ run, found }) => found.map((one) => scoreRow(run, one)));
		if (rows.length > 0) await store.insert("scores", rows);
		return scored.map(({ run, stored, found }) => {
			const all = [...stored, ...found];
			for (const one of all) note(one);
			return withKnown(run, all.flatMap(knownOf));
		});
	};
	return {
		counts,
		evidence: thread.scorers
			.filter(({ scores, evidence }) => scores === "step" && evidence)
			.map(({ name, version, sort, reads }) => ({ name, version, sort, reads })),
		async score(runs) {
			const scored: Run[] = [];
			for (let at = 0; at < runs.length; at += BATCH) {
				scored.push(...(await scoreBatch(runs.slice(at, at + BATCH))));
				onProgress(scored.length, runs.length);
			}
			return scored;
		},
		async recall(runs) {
			const before = await readScores(store, runs, thread, retry);
			return runs.map((run) => {
				const targets = targetsOf(run, stepsOf(run), thread.scorers);
				const stored = targets.flatMap((target) => before.get(keyOf(run.traceId, target)) ?? []);
				return withKnown(run, stored.flatMap(knownOf));
			});
		},
	};
}

/** A run with more that is known of its steps. */
export const withKnown = (run: Run, known: readonly KnownScore[]): Run =>
	known.length === 0 ? run : { ...run, known: [...(run.known ?? []), ...known] };

function knownOf(scored: Scored): KnownScore[] {
	const { scorer, step } = scored.target;
	if (step === null || "failure" in scored) return [];
	const { value, explanation } = scored.answer;
	const text = explanation === "" ? `${scorer.name} gives it ${value ?? "no score"}` : explanation;
	return [{ scorer: scorer.name, spanId: step.spanId, value, text }];
}

const keyOf = (traceId: string, { scorer, step }: Target): string =>
	`${traceId} ${step?.spanId ?? ""} ${scorer.name} ${scorer.version}`;

/** What was found before, by its key; of what failed before only what is not to be called again. */
async function readScores(
	store: Store,
	runs: readonly Run[],
	{ scorers }: ScorerThread,
	retry: boolean,
): Promise<ReadonlyMap<string, Scored>> {
	if (scorers.length === 0) return new Map();
	const steps = new Map(
		runs.flatMap((run) => run.spans.map((step) => [`${run.traceId} ${step.spanId}`, step] as const)),
	);
	const rows = await selectByTraces<StoredScore>(
		store,
		"user-scores.sql",
		runs.map(({ traceId }) => traceId),
		{ scorers: scorers.map(({ name }) => name) },
	);
	return new Map(
		rows.flatMap((row): [string, Scored][] => {
			const scorer = scorers.find(
				({ name, version }) => name === row.scorer && version === row.scorer_version,
			);
			if (scorer === undefined) return [];
			const target = { scorer, step: steps.get(`${row.trace_id} ${row.span_id}`) ?? null };
			const { value, label, explanation, evidence } = row;
			if (failed(row)) return retry ? [] : [[keyOf(row.trace_id, target), { target, failure: explanation }]];
			return [
				[keyOf(row.trace_id, target), { target, answer: { value, label, explanation, metadata: evidence } }],
			];
		}),
	);
}

const failed = ({ evidence }: StoredScore): boolean => evidence.startsWith('{"failure":');

function scoreRow(run: Run, scored: Scored): object {
	const { scorer, step } = scored.target;
	const answer = "answer" in scored ? scored.answer : null;
	return {
		trace_id: run.traceId,
		span_id: step?.spanId ?? "",
		scorer: scorer.name,
		scorer_version: scorer.version,
		step: step?.name ?? "",
		kind: step?.kind ?? "",
		sort: scorer.sort,
		source: "code",
		value: answer?.value ?? null,
		label: answer?.label ?? "",
		explanation: "failure" in scored ? `the scorer failed: ${scored.failure}` : (answer?.explanation ?? ""),
		evidence: "failure" in scored ? JSON.stringify({ failure: scored.failure }) : (answer?.metadata ?? ""),
		p: null,
		from_span_id: "",
		run_start: timeText(run.startUs),
	};
}
