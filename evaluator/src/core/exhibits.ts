import type { NodeRun } from "./nodes.ts";
import type { Exhibit } from "./rubric.ts";
import { INPUT, type Step } from "./trace.ts";

/** At most so many neighbours on each side; the nearest count most. */
const NEIGHBOURS = 4;
/** A neighbour is shown in a part of what the step itself is shown in. */
const NEIGHBOUR_PART = 0.4;

/**
 * What a judge sees of one step: the user's request, what the step was given and by whom, the step itself, and what used its output. A judge that sees
 * the neighbours, consecutive turns of one actor taken together, is right far more often than one that sees a step alone (METHODS, 10).
 *
 * @param at place of the node among the run's nodes.
 * @param most characters of one text; the middle of a longer one is left out.
 */
export function stepExhibits(read: NodeRun, at: number, most: number): Exhibit[] {
	const { nodes, sources, run } = read;
	const node = nodes[at];
	if (node === undefined) return [];
	const request = { label: "the user's request", text: shortened(run.input, most * NEIGHBOUR_PART) };
	if (node.kind === INPUT) return [{ ...request, text: shortened(run.input, most) }];
	const givers = throughHandOffs(read, sources[at] ?? []).slice(-NEIGHBOURS);
	const users = usersOf(read, at).slice(0, NEIGHBOURS);
	const given = grouped(givers).map(({ step, texts }) => ({
		label: `given by ${named(step)}`,
		text: shortened(texts.map(({ output }) => output).join("\n"), most * NEIGHBOUR_PART),
	}));
	if (node.kind === "edge") {
		const whole = grouped(givers).map(({ step, texts }) => ({
			label: `given by ${named(step)}`,
			text: shortened(texts.map(({ output }) => output).join("\n"), most),
		}));
		const receiver = users[0];
		const label = receiver === undefined ? "received" : `received by ${named(receiver)}`;
		return [request, ...whole, { label, text: shortened(node.output, most) }];
	}
	const later = grouped(users).map(({ step, texts }) => ({
		label: `what ${named(step)} made of it afterwards`,
		text: shortened(texts.map(({ output }) => output).join("\n"), most * NEIGHBOUR_PART),
	}));
	return [
		request,
		...given,
		{ label: `input of ${named(node)}, which is to be judged`, text: shortened(node.input, most) },
		{
			label: `output of ${named(node)}, which is to be judged`,
			text: shortened(node.failed ? `error: ${node.statusMessage}\n${node.output}` : node.output, most),
		},
		...later,
	].filter(({ text }) => text !== "");
}

/** What a judge sees of a whole run: the request, what each actor said in turn, and the final answer. */
export function runExhibits({ run, nodes }: NodeRun, most: number): Exhibit[] {
	const steps = nodes.filter(({ kind }) => kind !== INPUT && kind !== "edge");
	const turns = grouped(steps);
	const each = Math.max(200, (2 * most) / Math.max(1, turns.length));
	return [
		{ label: "the user's request", text: shortened(run.input, most) },
		...turns.map(({ step, texts }) => ({
			label: `output of ${named(step)}`,
			text: shortened(texts.map(({ output }) => output).join("\n"), each),
		})),
		{
			label: "the final answer, which is to be judged",
			text: shortened(run.output === "" ? (steps.at(-1)?.output ?? "") : run.output, most),
		},
	].filter(({ text }) => text !== "");
}

/** The steps behind a node's sources: what a hand-off was given counts as given to the step behind it. */
const throughHandOffs = ({ nodes, sources }: NodeRun, from: readonly number[]): Step[] =>
	from
		.flatMap((source) => (nodes[source]?.kind === "edge" ? (sources[source] ?? []) : [source]))
		.flatMap((source) => nodes[source] ?? [])
		.filter(({ kind }) => kind !== INPUT);

/** The steps that used a node's output, directly or through a hand-off. */
function usersOf({ nodes, sources }: NodeRun, at: number): Step[] {
	const used = new Set([at]);
	const users: Step[] = [];
	for (let to = at + 1; to < nodes.length; to++) {
		const node = nodes[to];
		if (node === undefined || !sources[to]?.some((from) => used.has(from))) continue;
		if (node.kind === "edge") used.add(to);
		else users.push(node);
	}
	return users;
}

const named = ({ name, kind }: Step): string => (kind === name ? name : `${name} (${kind})`);

/** Consecutive steps of one actor as one. */
function grouped(steps: readonly Step[]): { readonly step: Step; readonly texts: readonly Step[] }[] {
	const groups: { step: Step; texts: Step[] }[] = [];
	for (const step of steps) {
		const last = groups.at(-1);
		if (last !== undefined && last.step.name === step.name && last.step.kind === step.kind)
			last.texts.push(step);
		else groups.push({ step, texts: [step] });
	}
	return groups;
}

/** Both ends of a text, and how much was left out between them. */
export function shortened(text: string, most: number): string {
	const limit = Math.floor(most);
	if (text.length <= limit) return text;
	const head = Math.ceil(limit * 0.6);
	const tail = limit - head;
	const left = text.length - head - tail;
	return `${text.slice(0, head)}\n[… ${left} characters left out …]\n${text.slice(text.length - tail)}`.toWellFormed();
}
