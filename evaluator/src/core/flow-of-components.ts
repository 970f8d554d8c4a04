import type { EdgeSource } from "./data-flow.ts";
import { readNodes } from "./nodes.ts";
import { componentKey, INPUT, type Run, stepsOf } from "./trace.ts";

/** Components and whose outputs they use, as a number of runs show it. */
export interface ComponentFlow {
	/** In the order in which data usually goes through them; the user's input comes first. */
	readonly components: readonly {
		readonly key: string;
		readonly name: string;
		readonly kind: string;
		/** Share of the runs in which it was executed. */
		readonly share: number;
	}[];
	readonly edges: readonly {
		readonly from: string;
		readonly to: string;
		/** How most of the runs that have it know it. */
		readonly source: EdgeSource;
	}[];
}

/** Hand-overs that fewer of the runs have are left out of the picture. */
const MIN_SHARE = 0.2;

interface Seen {
	readonly name: string;
	readonly kind: string;
	runs: number;
	place: number;
}

/**
 * Lays the data flows of several runs of a pipeline over each other, by component.
 *
 * @example
 * flowOfComponents(runs).components.map(({ name }) => name); // ["input", "search_docs", "build_prompt", …]
 */
export function flowOfComponents(runs: readonly Run[]): ComponentFlow {
	const components = new Map<string, Seen>();
	const edges = new Map<
		string,
		{ from: string; to: string; sources: Map<EdgeSource, number>; runs: number }
	>();
	for (const run of runs) {
		const steps = stepsOf(run);
		const keys = new Map(steps.map((step) => [step.spanId, componentKey(step)]));
		const first = new Map<string, number>();
		for (const [index, step] of steps.entries()) {
			const key = componentKey(step);
			if (!first.has(key)) first.set(key, (index + 1) / steps.length);
			if (!components.has(key)) components.set(key, { name: step.name, kind: step.kind, runs: 0, place: 0 });
		}
		for (const [key, place] of first) {
			const seen = components.get(key);
			if (seen === undefined) continue;
			seen.runs++;
			seen.place += place;
		}
		for (const [id, { from, to, source }] of edgesOf(run, keys)) {
			const edge = edges.get(id) ?? { from, to, sources: new Map(), runs: 0 };
			edges.set(id, edge);
			edge.runs++;
			edge.sources.set(source, (edge.sources.get(source) ?? 0) + 1);
		}
	}
	const ordered = [...components].sort((a, b) => a[1].place / a[1].runs - b[1].place / b[1].runs);
	return {
		components: [
			...(runs.length === 0 ? [] : [{ key: INPUT, name: INPUT, kind: INPUT, share: 1 }]),
			...ordered.map(([key, { name, kind, runs: some }]) => ({ key, name, kind, share: some / runs.length })),
		],
		edges: [...edges.values()]
			.filter(({ runs: some }) => some >= MIN_SHARE * runs.length)
			.map(({ from, to, sources }) => ({
				from,
				to,
				source: [...sources].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "assumed",
			})),
	};
}

/** The edges of one run between components, each once; what nothing gave to is given the user's input. */
function edgesOf(
	run: Run,
	keys: ReadonlyMap<string, string>,
): ReadonlyMap<string, { readonly from: string; readonly to: string; readonly source: EdgeSource }> {
	const { edges } = readNodes(run);
	const fed = new Set(edges.map(({ to }) => to));
	const found = new Map<string, { from: string; to: string; source: EdgeSource }>();
	for (const { from, to, source } of edges) {
		const [giver, user] = [keys.get(from), keys.get(to)];
		if (giver === undefined || user === undefined) continue;
		found.set(JSON.stringify([giver, user]), { from: giver, to: user, source });
	}
	for (const [spanId, key] of keys) {
		const id = JSON.stringify([INPUT, key]);
		if (!fed.has(spanId)) found.set(id, { from: INPUT, to: key, source: "assumed" });
	}
	return found;
}
