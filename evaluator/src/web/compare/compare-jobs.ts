import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Store } from "@faultline/collector";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import type { ComparedPopulations } from "../../core/compare-populations.ts";
import type { Run } from "../../core/trace.ts";
import { readLabels } from "../../store/read-labels.ts";
import { type RunHead, readRunHeads } from "../../store/read-run-heads.ts";
import { type RunSelector, readRuns } from "../../store/read-runs.ts";
import type { CompareAnswer, CompareTask } from "./compare-worker.ts";

/** What shall be compared. */
export interface CompareQuestion {
	readonly pipeline: string;
	readonly baseline: RunSelector;
	readonly candidate: RunSelector;
}

/** A comparison with what the page shows beside it. */
export interface CompareResult extends ComparedPopulations {
	readonly exampleRuns: readonly RunHead[];
	/** A side had more runs than are compared. */
	readonly bounded: boolean;
}

export type CompareState =
	| { readonly kind: "running"; readonly stage: string }
	| { readonly kind: "done"; readonly result: CompareResult }
	| { readonly kind: "failed"; readonly error: Error };

/** The newest of each side; more would take minutes, and `faultline compare` takes them all. */
export const MOST_RUNS = 1500;
const KEPT = 24;
const MOST_WAITING = 4;
const KEPT_MS = 15 * 60_000;

interface Job {
	readonly startedMs: number;
	state: CompareState;
	readonly settled: Promise<void>;
}

/**
 * Comparisons that run in a thread of their own, one at a time, and are kept for a while: asking again for the same gives the same job.
 *
 * @example
 * const state = await jobs.ask(key, question, { waitMs: 2000 }); // { kind: "running", stage: "scored 50 of 848 runs" }
 */
export class CompareJobs {
	readonly #store: Store;
	readonly #now: () => number;
	readonly #jobs = new Map<string, Job>();
	#queue: Promise<void> = Promise.resolve();

	constructor(store: Store, now: () => number) {
		this.#store = store;
		this.#now = now;
	}

	/** Begins the comparison unless it is known, waits a little, and says how far it is. */
	async ask(
		key: string,
		question: CompareQuestion,
		{ waitMs }: { readonly waitMs: number },
	): Promise<CompareState> {
		this.#forget();
		const known = this.#jobs.get(key);
		const running = [...this.#jobs.values()].filter(({ state }) => state.kind === "running").length;
		if (known === undefined && running >= MOST_WAITING)
			throw new HTTPException(503, {
				message: `${running} comparisons are being made already; ask again in a minute.`,
			});
		const job = known ?? this.#begin(key, question);
		if (job.state.kind !== "running") return job.state;
		const { promise, resolve } = Promise.withResolvers<void>();
		const timer = setTimeout(resolve, waitMs);
		await Promise.race([job.settled, promise]);
		clearTimeout(timer);
		return job.state;
	}

	#begin(key: string, question: CompareQuestion): Job {
		const work = this.#queue.then(() =>
			compareStored(this.#store, question, (stage) => {
				job.state = { kind: "running", stage };
			}),
		);
		const settled = work.then(
			(result) => {
				job.state = { kind: "done", result };
			},
			(error: unknown) => {
				job.state = { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
				// Whoever asks again after having been told may have mended what was wrong.
				setTimeout(() => this.#jobs.delete(key), 10_000).unref();
			},
		);
		const job: Job = {
			startedMs: this.#now(),
			state: { kind: "running", stage: "waiting for another comparison" },
			settled,
		};
		this.#jobs.set(key, job);
		this.#queue = settled;
		return job;
	}

	#forget(): void {
		const old = [...this.#jobs].filter(
			([, { startedMs, state }], index) =>
				state.kind !== "running" && (this.#now() - startedMs > KEPT_MS || index < this.#jobs.size - KEPT),
		);
		for (const [key] of old) this.#jobs.delete(key);
	}
}

async function compareStored(
	store: Store,
	{ pipeline, ...sides }: CompareQuestion,
	onStage: (stage: string) => void,
): Promise<CompareResult> {
	onStage("reading runs");
	const read = async (side: "baseline" | "candidate"): Promise<Run[]> => {
		const runs = await readRuns(store, { ...sides[side], pipeline }, { limit: MOST_RUNS });
		if (runs.length === 0) throw new UsageError(`No stored run of ${pipeline} fits the ${side}.`);
		return runs;
	};
	const [baseline, candidate] = [await read("baseline"), await read("candidate")];
	const runs = [...baseline, ...candidate];
	const labels = await readLabels(
		store,
		runs.map(({ traceId }) => traceId),
	);
	const compared = await inThread({ pipeline, baseline, candidate, labels }, onStage);
	const starts = runs.map(({ startUs }) => startUs / 1000);
	const range = { sinceMs: Math.floor(Math.min(...starts)), untilMs: Math.ceil(Math.max(...starts)) };
	return {
		...compared,
		exampleRuns: await readRunHeads(store, compared.examples, range),
		bounded: baseline.length === MOST_RUNS || candidate.length === MOST_RUNS,
	};
}

async function inThread(task: CompareTask, onStage: (stage: string) => void): Promise<ComparedPopulations> {
	const worker = new Worker(new URL(`compare-worker${extname(import.meta.url)}`, import.meta.url));
	// The page may end while a comparison runs.
	worker.unref();
	try {
		worker.postMessage(task);
		for (;;) {
			const [answer] = (await once(worker, "message")) as [CompareAnswer];
			if ("done" in answer) return answer.done;
			onStage(answer.stage);
		}
	} finally {
		await worker.terminate();
	}
}
