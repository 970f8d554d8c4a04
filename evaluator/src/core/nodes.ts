import { type Content, joinContents, readContent, shareHeld } from "./content.ts";
import { type Edge, readDataFlow, type StepContent, type UsualSources } from "./data-flow.ts";
import { INPUT, isCut, type Run, type Step, stepsOf } from "./trace.ts";

/**
 * A run as the places where a fault can begin, in data-flow order: the user's input first, and before every step the hand-off of what
 * other steps gave it. Edges are components (METHODS): prompt assembly, serialisation and transport fail by themselves.
 */
export interface NodeRun {
	readonly run: Run;
	readonly nodes: readonly Step[];
	readonly contents: readonly StepContent[];
	/** For each node, the nodes whose output it used; all of them stand before it. */
	readonly sources: readonly (readonly number[])[];
	/** For each node, whether the run's final output depends on it, as far as the data flow shows. */
	readonly matters: readonly boolean[];
	/** How each step's sources are known, by the ids of the two spans. */
	readonly edges: readonly { readonly from: string; readonly to: string; readonly source: Edge["source"] }[];
	/** The run's own input: the user's question. */
	readonly question: Content;
}

const NOTHING = readContent("");

/** Reads the nodes of a run. `usual` are the sources that healthy executions had; see `readDataFlow`. */
export function readNodes(run: Run, usual?: UsualSources): NodeRun {
	const steps = stepsOf(run);
	const question = readContent(run.input);
	const contents = steps.map((step) => ({
		input: readContent(step.input),
		output: readContent(step.output),
	}));
	const edgesOf = readDataFlow(steps, contents, usual);
	const nodes: Step[] = [inputNode(run)];
	const nodeContents: StepContent[] = [{ input: NOTHING, output: question }];
	const sources: number[][] = [[]];
	const nodeOf: number[] = [];
	for (const [index, step] of steps.entries()) {
		const content = contents[index] ?? { input: NOTHING, output: NOTHING };
		const edges = edgesOf[index] ?? [];
		let from = edges.map((edge) => nodeOf[edge.from] ?? 0);
		const handedOff = handOff(step, content, edges, steps, contents);
		if (handedOff !== null) {
			nodes.push(handedOff.node);
			nodeContents.push({ input: handedOff.input, output: content.input });
			sources.push(from);
			from = [nodes.length - 1];
		}
		nodeOf.push(nodes.length);
		nodes.push(step);
		nodeContents.push(content);
		sources.push(from.length === 0 ? [0] : from);
	}
	const edges = edgesOf.flat().map(({ from, to, source }) => ({
		from: steps[from]?.spanId ?? "",
		to: steps[to]?.spanId ?? "",
		source,
	}));
	const matters = reachingEnd(run, nodeContents, sources);
	return { run, nodes, contents: nodeContents, sources, matters, edges, question };
}

/** The nodes on which the step depends that gave the final output: side steps (logging, recommendations) do not make a run fail. */
function reachingEnd(
	run: Run,
	contents: readonly StepContent[],
	sources: readonly (readonly number[])[],
): readonly boolean[] {
	const answer = run.output === "" ? null : readContent(run.output).words;
	let [end, best] = [contents.length - 1, -1];
	for (const [index, { output }] of contents.entries()) {
		const share = answer === null ? null : shareHeld(answer, output.words);
		if (share !== null && share >= best) [end, best] = [index, share];
	}
	const matters = contents.map((_, index) => index === end || index === 0);
	for (let to = end; to > 0; to--)
		if (matters[to]) for (const from of sources[to] ?? []) matters[from] = true;
	return matters;
}

function inputNode(run: Run): Step {
	return {
		spanId: INPUT,
		parentSpanId: "",
		name: INPUT,
		kind: INPUT,
		version: "",
		startUs: run.startUs,
		durationUs: 0,
		input: "",
		output: run.input,
		failed: false,
		statusMessage: "",
		attributes: {},
		links: [],
	};
}

/** The hand-off before a step, where both what was given and what was received are recorded whole; else null. */
function handOff(
	step: Step,
	{ input }: StepContent,
	edges: readonly Edge[],
	steps: readonly Step[],
	contents: readonly StepContent[],
): { readonly node: Step; readonly input: Content } | null {
	if (input.raw === "" || isCut(step, "input")) return null;
	const given = edges.flatMap(({ from, source }) => {
		const giver = steps[from];
		const content = contents[from]?.output;
		if (source === "assumed" || giver === undefined || content === undefined) return [];
		return content.raw === "" || isCut(giver, "output") ? [] : [{ name: giver.name, content, giver }];
	});
	const last = given.at(-1);
	if (last === undefined) return null;
	const node: Step = {
		spanId: `${last.giver.spanId}->${step.spanId}`,
		parentSpanId: step.parentSpanId,
		name: `hand-off to ${step.name}`,
		kind: "edge",
		version: "",
		startUs: step.startUs,
		durationUs: 0,
		input: "",
		output: step.input,
		failed: false,
		statusMessage: "",
		attributes: {},
		links: [],
	};
	return { node, input: joinContents(given) };
}
