import type { Run } from "../../evaluator/src/core/trace.ts";
import { generateDeploy } from "../locate/generate-deploy.ts";
import { scenarios } from "../locate/scenarios.ts";
import { type Counts, countFirings } from "./count.ts";
import { learnKnown } from "./fired.ts";

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
