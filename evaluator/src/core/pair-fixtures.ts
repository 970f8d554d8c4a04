import type { EvalCase, Evaluation } from "./evaluation.ts";

/** One fixture's trials in both evaluations, trial by trial; null where a planned case is not there. */
export interface FixturePair {
	readonly fixtureId: string;
	readonly baseline: readonly (EvalCase | null)[];
	readonly candidate: readonly (EvalCase | null)[];
}

/**
 * The trials of every fixture of either evaluation, in the order of the fixtures' ids. A fixture is one cluster: its trials depend on each other.
 *
 * @param baseline null where there is none: its side is then empty.
 * @example
 * pairFixtures(baseline, candidate).length; // number of fixtures
 */
export function pairFixtures(baseline: Evaluation | null, candidate: Evaluation): FixturePair[] {
	const [before, after] = [trialsOf(baseline), trialsOf(candidate)];
	return [...new Set([...before.keys(), ...after.keys()])].sort().map((fixtureId) => ({
		fixtureId,
		baseline: row(before.get(fixtureId), baseline?.run.trials ?? 0),
		candidate: row(after.get(fixtureId), candidate.run.trials),
	}));
}

function trialsOf(evaluation: Evaluation | null): Map<string, Map<number, EvalCase>> {
	const fixtures = new Map<string, Map<number, EvalCase>>();
	for (const one of evaluation?.cases ?? []) {
		const trials = fixtures.get(one.fixtureId) ?? new Map<number, EvalCase>();
		fixtures.set(one.fixtureId, trials);
		trials.set(one.trial, one);
	}
	return fixtures;
}

const row = (trials: ReadonlyMap<number, EvalCase> | undefined, planned: number): (EvalCase | null)[] =>
	Array.from({ length: planned }, (_, trial) => trials?.get(trial) ?? null);
