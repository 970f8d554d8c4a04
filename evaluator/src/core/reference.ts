import { ChoiceBuilder } from "./choice.ts";
import { type Content, readContent } from "./content.ts";
import type { StepContent, UsualSources } from "./data-flow.ts";
import { type NodeRun, readNodes } from "./nodes.ts";
import { ProfileBuilder } from "./profile.ts";
import type { ComponentReference, TaskReference } from "./score.ts";
import { componentKey, INPUT, type Run, type Step, stepsOf } from "./trace.ts";

/** What the reference runs teach: per component, per question, and per task. */
export interface Reference {
	readonly runs: ReadonlySet<string>;
	readonly components: ReadonlyMap<string, ComponentReference>;
	/** What components are (nearly) always fed by: a hand-off that lost everything is not to be overlooked. */
	readonly usualSources: UsualSources;
	/** Tasks that reference runs were trials of, and word → in how many of their questions it stood. */
	readonly asked: ReadonlySet<string>;
	readonly questionWords: ReadonlyMap<number, number>;
	/** Task → the passing runs' steps by occurrence. */
	readonly tasks: ReadonlyMap<string, TaskMemory>;
}

/** Passing runs of a task: those of the reference, or where there is none those of other deploys. */
interface TaskMemory {
	readonly members: boolean;
	readonly runs: readonly {
		readonly traceId: string;
		/** Words of its final output that are not the question's. */
		readonly answer: ReadonlySet<number>;
		/** Component → its executions in order. */
		readonly steps: ReadonlyMap<string, readonly StepContent[]>;
	}[];
}

const MAX_RUNS_PER_TASK = 6;
/** A component counts as fed by another when this share of its reference executions, and at least so many, used its output. */
const USUAL_SHARE = 0.9;
const USUAL_EXECUTIONS = 10;

/**
 * Identifies what was asked: the task id, else the input itself, so that repeated questions in production count as one task. A run
 * without either is a task of its own.
 */
export function taskKey(run: Run): string {
	if (run.taskId !== null) return run.taskId;
	return run.input === "" ? `run:${run.traceId}` : `input:${run.input}`;
}

/** For each step, how many executions of its component came before it in the run. */
export function occurrences(steps: readonly Step[]): readonly number[] {
	const seen = new Map<string, number>();
	return steps.map((step) => {
		const key = componentKey(step);
		const count = seen.get(key) ?? 0;
		seen.set(key, count + 1);
		return count;
	});
}

/**
 * Learns what healthy runs look like: the shape, vocabulary and values of each component's output, what it passes on, and per task what
 * each step passed on.
 *
 * @param runs reference runs, from which components are learned; those known to have failed must not be among them.
 * @param passing runs that went well, from which it is learned what a task needs; they may come from any deploy.
 */
export function learnReference(runs: readonly Run[], passing: readonly Run[] = runs): Reference {
	const members = new Set(runs.map((run) => run.traceId));
	const components = new Map<string, ComponentBuilder>();
	const asked = new Set<string>();
	const questionWords = new Map<number, number>();
	const tasks: TaskMemories = new Map();
	for (const run of new Set([...runs, ...passing])) {
		const read = readNodes(run);
		if (members.has(run.traceId)) {
			addComponents(components, read);
			if (!asked.has(taskKey(run))) for (const word of read.question.words) count(questionWords, word);
			asked.add(taskKey(run));
		}
		rememberTask(tasks, read, members.has(run.traceId));
	}
	return {
		runs: members,
		components: new Map([...components].map(([key, builder]) => [key, builder.finish()])),
		usualSources: new Map([...components].map(([key, builder]) => [key, builder.usualSources()])),
		asked,
		questionWords,
		tasks,
	};
}

type TaskMemories = Map<string, { readonly members: boolean; readonly runs: TaskMemory["runs"][number][] }>;

function rememberTask(tasks: TaskMemories, read: NodeRun, isMember: boolean): void {
	const { run, question } = read;
	const task = tasks.get(taskKey(run)) ?? { members: isMember, runs: [] };
	tasks.set(taskKey(run), task);
	// Only runs of one sort: else a deploy's change would be strange just in the tasks that it never got right.
	if (task.members !== isMember || task.runs.length >= MAX_RUNS_PER_TASK) return;
	const answer = finalOutput(run).words.difference(question.words);
	task.runs.push({ traceId: run.traceId, answer, steps: contentsOf(read) });
}

/**
 * A reference that knows these passing runs' tasks, and no others: for judging a few runs beside a reference of many.
 *
 * @param isMember whether a run is one of the reference's versions; such runs come first.
 */
export function withTasks(
	reference: Reference,
	passing: readonly Run[],
	isMember: (run: Run) => boolean,
): Reference {
	const tasks: TaskMemories = new Map();
	for (const run of passing.toSorted((a, b) => Number(isMember(b)) - Number(isMember(a))))
		rememberTask(tasks, readNodes(run), isMember(run));
	return { ...reference, tasks };
}

