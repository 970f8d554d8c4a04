import { readNodes } from "../core/nodes.ts";
import { SORTS, type Sort } from "../core/score.ts";
import type { BySort, EvidenceRun, Finding } from "../core/weigh-evidence.ts";
import { makeRun, type RunSpec } from "./make-run.ts";

/** p-values of a run's steps, in order; null where nothing could be told. By default nothing could. */
export interface EvidenceSpec extends RunSpec {
	readonly firm?: readonly (number | null)[];
	readonly local?: readonly (number | null)[];
	readonly inherited?: readonly (number | null)[];
	/** The same beside the deploy's own healthy runs; those beside the reference by default. */
	readonly own?: Partial<BySort>;
}

/** A run with given evidence; its steps are linked into a chain unless they say otherwise. The user's input comes first, without evidence. */
export function makeEvidence({
	firm = [],
	local = [],
	inherited = [],
	own = {},
	steps = [],
	...spec
}: EvidenceSpec): EvidenceRun {
	const run = makeRun({
		...spec,
		steps: steps.map((step, index) => ({ links: index > 0 ? [`s${index - 1}`] : [], ...step })),
	});
	const { nodes, sources, edges, matters } = readNodes(run);
	const given = { firm, local, inherited };
	const perNode = (list: readonly (number | null)[]): (number | null)[] =>
		nodes.map(({ spanId }) => list[run.spans.findIndex((span) => span.spanId === spanId)] ?? null);
	const bySort = (lists: Partial<BySort>): BySort => ({
		firm: perNode(lists.firm ?? firm),
		local: perNode(lists.local ?? local),
		inherited: perNode(lists.inherited ?? inherited),
	});
	return {
		run,
		steps: nodes,
		sources,
		edges,
		matters,
		findings: nodes.map((_, index) =>
			SORTS.flatMap((sort) => findingOf(sort, perNode(given[sort])[index] ?? null)),
		),
		p: { reference: bySort(given), own: bySort(own) },
		strength: nodes.map(() => 0),
	};
}

function findingOf(sort: Sort, p: number | null): Finding[] {
	if (p === null) return [];
	const z = Math.sqrt(Math.max(0, -2 * Math.log(p)));
	const reading = {
		scorer: `a-${sort}-check`,
		sort,
		reads: "measure",
		strange: "low",
		value: 1 - z,
	} as const;
	return [{ ...reading, z, p, weight: z, text: "as given" }];
}
