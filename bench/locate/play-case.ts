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

/** Plays a case; `allowed` are the ids of the only events that may happen, null where any may. */
export function playCase(
	what: Case,
	allowed: ReadonlySet<string> | null = null,
	{ emptyPrompts = false }: { readonly emptyPrompts?: boolean } = {},
): PlayedCase {
	const { pipeline, world, task, seed, inputSeed, deploy, fault, decoys } = what;
	const { linked, plainText } = pipeline;
	const played = new Play(
		{ seed, inputSeed, deploy, fault, decoys, allowed, linked, plainText, emptyPrompts },
		what.startUs,
	);
	const { input, output } = pipeline.run(world, task, played);
	return { played, input, output, passed: task.grade(output) };
}

/** With how many seeds a task that several runs share is tried. */
const SHARED_TRIES = 4;

/**
 * A task that the healthy pipeline can do when nothing happens. What it could never do would be a failure without an event, and nobody
 * could say where it began.
 */
function drawFeasibleTask(
	pipeline: Pipeline,
	world: unknown,
	seed: number,
	cleanSeeds: readonly number[],
): Task {
	const about = { pipeline, world, taskId: null, fault: null, decoys: NOTHING, startUs: START_US };
	for (let tries = 0; tries < 100; tries++) {
		const task = pipeline.drawTask(world, streamOf(seed, `task, try ${tries}`));
		const passes = (cleanSeed: number): boolean =>
			playCase({ ...about, task, seed: cleanSeed, inputSeed: seed, deploy: "A" }, NOTHING).passed;
		if (cleanSeeds.every(passes)) return task;
	}
	throw new Error(`${pipeline.name} fails in 100 tasks in which nothing happens; mend the pipeline`);
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
	const taskSeed = (at: number): number =>
		hashText(shared ? `task ${Math.floor(at / trials)}` : `${deploy} question ${at}`, base);
	const drawTask = (own: number, runSeed: number): Task => {
		const cleanSeeds = shared ? Array.from({ length: SHARED_TRIES }, (_, i) => own + i) : [runSeed];
		return drawFeasibleTask(pipeline, world, own, cleanSeeds);
	};
	let task: Task | null = null;
	return Array.from({ length: runs }, (_, at): Case => {
		const runSeed = hashText(`${scenario.name} ${deploy} ${at}`, base);
		const inputSeed = taskSeed(at);
		if (task === null || !shared || at % trials === 0) task = drawTask(inputSeed, runSeed);
		return {
			pipeline,
			world,
			task,
			taskId: shared ? `${pipeline.name}-${Math.floor(at / trials)}` : null,
			seed: runSeed,
			inputSeed,
			deploy,
			fault: deploy === "A" ? null : activeFault(scenario),
			decoys: deploy === "A" ? NOTHING : new Set(scenario.decoys),
			startUs: START_US + (deploy === "B" ? WEEK_US : 0) + at * PAUSE_US,
		};
	});
}
