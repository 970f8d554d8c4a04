import type { Store } from "@faultline/collector";
import type { Fixture } from "../core/fixture.ts";
import type { BisectBlame } from "../core/present-gate.ts";
import { bisectFixture, type FixtureBisection, ReplayUnusableError } from "../fixtures/bisect-fixture.ts";
import type { TrialSettings } from "../layers/run-trial.ts";

export interface BisectBudget {
	/** Most replays over all fixtures. */
	readonly replays: number;
	/** Trials that failed, by fixture: the one that is repeated. */
	readonly trialOf: ReadonlyMap<string, number>;
	readonly signal: AbortSignal;
	readonly onProgress: (text: string) => void;
}

/** As many fixtures that agree settle it. */
const AGREEING = 3;

/** Pass rates that repeated replays tell apart, and the chance of a wrong answer, where chance plays in the pipeline. */
const SEQUENTIAL = { low: 0.3, high: 0.8, error: 0.05 } as const;

/**
 * Bisects failing fixtures one after the other until three agree on a step or the budget is spent. A fixture is only begun where its search
 * fits into what is left.
 *
 * @returns null where no fixture could be bisected.
 * @example
 * await bisectFailing(fixtures, settings, store, { replays: 20, trialOf, signal, onProgress: io.err });
 */
export async function bisectFailing(
	fixtures: readonly Fixture[],
	settings: TrialSettings,
	store: Store,
	{ replays: budget, trialOf, signal, onProgress }: BisectBudget,
): Promise<BisectBlame | null> {
	const done: BisectBlame["fixtures"][number][] = [];
	let used = 0;
	for (const fixture of fixtures) {
		// What a failing recording gave is nothing to pin.
		if (fixture.expected.outcome === "fail") continue;
		if (signal.aborted || agreed(done) || used + mostReplays(fixture) > budget) break;
		const left = budget - used;
		const sequential = { ...SEQUENTIAL, mostReplays: Math.max(2, Math.floor(left / mostReplays(fixture))) };
		const request = {
			fixture,
			recorded: fixture.steps,
			direction: "good",
			trial: trialOf.get(fixture.id) ?? 0,
			...(settings.config.random === true ? { sequential } : {}),
		} as const;
		onProgress(`bisecting ${fixture.id} (${used} of ${budget} replays used)`);
		try {
			const bisection = await bisectFixture(request, settings, store);
			used += bisection.replays.search + bisection.replays.confirm;
			done.push({ fixture: fixture.id, ...describe(bisection) });
		} catch (error) {
			if (!(error instanceof ReplayUnusableError)) throw error;
			used++;
			done.push({ fixture: fixture.id, result: error.message, steps: [] });
		}
	}
	return done.length === 0 ? null : { replays: used, fixtures: done };
}

/** The search, its confirmation, and one replay with everything pinned. */
const mostReplays = ({ steps }: Fixture): number => Math.ceil(Math.log2(Math.max(1, steps.length))) + 3;

function agreed(done: BisectBlame["fixtures"]): boolean {
	const named = done.flatMap(({ steps }) => (steps.length === 1 ? steps : []));
	return [...Map.groupBy(named, (step) => step).values()].some((same) => same.length >= AGREEING);
}

function describe({ result, broken, replays }: FixtureBisection): {
	result: string;
	steps: readonly string[];
} {
	const steps = [...new Set(broken.map(({ step }) => step))];
	const count = `${replays.search + replays.confirm} replays`;
	switch (result.kind) {
		case "found":
			return { steps, result: `passes with ${steps.join(" and ")} pinned to what was recorded (${count})` };
		case "passes":
			return { steps: [], result: "passes now: it fails now and then" };
		case "outside":
			return {
				steps: [],
				result: `fails with every step pinned: the fault is in no step that can be pinned (${count})`,
			};
		case "unclear":
			return { steps: [], result: `stayed unclear (${count})` };
	}
}