function contentsOf({ nodes, contents }: NodeRun): ReadonlyMap<string, readonly StepContent[]> {
	const executions = new Map<string, StepContent[]>();
	for (const [index, node] of nodes.entries()) {
		const content = contents[index];
		if (content === undefined) continue;
		const list = executions.get(componentKey(node));
		if (list === undefined) executions.set(componentKey(node), [content]);
		else list.push(content);
	}
	return executions;
}

/** Words that stand in this share of a component's healthy outputs are its own: its template's, its format's. */
const USUAL_WORD = 0.3;

/** Whether a word is one of the component's own, whatever its input. */
export const isUsual = (word: number, reference: ComponentReference | null): boolean =>
	reference !== null &&
	reference.executions >= USUAL_EXECUTIONS &&
	(reference.wordCounts.get(word) ?? 0) >= USUAL_WORD * reference.executions;

/** Passing runs of the same task, this run itself left out, with the words that all of them had in their final output. */
export interface TaskPeers {
	readonly key: ReadonlySet<number>;
	readonly runs: TaskMemory["runs"];
}

export function taskPeers(reference: Reference, run: Run): TaskPeers {
	const others = (reference.tasks.get(taskKey(run))?.runs ?? []).filter(
		(other) => other.traceId !== run.traceId,
	);
	const [first, ...rest] = others;
	const key = rest.reduce(
		(common: ReadonlySet<number>, other) => common.intersection(other.answer),
		first?.answer ?? new Set<number>(),
	);
	return { key, runs: others };
}

/** A component that ran at most so often in a run is compared with all its executions in a peer: retries shift their numbers. */
const MAX_ALIGNED = 8;

/** What the peers did in the same component, in its execution of the same number where it ran often. */
export function sameTaskReferences(
	{ key, runs }: TaskPeers,
	component: string,
	occurrence: number,
): TaskReference[] {
	return runs.flatMap(({ traceId, steps }) => {
		const executions = steps.get(component) ?? [];
		const near = executions.length <= MAX_ALIGNED ? executions : executions.slice(occurrence, occurrence + 1);
		return near.map((content) => ({ traceId, ...content, key }));
	});
}

/** What the user saw: the root's output, else the last step's. */
export function finalOutput(run: Run, steps: readonly Step[] = stepsOf(run)): Content {
	return readContent(run.output !== "" ? run.output : (steps.at(-1)?.output ?? ""));
}

function addComponents(
	components: Map<string, ComponentBuilder>,
	{ nodes, contents, sources }: NodeRun,
): void {
	for (const [index, node] of nodes.entries()) {
		const content = contents[index];
		if (content === undefined || node.kind === INPUT) continue;
		const key = componentKey(node);
		const builder = components.get(key) ?? new ComponentBuilder();
		components.set(key, builder);
		builder.add(node, content);
		// A step's sources stand behind its hand-off.
		const [first] = sources[index] ?? [];
		const handOff = first === undefined ? undefined : nodes[first];
		if (first === undefined || handOff?.kind !== "edge") continue;
		const givers = (sources[first] ?? []).flatMap((from) => nodes[from] ?? []);
		builder.addSources(new Set(givers.map(componentKey)));
	}
}

class ComponentBuilder {
	private executions = 0;
	private readonly shape = new Map<string, number>();
	private readonly inputShape = new Map<string, number>();
	private readonly wordCounts = new Map<number, number>();
	private readonly addedWords = new Map<number, number>();
	private readonly versions = new Map<string, number>();
	private readonly sources = new Map<string, number>();
	private readonly profile = new ProfileBuilder();
	private readonly choices = new ChoiceBuilder();

	add(step: Step, content: StepContent): void {
		const { input, output } = content;
		this.executions++;
		for (const path of output.shape) count(this.shape, path);
		for (const path of input.shape) count(this.inputShape, path);
		for (const word of output.words) {
			count(this.wordCounts, word);
			if (step.kind === "prompt_build" && !input.words.has(word)) count(this.addedWords, word);
		}
		count(this.versions, step.version);
		this.profile.add(content);
		if (step.kind !== "edge") this.choices.add(content);
	}

	addSources(givers: ReadonlySet<string>): void {
		for (const giver of givers) count(this.sources, giver);
	}

	usualSources(): ReadonlySet<string> {
		const needed = Math.max(USUAL_EXECUTIONS, USUAL_SHARE * this.executions);
		return new Set([...this.sources].filter(([, seen]) => seen >= needed).map(([giver]) => giver));
	}

	finish(): ComponentReference {
		const [version] = [...this.versions].sort((a, b) => b[1] - a[1])[0] ?? [""];
		const { executions, shape, inputShape, wordCounts, addedWords } = this;
		const [profile, choices] = [this.profile.finish(), this.choices.finish()];
		return { executions, shape, inputShape, wordCounts, addedWords, version, profile, choices };
	}
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
