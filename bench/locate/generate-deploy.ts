import { findTruth } from "./find-truth.ts";
import { drawCases, playCase } from "./play-case.ts";
import type { DeployOptions, GeneratedRun, Scenario } from "./scenario.ts";

/**
 * The runs of one deploy. The same arguments give the same runs. Deploy A is always healthy; deploy B carries the scenario's fault and decoys.
 *
 * @throws RangeError when the number of runs or trials is not a positive integer.
 * @example
 * const scenario = scenarios.find(({ fault }) => fault?.name === "stale-index");
 * const runs = generateDeploy(scenario, "B", { runs: 400, tasks: "shared", trials: 4, seed: 7 });
 */
export function generateDeploy(
	scenario: Scenario,
	deploy: "A" | "B",
	options: DeployOptions,
): readonly GeneratedRun[] {
	return drawCases(scenario, deploy, options).map((what): GeneratedRun => {
		const { played, input, output, passed } = playCase(what, null, { recorded: true });
		const { name, service } = what.pipeline;
		const stated = passed ? "pass" : "fail";
		const outcome = options.outcomes === "unstated" ? "unknown" : stated;
		return {
			run: played.finish({ pipeline: name, service, taskId: what.taskId, outcome, input, output }),
			truth: passed ? null : findTruth(what, played.events()),
		};
	});
}
