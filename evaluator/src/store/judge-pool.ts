import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { FurtherRuns } from "../core/judge.ts";
import type { Question } from "./judge-worker.ts";
import { type Learned, type Lesson, learnJudge } from "./learn-judge.ts";
import type { ResultRows } from "./result-rows.ts";

/** Judges that have learned the same lesson. */
export interface JudgePool extends AsyncDisposable {
	readonly learned: Learned;
	/** Judges some of the runs learned from; as many calls at a time as there are judges make sense. */
	judgeLearned(from: number, to: number): Promise<readonly ResultRows[]>;
	/** Judges further runs. */
	judge(further: FurtherRuns): Promise<readonly ResultRows[]>;
}

/**
 * Opens judges in threads of their own, or one in this thread. Each learns the same lesson by itself: what a judge knows is costlier to send than
 * to learn, and learning is deterministic.
 *
 * @param threads 0 judges in this thread.
 */
export async function openJudgePool(lesson: Lesson, threads: number): Promise<JudgePool> {
	if (threads === 0) {
		const { learned, judge, judgeLearned } = learnJudge(lesson);
		return {
			learned,
			judgeLearned: async (from, to) => judgeLearned(from, to),
			judge: async (further) => judge(further),
			async [Symbol.asyncDispose]() {},
		};
	}
	const workers = Array.from(
		{ length: threads },
		() => new Worker(new URL(`judge-worker${extname(import.meta.url)}`, import.meta.url)),
	);
	const close = async (): Promise<void> => {
		await Promise.all(workers.map((worker) => worker.terminate()));
	};
	try {
		const lessons = await Promise.all(workers.map((worker) => ask<Learned>(worker, { learn: lesson })));
		const [learned] = lessons;
		if (learned === undefined) throw new Error("no judge has learned anything");
		const idle = [...workers];
		const waiting: ((worker: Worker) => void)[] = [];
		const askIdle = async (question: Question): Promise<readonly ResultRows[]> => {
			const worker = idle.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)));
			try {
				return await ask<readonly ResultRows[]>(worker, question);
			} finally {
				const next = waiting.shift();
				if (next === undefined) idle.push(worker);
				else next(worker);
			}
		};
		return {
			learned,
			judgeLearned: (from, to) => askIdle({ judgeLearned: [from, to] }),
			judge: (further) => askIdle({ judge: further }),
			[Symbol.asyncDispose]: close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** One question at a time; an error in the thread rejects. */
async function ask<Found>(worker: Worker, question: Question): Promise<Found> {
	worker.postMessage(question);
	const [answer] = (await once(worker, "message")) as [Found];
	return answer;
}
