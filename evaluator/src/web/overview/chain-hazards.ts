import { type Interval, wilson } from "../../core/interval.ts";
import type { ComponentHazard, DeployOutcome } from "../../store/read-verdicts.ts";

/** How one component did in one deploy. */
export interface StepHazard {
	readonly step: string;
	readonly kind: string;
	readonly versions: readonly string[];
	readonly executions: number;
	/** Runs whose fault began here: a sum of probabilities. */
	readonly broke: number;
	/** P(the run breaks here | it arrived here intact), and its 95 % interval; null where no run arrived. */
	readonly hazard: number | null;
	readonly interval: Interval | null;
}

/** The hazards of a deploy beside its end-to-end rate. */
export interface DeployHazards {
	readonly steps: readonly StepHazard[];
	/** 1 − Π(1 − hazard), each hazard taken over all runs that were still intact; null without runs. */
	readonly implied: number | null;
	/** Failed runs over those that say how they ended; null where none does. */
	readonly stated: number | null;
	readonly statedInterval: Interval | null;
}

/**
 * A deploy's hazards from the sums by the hour. For the identity with the end-to-end rate every hazard is taken over all runs that were intact
 * before it, also those that do not execute the step, so that log survival adds up: ln(1 − rate) = Σ ln(1 − hazard).
 *
 * @example
 * chainHazards(outcome, hazards).implied; // 0.235, where 100 of 424 runs failed and one began where no check saw it
 */
export function chainHazards(outcome: DeployOutcome, hazards: readonly ComponentHazard[]): DeployHazards {
	const steps = hazards.map((one) => {
		const reached = Math.max(one.reached, one.broke);
		return {
			step: one.step,
			kind: one.kind,
			versions: one.versions,
			executions: one.executions,
			broke: one.broke,
			hazard: reached === 0 ? null : one.broke / reached,
			interval: wilson(one.broke, reached),
		};
	});
	let intact = outcome.runs;
	let survival = 1;
	for (const { broke } of steps) {
		if (intact <= 0) break;
		survival *= 1 - Math.min(1, broke / intact);
		intact -= broke;
	}
	const known = outcome.runs - outcome.unknown;
	return {
		steps,
		implied: outcome.runs === 0 ? null : 1 - survival,
		stated: known === 0 ? null : outcome.failed / known,
		statedInterval: wilson(outcome.failed, known),
	};
}
