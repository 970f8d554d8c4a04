import { parentPort } from "node:worker_threads";
import type { FurtherRuns } from "../core/judge.ts";
import { type Learned, type Lesson, learnJudge, type TaughtJudge } from "./learn-judge.ts";
import type { ResultRows } from "./result-rows.ts";

/** What is asked of the thread: to learn first, then to judge. */
export type Question =
	| { readonly learn: Lesson }
	| { readonly judgeLearned: readonly [from: number, to: number] }
	| { readonly judge: FurtherRuns };
export type Answer = Learned | readonly ResultRows[];

let taught: TaughtJudge | null = null;

parentPort?.on("message", (question: Question) => {
	parentPort?.postMessage(answer(question));
});

function answer(question: Question): Answer {
	if ("learn" in question) {
		taught = learnJudge(question.learn);
		return taught.learned;
	}
	if (taught === null) throw new Error("asked to judge before it learned");
	return "judge" in question ? taught.judge(question.judge) : taught.judgeLearned(...question.judgeLearned);
}
