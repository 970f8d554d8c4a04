import { shuffle } from "../../evaluator/src/core/random.ts";
import { hashText, streamOf } from "./kit/chance.ts";
import type { FaultPlan, Pipeline } from "./kit/pipeline.ts";
import { pipelines } from "./pipelines.ts";
import type { Magnitude, Scenario } from "./scenario.ts";

const stepOf = (decoy: string): string => decoy.slice(decoy.indexOf(":") + 1);

/** One to three harmless changes, none of them at the step that is broken. */
function drawDecoys({ decoys }: Pipeline, broken: readonly string[], label: string): string[] {
	const random = streamOf(1, `decoys ${label}`);
	const elsewhere = decoys.filter((decoy) => !broken.includes(stepOf(decoy)));
	return shuffle(elsewhere, random).slice(0, 1 + Math.floor(random() * 3));
}

/** The variants of a fault, and where none of them comes and goes, its first one in a tenth or a third of the runs. */
function variantsOf({ name, variants }: FaultPlan, pipeline: string): FaultPlan["variants"] {
	const [first] = variants;
	if (first === undefined || variants.some(([, share]) => share < 1)) return variants;
	return [...variants, [first[0], hashText(`${pipeline} ${name}`) % 2 === 0 ? 0.3 : 0.1]];
}

function faulty(pipeline: Pipeline, plan: FaultPlan, magnitude: Magnitude, share: number): Scenario {
	const { name, half, shape } = pipeline;
	const label = `${name}/${plan.name}/${magnitude}/${share}`;
	const others = plan.receiver === undefined ? [] : [plan.receiver];
	return {
		name: label,
		half,
		pipeline: name,
		shape,
		fault: {
			name: plan.name,
			step: plan.step,
			kind: plan.kind,
			alsoAcceptable: others,
			magnitude,
			share,
			edge: plan.receiver !== undefined,
			versionChanges: plan.versionChanges,
			story: plan.story,
		},
		decoys: drawDecoys(pipeline, [plan.step, ...others], label),
	};
}

function healthy(pipeline: Pipeline): Scenario[] {
	const { name, half, shape } = pipeline;
	const base = { half, pipeline: name, shape, fault: null };
	return [
		{ ...base, name: `${name}/healthy`, decoys: [] },
		...[1, 2, 3].map((number) => {
			const label = `${name}/decoys/${number}`;
			return { ...base, name: label, decoys: drawDecoys(pipeline, [], label) };
		}),
		{ ...base, name: `${name}/decoys/all`, decoys: pipeline.decoys },
	];
}

/** Every deploy of the benchmark: the faults of each pipeline at each of their magnitudes, and deploys in which nothing is broken. */
export const scenarios: readonly Scenario[] = pipelines.flatMap((pipeline) => [
	...healthy(pipeline),
	...pipeline.faults.flatMap((plan) =>
		variantsOf(plan, pipeline.name).map(([magnitude, share]) => faulty(pipeline, plan, magnitude, share)),
	),
]);
