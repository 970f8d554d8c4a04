import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { UsageError } from "../cli/io.ts";
import type { Run } from "../core/trace.ts";
import type { JudgeConfig } from "../scoring-config.ts";
import type { ScorerAnswer } from "./read-answer.ts";
import type { Order, Report } from "./scorer-worker.ts";
import type { Target, UserScorer } from "./user-scorer.ts";

/** A target with what its scorer said, or why it could not say anything. */
export type Scored =
	| { readonly target: Target; readonly answer: ScorerAnswer }
	| { readonly target: Target; readonly failure: string };

/** The user's scorers, in a thread of their own. */
export interface ScorerThread extends AsyncDisposable {
	readonly scorers: readonly UserScorer[];
	/** What the configuration says of the judge. */
	readonly judge: JudgeConfig | null;
	/** Scores targets of a run, in the order given. Never rejects for a scorer's sake. */
	score(run: Run, targets: readonly Target[]): Promise<Scored[]>;
}

export interface ScorerThreadOptions {
	/** As given to `--config`; by default the first configuration in the folder. */
	readonly file?: string | undefined;
	readonly folder: string;
	/** What the scorers print, and that one is given up. */
	readonly log: (line: string) => void;
}

const AT_ONCE = 8;
const START_MS = 60_000;
/** A thread that does not answer for so long is busy with one call. */
const PONG_MS = 500;
/** A scorer that hung so often is not called again: every time costs its timeout. */
const MOST_HANGS = 3;

interface Call {
	readonly id: number;
	readonly run: Run;
	readonly target: Target;
	readonly settle: (scored: Scored) => void;
	timer?: NodeJS.Timeout;
	/** Inside the function's synchronous part: nothing else can happen in the thread. */
	inside: boolean;
}

/**
 * Starts a thread that loads the configuration and calls its scorers, several at a time where they wait for something. A call that does not
 * end in time is given up; where it keeps the thread busy the thread is ended and another one started, and every other call is made anew.
 *
 * @throws UsageError where the configuration cannot be loaded.
 * @example
 * await using thread = await openScorerThread({ folder: process.cwd(), log: console.error });
 */
export async function openScorerThread(options: ScorerThreadOptions): Promise<ScorerThread> {
	const thread = new Thread(options);
	const { scorers, judge } = await thread.start();
	return {
		scorers,
		judge,
		score: (run, targets) => Promise.all(targets.map((target) => thread.call(run, target))),
		[Symbol.asyncDispose]: () => thread.close(),
	};
}

class Thread {
	readonly #options: ScorerThreadOptions;
	readonly #hangs = new Map<string, number>();
	readonly #waiting: Call[] = [];
	readonly #running = new Map<number, Call>();
	/** Runs that the thread holds, with the calls that still need them. */
	readonly #runs = new Map<string, number>();
	readonly #sent = new Set<string>();
	/** The thread that calls are sent to; none while it loads the configuration. */
	#worker: Worker | null = null;
	#loading: Worker | null = null;
	#calls = 0;
	#pings = 0;
	#pong: ((ping: number) => void) | null = null;
	/** Calls that are made one at a time, because one of them kept the thread busy and nobody knows which. */
	readonly #suspects = new Set<number>();
	#closed = false;

	constructor(options: ScorerThreadOptions) {
		this.#options = options;
	}

	async start(): Promise<{ readonly scorers: readonly UserScorer[]; readonly judge: JudgeConfig | null }> {
		const { file, folder, log } = this.#options;
		const url = new URL(`scorer-worker${extname(import.meta.url)}`, import.meta.url);
		const worker = new Worker(url, { workerData: { file, folder }, stdout: true, stderr: true });
		this.#loading = worker;
		for (const stream of [worker.stdout, worker.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				for (const line of text.trimEnd().split("\n")) log(`scorer: ${line}`);
			});
		return await new Promise((resolve, reject) => {
			const late = setTimeout(() => {
				reject(new UsageError(`the configuration was not loaded within ${START_MS / 1000} s`));
				void worker.terminate();
			}, START_MS);
			const refuse = (message: string): void => {
				clearTimeout(late);
				reject(new UsageError(message));
				void worker.terminate();
			};
			worker.on("message", (report: Report) => {
				if ("ready" in report) {
					clearTimeout(late);
					this.#worker = worker;
					resolve(report.ready);
				} else if ("broken" in report) refuse(report.broken);
				else this.#hear(report);
			});
			worker.on("error", (error) => {
				refuse(`the scorers' thread ended: ${error.message}`);
				void this.#replace(worker, `its thread ended: ${error.message}`);
			});
			worker.on("exit", () => {
				refuse("the scorers' thread ended while it loaded the configuration");
				void this.#replace(worker, "its thread ended");
			});
		});
	}

