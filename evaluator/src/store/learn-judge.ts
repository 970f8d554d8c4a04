import { chooseReference } from "../core/choose-reference.ts";
import { type FurtherRuns, fitJudge, type Judge, judgeFurther, judgeRead } from "../core/judge.ts";
import { type KnownScorer, readKnown } from "../core/known-score.ts";
import type { TaskRecord } from "../core/read-run.ts";
import { componentKey, INPUT, type Run } from "../core/trace.ts";
import type { StrangeRun } from "../core/weigh-evidence.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { type ResultRows, resultRows } from "./result-rows.ts";

/** What a judge learns from. All of it can be sent to another thread. */
export interface Lesson {
	readonly runs: readonly Run[];
	readonly record: TaskRecord;
	/** Trace id → step that people blame. */
	readonly labels: ReadonlyMap<string, string>;
	/** Service versions whose passing runs are the reference; proposed by default. */
	readonly referenceVersions?: readonly string[];
	/** Scorers whose values come with the runs. */
	readonly known?: readonly KnownScorer[];
}

/** What a judge knows of the pipeline. */
export interface Learned {
	readonly reference: string;
	/** How many runs it learned from. */
	readonly runs: number;
	/** Keys of the pipeline's components, and of those before which there usually is a hand-off. */
	readonly components: readonly string[];
	readonly handedTo: readonly string[];
}

/** A judge that has learned. */
export interface TaughtJudge {
	readonly learned: Learned;
	/** Judges the runs that it learned from, from one place in their order to before another. */
	readonly judgeLearned: (from: number, to: number) => ResultRows[];
	readonly judge: (further: FurtherRuns) => ResultRows[];
}

/** Learns from runs of one pipeline. */
export function learnJudge({ runs, record, labels, referenceVersions, known = [] }: Lesson): TaughtJudge {
	const { judge, read } = fitJudge(runs, {
		scorers: [...builtInScorers, ...known.map(readKnown)],
		record,
		labels,
		reference: chooseReference(runs, referenceVersions),
	});
	return {
		learned: {
			reference: judge.choice.text,
			runs: runs.length,
			...componentsOf(read),
		},
		judgeLearned: (from, to) =>
			read.slice(from, to).map((one) => resultRows(judgeRead(one, judge), builtInScorers)),
		judge: (further) => furtherRows(further, judge),
	};
}

const furtherRows = (further: FurtherRuns, judge: Judge): ResultRows[] =>
	judgeFurther(further, judge).map((judged) => resultRows(judged, builtInScorers));

/** A component is said to have a hand-off where most of its executions have one. */
const USUAL = 0.5;

function componentsOf(read: readonly StrangeRun[]): Pick<Learned, "components" | "handedTo"> {
	const executions = new Map<string, { all: number; handedTo: number }>();
	for (const { steps, sources } of read.map((one) => one.read)) {
		for (const [at, step] of steps.entries()) {
			if (step.kind === "edge" || step.kind === INPUT) continue;
			const count = executions.get(componentKey(step)) ?? { all: 0, handedTo: 0 };
			executions.set(componentKey(step), count);
			count.all++;
			if (sources[at]?.some((from) => steps[from]?.kind === "edge")) count.handedTo++;
		}
	}
	return {
		components: [...executions.keys()],
		handedTo: [...executions]
			.filter(([, { all, handedTo }]) => handedTo > USUAL * all)
			.map(([component]) => component),
	};
}
