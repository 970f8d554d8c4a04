import type { Content } from "./content.ts";
import type { Step } from "./trace.ts";

/** How an edge is known: the application said so, the content shows it, or only the order of the steps suggests it. */
export type EdgeSource = "recorded" | "inferred" | "assumed";

/** Step `from`'s output went into step `to`; both are indices into the run's steps. */
export interface Edge {
	readonly from: number;
	readonly to: number;
	readonly source: EdgeSource;
}

export interface DataFlow {
	readonly edges: readonly Edge[];
	/** For each step, the indices of the steps whose output it used. */
	readonly sources: readonly (readonly number[])[];
	/** For each step, every step that depends on it, directly or not, in order. */
	readonly descendants: readonly (readonly number[])[];
}

const MIN_SHARE = 0.3;
const MIN_WORDS = 2;

/**
 * Finds which step used which other step's output: span links first, then content (at least 30 % of the words that a step
 * introduced appear in the later step's input), and where neither says anything the step before it in time.
 *
 * Content is matched through an inverted index, so the cost is linear in the words of the run.
 */
export function readDataFlow(
	steps: readonly Step[],
	contents: readonly { readonly input: Content; readonly output: Content }[],
): DataFlow {
	const indexOf = new Map(steps.map((step, index) => [step.spanId, index]));
	const inferred = inferSources(steps, contents);
	const edges: Edge[] = [];
	for (const [to, step] of steps.entries()) {
		const recorded = new Set<number>();
		for (const link of step.links) {
			const from = indexOf.get(link);
			if (from !== undefined && from < to) recorded.add(from);
		}
		for (const from of recorded) edges.push({ from, to, source: "recorded" });
		const others = (inferred[to] ?? []).filter((from) => !recorded.has(from));
		for (const from of others) edges.push({ from, to, source: "inferred" });
		if (recorded.size + others.length === 0 && to > 0) edges.push({ from: to - 1, to, source: "assumed" });
	}
	return { edges, ...closeFlow(steps.length, edges) };
}

function inferSources(
	steps: readonly Step[],
	contents: readonly { readonly input: Content; readonly output: Content }[],
): number[][] {
	const introducedBy = new Map<number, number[]>();
	const introduced: number[] = [];
	const sources: number[][] = [];
	for (const [index, content] of contents.entries()) {
		const start = steps[index]?.startUs ?? 0;
		const hits = new Map<number, number>();
		for (const word of content.input.words) {
			for (const from of introducedBy.get(word) ?? []) hits.set(from, (hits.get(from) ?? 0) + 1);
		}
		sources.push(
			[...hits]
				.filter(([from, count]) => {
					const source = steps[from];
					const ended = source !== undefined && source.startUs + source.durationUs <= start + 1;
					return ended && count >= Math.max(MIN_WORDS, MIN_SHARE * (introduced[from] ?? 0));
				})
				.map(([from]) => from)
				.sort((a, b) => a - b),
		);
		let count = 0;
		for (const word of content.output.words) {
			if (content.input.words.has(word)) continue;
			count++;
			const list = introducedBy.get(word);
			if (list === undefined) introducedBy.set(word, [index]);
			else list.push(index);
		}
		introduced.push(count);
	}
	return sources;
}

function closeFlow(size: number, edges: readonly Edge[]): Pick<DataFlow, "sources" | "descendants"> {
	const sources: number[][] = Array.from({ length: size }, () => []);
	for (const { from, to } of edges) sources[to]?.push(from);
	// Data only flows forward, so one pass over the later steps finds everything that depends on a step.
	const depends = new Uint8Array(size);
	const descendants = sources.map((_, start) => {
		depends.fill(0);
		depends[start] = 1;
		const found: number[] = [];
		for (let at = start + 1; at < size; at++) {
			if (!sources[at]?.some((source) => depends[source] === 1)) continue;
			depends[at] = 1;
			found.push(at);
		}
		return found;
	});
	return { sources, descendants };
}
