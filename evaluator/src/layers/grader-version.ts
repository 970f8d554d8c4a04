import { hash } from "node:crypto";
import type { PipelineConfig } from "../config.ts";
import type { Scorer } from "../core/score.ts";

/**
 * Version of what judges the cases: the text of the configuration's grader and metrics, and the scorers. Evaluations compare only where it
 * is the same. What a grader calls in other modules is not seen.
 *
 * @example
 * graderVersion(config, builtInScorers); // "5c1e0f3a9b24"
 */
export function graderVersion(
	{ grade, passFrom, metrics = {} }: Pick<PipelineConfig, "grade" | "passFrom" | "metrics">,
	scorers: readonly Pick<Scorer, "name" | "version">[],
): string {
	const judges = {
		grade: grade === undefined ? null : String(grade),
		passFrom: passFrom ?? null,
		metrics: Object.entries(metrics)
			.map(([name, read]) => [name, String(read)])
			.sort(),
		scorers: scorers.map(({ name, version }) => `${name}@${version}`).sort(),
	};
	return hash("sha256", JSON.stringify(judges)).slice(0, 12);
}
