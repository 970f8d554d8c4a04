/**
 * The runs that a deploy consists of, as cases that can be played again, whole or without some of their events.
 *
 * @module
 */
import { hashText, streamOf } from "./kit/chance.ts";
import type { Pipeline, Task } from "./kit/pipeline.ts";
import { type ActiveFault, Play } from "./kit/play.ts";
import { findPipeline } from "./pipelines.ts";
import type { DeployOptions, Scenario } from "./scenario.ts";

const NOTHING: ReadonlySet<string> = new Set();
/** 2026-03-02T08:00:00Z; deploy B follows a week later. */
const START_US = 1_772_438_400_000_000;
const WEEK_US = 7 * 86_400_000_000;
const PAUSE_US = 41_000_000;

/** One run, before it is played. */
export interface Case {
	readonly pipeline: Pipeline;
	readonly world: unknown;
	readonly task: Task;
	readonly taskId: string | null;
	readonly seed: number;
	/** The same for all trials of a task: they have the same input. */
	readonly inputSeed: number;
	readonly deploy: "A" | "B";
	readonly fault: ActiveFault | null;
	readonly decoys: ReadonlySet<string>;
	readonly startUs: number;
}

export interface PlayedCase {
	readonly played: Play;
	readonly input: unknown;
	readonly output: string;
	readonly passed: boolean;
}

/**
 * Plays a case; `allowed` are the ids of the only events that may happen, null where any may. Without `recorded` the spans hold no content:
 * enough to see whether the run passes, and much faster.
 */
export function playCase(
	what: Case,
	allowed: ReadonlySet<string> | null = null,
	{
		recorded = false,
		emptyPrompts = false,
	}: { readonly recorded?: boolean; readonly emptyPrompts?: boolean } = {},
): PlayedCase {
	const { pipeline, world, task, seed, inputSeed, deploy, fault, decoys } = what;
	const { linked, plainText } = pipeline;
	const played = new Play(
		{ seed, inputSeed, deploy, fault, decoys, allowed, linked, plainText, recorded, emptyPrompts },
		what.startUs,
	);
	const { input, output } = pipeline.run(world, task, played);
	return { played, input, output, passed: task.grade(output) };
}

/** A case in which nothing happens, to see whether the healthy pipeline can do the task. */
type CleanCase = Pick<Case, "pipeline" | "world" | "task" | "seed" | "inputSeed">;

const passesClean = (what: CleanCase): boolean =>
	playCase({ ...what, taskId: null, deploy: "A", fault: null, decoys: NOTHING, startUs: START_US }, NOTHING)
		.passed;

const MOST_TRIES = 100;

/**
 * The first of the candidates with which the healthy pipeline does the task when nothing happens. What it could never do would be a failure
 * without an event, and nobody could say where it began.
 */
function drawFeasible<T>(
	name: string,
	candidate: (attempt: number) => T,
	feasible: (drawn: T) => boolean,
): T {
	for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
		const drawn = candidate(attempt);
		if (feasible(drawn)) return drawn;
	}
	throw new Error(`${name} fails ${MOST_TRIES} times in which nothing happens; mend the pipeline`);
}

function activeFault({ fault }: Scenario): ActiveFault | null {
	return fault === null
		? null
		: { ...fault, receiver: fault.edge ? (fault.alsoAcceptable[0] ?? null) : null };
}

/**
 * The cases of one deploy. Shared tasks are the same in both deploys and in every scenario of a pipeline.
 *
 * @throws RangeError when the number of runs or trials is not a positive integer.
 */
export function drawCases(
	scenario: Scenario,
	deploy: "A" | "B",
	{ runs, tasks, trials, seed }: DeployOptions,
): Case[] {
	for (const [name, count] of Object.entries({ runs, trials })) {
		if (!Number.isInteger(count) || count < 1) {
			throw new RangeError(`${name} is ${count}; give an integer from 1`);
		}
	}
	const pipeline = findPipeline(scenario.pipeline);
	const base = hashText(`${pipeline.name} ${seed}`);
	const world = pipeline.makeWorld(streamOf(base, "world"));
	const shared = tasks === "shared";
	let task: Task | null = null;
	return Array.from({ length: runs }, (_, at): Case => {
		const inputSeed = hashText(shared ? `task ${Math.floor(at / trials)}` : `${deploy} question ${at}`, base);
		const seedOf = (attempt: number): number => hashText(`${scenario.name} ${deploy} ${at}.${attempt}`, base);
		if (task === null || !shared || at % trials === 0) {
			// A shared task is tried with a seed of its own, so that both deploys draw the same one.
			const seed = shared ? inputSeed : seedOf(0);
			task = drawFeasible(
				pipeline.name,
				(attempt) => pipeline.drawTask(world, streamOf(inputSeed, `task, attempt ${attempt}`)),
				(drawn) => passesClean({ pipeline, world, task: drawn, seed, inputSeed }),
			);
		}
		const chosen = task;
		const seed = shared
			? drawFeasible(pipeline.name, seedOf, (drawn) =>
					passesClean({ pipeline, world, task: chosen, seed: drawn, inputSeed }),
				)
			: seedOf(0);
		return {
			pipeline,
			world,
			task,
			taskId: shared ? `${pipeline.name}-${Math.floor(at / trials)}` : null,
			seed,
			inputSeed,
			deploy,
			fault: deploy === "A" ? null : activeFault(scenario),
			decoys: deploy === "A" ? NOTHING : new Set(scenario.decoys),
			startUs: START_US + (deploy === "B" ? WEEK_US : 0) + at * PAUSE_US,
		};
	});
}
