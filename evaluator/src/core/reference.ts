import { type Content, readContent } from "./content.ts";
import type { ComponentReference, TaskReference } from "./score.ts";
import { shapeOf } from "./shape.ts";
import { componentKey, type Run, type Step, stepsOf } from "./trace.ts";

/** What the reference runs teach: per component, and per task. */
export interface Reference {
	readonly runs: ReadonlySet<string>;
	readonly components: ReadonlyMap<string, ComponentReference>;
	/** Task → the passing runs' steps by occurrence. */
	readonly tasks: ReadonlyMap<string, TaskMemory>;
}

interface TaskMemory {
	readonly key: ReadonlySet<number>;
	readonly runs: readonly { readonly traceId: string; readonly steps: ReadonlyMap<string, StepContent> }[];
}

interface StepContent {
	readonly input: Content;
	readonly output: Content;
}

const MAX_RUNS_PER_TASK = 6;

/**
 * Identifies what was asked: the task id, else the input itself, so that repeated questions in production count as one task. A run
 * without either is a task of its own.
 */
export function taskKey(run: Run): string {
	if (run.taskId !== null) return run.taskId;
	return run.input === "" ? `run:${run.traceId}` : `input:${run.input}`;
}

/** The n-th execution of a component in a run, as a key. */
export function occurrences(steps: readonly Step[]): readonly string[] {
	const seen = new Map<string, number>();
	return steps.map((step) => {
		const key = componentKey(step);
		const count = seen.get(key) ?? 0;
		seen.set(key, count + 1);
		return `${key}#${count}`;
	});
}

/**
 * Learns what healthy runs look like: the shape and vocabulary of each component's output, and per task what each step passed on.
 *
 * @param runs reference runs, from which components are learned; those known to have failed must not be among them.
 * @param passing runs that went well, from which it is learned what a task needs; they may come from any deploy.
 */
export function learnReference(runs: readonly Run[], passing: readonly Run[] = runs): Reference {
	const members = new Set(runs.map((run) => run.traceId));
	const components = new Map<string, MutableComponent>();
	const tasks = new Map<string, { key: Set<number> | null; runs: TaskMemory["runs"][number][] }>();
	for (const run of new Set([...runs, ...passing])) {
		const steps = stepsOf(run);
		const names = occurrences(steps);
		const contents = new Map<string, StepContent>();
		for (const [index, step] of steps.entries()) {
			const content = { input: readContent(step.input), output: readContent(step.output) };
			contents.set(names[index] ?? "", content);
			if (members.has(run.traceId)) addExecution(components, step, content);
		}
		const task = tasks.get(taskKey(run)) ?? { key: null, runs: [] };
		tasks.set(taskKey(run), task);
		const answer = finalOutput(run, steps).words.difference(readContent(run.input).words);
		task.key = task.key === null ? answer : task.key.intersection(answer);
		if (task.runs.length < MAX_RUNS_PER_TASK) task.runs.push({ traceId: run.traceId, steps: contents });
	}
	return {
		runs: members,
		components: new Map([...components].map(([key, value]) => [key, finishComponent(value)])),
		tasks: new Map([...tasks].map(([key, task]) => [key, { key: task.key ?? new Set(), runs: task.runs }])),
	};
}

/** The steps of passing runs of the same task at the same place, this run itself left out. */
export function sameTaskReferences(reference: Reference, run: Run, occurrence: string): TaskReference[] {
	const task = reference.tasks.get(taskKey(run));
	if (task === undefined) return [];
	const found: TaskReference[] = [];
	for (const other of task.runs) {
		const content = other.traceId === run.traceId ? undefined : other.steps.get(occurrence);
		if (content !== undefined) found.push({ traceId: other.traceId, ...content, key: task.key });
	}
	return found;
}

/** What the user saw: the root's output, else the last step's. */
export function finalOutput(run: Run, steps: readonly Step[] = stepsOf(run)): Content {
	return readContent(run.output !== "" ? run.output : (steps.at(-1)?.output ?? ""));
}

interface MutableComponent {
	executions: number;
	readonly shape: Map<string, number>;
	readonly inputShape: Map<string, number>;
	readonly wordCounts: Map<number, number>;
	readonly versions: Map<string, number>;
}

function addExecution(
	components: Map<string, MutableComponent>,
	step: Step,
	{ input, output }: StepContent,
): void {
	const key = componentKey(step);
	const component = components.get(key) ?? {
		executions: 0,
		shape: new Map(),
		inputShape: new Map(),
		wordCounts: new Map(),
		versions: new Map(),
	};
	components.set(key, component);
	component.executions++;
	for (const path of shapeOf(output.json)) count(component.shape, path);
	for (const path of shapeOf(input.json)) count(component.inputShape, path);
	for (const word of output.words) count(component.wordCounts, word);
	count(component.versions, step.version);
}

function finishComponent(component: MutableComponent): ComponentReference {
	const [version] = [...component.versions].sort((a, b) => b[1] - a[1])[0] ?? [""];
	const { executions, shape, inputShape, wordCounts } = component;
	return { executions, shape, inputShape, wordCounts, version };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
