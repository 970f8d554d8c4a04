import type { EvidenceRun, Finding } from "../core/calibrate.ts";
import { readContent } from "../core/content.ts";
import { readDataFlow } from "../core/data-flow.ts";
import { stepsOf } from "../core/trace.ts";
import { makeRun, type RunSpec } from "./make-run.ts";

/** p-values of a run's steps, in order; null where nothing could be told. By default nothing could. */
export interface EvidenceSpec extends RunSpec {
	readonly local?: readonly (number | null)[];
	readonly inherited?: readonly (number | null)[];
}

/** A run with given evidence; its steps are linked into a chain unless they say otherwise. */
export function makeEvidence({ local = [], inherited = [], steps = [], ...spec }: EvidenceSpec): EvidenceRun {
	const run = makeRun({
		...spec,
		steps: steps.map((step, index) => ({ links: index > 0 ? [`s${index - 1}`] : [], ...step })),
	});
	const ordered = stepsOf(run);
	const contents = ordered.map(({ input, output }) => ({
		input: readContent(input),
		output: readContent(output),
	}));
	return {
		run,
		steps: ordered,
		flow: readDataFlow(ordered, contents),
		findings: ordered.map((_, index) => [
			...findingOf("local", local[index] ?? null),
			...findingOf("inherited", inherited[index] ?? null),
		]),
		local: ordered.map((_, index) => local[index] ?? null),
		inherited: ordered.map((_, index) => inherited[index] ?? null),
	};
}

function findingOf(sort: "local" | "inherited", p: number | null): Finding[] {
	if (p === null) return [];
	const z = Math.sqrt(Math.max(0, -2 * Math.log(p)));
	return [
		{
			scorer: `a-${sort}-check`,
			sort,
			reads: "measure",
			strange: "low",
			value: 1 - z,
			z,
			p,
			text: "as given",
		},
	];
}
