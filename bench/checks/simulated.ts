import type { Run } from "../../evaluator/src/core/trace.ts";
import { generateDeploy } from "../locate/generate-deploy.ts";
import { scenarios } from "../locate/scenarios.ts";
import { type Counts, countFirings } from "./count.ts";
import { firingsOf, learnKnown } from "./fired.ts";

const RUNS = 160;
const TRIALS = 4;

/** False alarms on healthy runs of the simulated pipelines of the half that may be looked at, beside other healthy runs of each. */
export function simulatedFalseAlarms(): Counts {
	const healthy = scenarios.filter(
		({ half, fault, decoys }) => half === "dev" && fault === null && decoys.length === 0,
	);
	const pipelines = new Map(healthy.map((scenario) => [scenario.pipeline, scenario]));
	const counts = new Map<string, { runs: number; fired: number }>();
	for (const scenario of pipelines.values()) {
		const runs = generateDeploy(scenario, "A", { runs: RUNS, trials: TRIALS, tasks: "shared", seed: 11 })
			.map(({ run }) => run)
			.filter(({ outcome }) => outcome === "pass");
		// Half of the trials of each task teach, the other half is tested.
		const trials = [...Map.groupBy(runs, ({ taskId }) => taskId).values()];
		const half = (odd: 0 | 1): Run[] => trials.flatMap((list) => list.filter((_, at) => at % 2 === odd));
		for (const [name, count] of countFirings(half(1), learnKnown(half(0)))) {
			const sum = counts.get(name) ?? { runs: 0, fired: 0 };
			counts.set(name, sum);
			sum.runs += count.runs;
			sum.fired += count.fired;
		}
	}
	return counts;
}

const FAULT_RUNS = 60;
const FAULT_TRIALS = 2;

/** What the checks make of one simulated fault. */
export interface SimulatedFault {
	/** Pipeline and fault. */
	readonly name: string;
	/** Runs that fail because of it. */
	readonly runs: number;
	/** Check → in how many of them it fires at the step where the fault is, or at the hand-off to it. */
	readonly fired: ReadonlyMap<string, number>;
	/** In how many any check does. */
	readonly any: number;
}

/** Every fault of the half that may be looked at, as plain as it comes and in every run, beside passing runs of the healthy deploy. */
export function simulatedFaults(): SimulatedFault[] {
	const plain = scenarios.filter(({ half, fault }) => half === "dev" && fault?.share === 1);
	const first = new Map(
		plain.map((scenario) => [`${scenario.pipeline}/${scenario.fault?.name}`, scenario] as const).reverse(),
	);
	return [...first].reverse().map(([name, scenario]) => {
		const options = { runs: FAULT_RUNS, trials: FAULT_TRIALS, tasks: "shared", seed: 21 } as const;
		const healthy = generateDeploy(scenario, "A", options).map(({ run }) => run);
		const known = learnKnown(healthy.filter(({ outcome }) => outcome === "pass"));
		const failing = generateDeploy(scenario, "B", options).filter(({ truth }) => truth?.byFault === true);
		const right = new Set([scenario.fault?.step ?? "", ...(scenario.fault?.alsoAcceptable ?? [])]);
		const fired = new Map<string, number>();
		let any = 0;
		for (const { run } of failing) {
			const here = [...firingsOf(run, known)].filter(([, { at }]) => at.some((step) => right.has(step)));
			for (const [check] of here) fired.set(check, (fired.get(check) ?? 0) + 1);
			if (here.length > 0) any++;
		}
		return { name, runs: failing.length, fired, any };
	});
}
