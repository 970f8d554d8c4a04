import { parentPort } from "node:worker_threads";
import type { FurtherRuns } from "../core/judge.ts";
import { type Learned, type Lesson, learnJudge } from "./learn-judge.ts";
import type { ResultRows } from "./result-rows.ts";

/** What is asked of the thread: to learn first, then to judge. */
export type Question =
	| { readonly learn: Lesson; readonly judge?: undefined }
	| { readonly judge: FurtherRuns; readonly learn?: undefined };
export type Answer = Learned | readonly ResultRows[];

let judge: ((further: FurtherRuns) => ResultRows[]) | null = null;

parentPort?.on("message", (question: Question) => {
	parentPort?.postMessage(answer(question));
});

function answer(question: Question): Answer {
	if (question.learn === undefined) {
		if (judge === null) throw new Error("asked to judge before it learned");
		return judge(question.judge);
	}
	const taught = learnJudge(question.learn);
	judge = taught.judge;
	return taught.learned;
}