	call(run: Run, target: Target): Promise<Scored> {
		return new Promise((settle) => {
			this.#runs.set(run.traceId, (this.#runs.get(run.traceId) ?? 0) + 1);
			this.#waiting.push({ id: this.#calls++, run, target, settle, inside: false });
			this.#next();
		});
	}

	async close(): Promise<void> {
		this.#closed = true;
		for (const call of [...this.#running.values(), ...this.#waiting]) clearTimeout(call.timer);
		await this.#loading?.terminate();
	}

	#next(): void {
		const worker = this.#worker;
		while (worker !== null && this.#running.size < (this.#suspects.size > 0 ? 1 : AT_ONCE)) {
			const call = this.#waiting.shift();
			if (call === undefined) return;
			const { run, target, id } = call;
			if ((this.#hangs.get(target.scorer.name) ?? 0) >= MOST_HANGS) {
				this.#settle(call, { target, failure: `it was given up after it had hung ${MOST_HANGS} times` });
				continue;
			}
			if (!this.#sent.has(run.traceId)) {
				this.#sent.add(run.traceId);
				worker.postMessage({ run } satisfies Order);
			}
			this.#running.set(id, call);
			const spanId = target.step?.spanId ?? null;
			worker.postMessage({
				call: id,
				scorer: target.scorer.index,
				traceId: run.traceId,
				spanId,
			} satisfies Order);
		}
	}

	#hear(report: Exclude<Report, { ready: object } | { broken: string }>): void {
		if ("pong" in report) {
			this.#pong?.(report.pong);
			return;
		}
		const id = "entered" in report ? report.entered : "left" in report ? report.left : idOf(report);
		const call = this.#running.get(id);
		if (call === undefined) return;
		const { target } = call;
		if ("entered" in report) {
			call.inside = true;
			call.timer = setTimeout(() => void this.#late(call), target.scorer.timeoutMs);
		} else if ("left" in report) call.inside = false;
		else if ("done" in report) this.#settle(call, { target, answer: report.answer });
		else this.#settle(call, { target, failure: report.message });
	}

	/** A call's time is over: it waits for something that does not come, or something keeps the whole thread busy. */
	async #late(call: Call): Promise<void> {
		const worker = this.#worker;
		if (worker === null) return;
		if (await this.#answers(worker)) this.#hung(call);
		else await this.#replace(worker, null);
	}

	async #answers(worker: Worker): Promise<boolean> {
		const ping = ++this.#pings;
		return await new Promise((resolve) => {
			const silent = setTimeout(() => resolve(false), PONG_MS);
			this.#pong = (heard) => {
				if (heard < ping) return;
				clearTimeout(silent);
				resolve(true);
			};
			worker.postMessage({ ping } satisfies Order);
		});
	}

	/** Ends the thread and goes on in another one, without the call that kept it busy. */
	async #replace(worker: Worker, ended: string | null): Promise<void> {
		if (this.#worker !== worker || this.#closed) return;
		this.#worker = null;
		await worker.terminate();
		this.#sent.clear();
		const running = [...this.#running.values()];
		const culprits = running.length === 1 ? running : running.filter(({ inside }) => inside);
		for (const call of running) {
			clearTimeout(call.timer);
			this.#running.delete(call.id);
			if (culprits.includes(call)) {
				this.#hung(call, ended);
				continue;
			}
			call.inside = false;
			if (culprits.length === 0) this.#suspects.add(call.id);
			this.#waiting.unshift(call);
		}
		await this.start().catch((error: Error) => {
			for (const call of this.#waiting.splice(0))
				this.#settle(call, { target: call.target, failure: error.message });
		});
		this.#next();
	}

	#hung(call: Call, ended: string | null = null): void {
		const { target } = call;
		const { name, timeoutMs } = target.scorer;
		const hangs = (this.#hangs.get(name) ?? 0) + 1;
		this.#hangs.set(name, hangs);
		if (hangs === MOST_HANGS) this.#options.log(`scorer ${name} hung ${hangs} times and is given up`);
		this.#settle(call, { target, failure: ended ?? `it did not answer within ${timeoutMs / 1000} s` });
	}

	#settle(call: Call, scored: Scored): void {
		clearTimeout(call.timer);
		this.#running.delete(call.id);
		this.#suspects.delete(call.id);
		const { traceId } = call.run;
		const left = (this.#runs.get(traceId) ?? 1) - 1;
		if (left > 0) this.#runs.set(traceId, left);
		else {
			this.#runs.delete(traceId);
			if (this.#sent.delete(traceId)) this.#worker?.postMessage({ forget: traceId } satisfies Order);
		}
		call.settle(scored);
		this.#next();
	}
}

const idOf = (report: { readonly done: number } | { readonly failed: number }): number =>
	"done" in report ? report.done : report.failed;
