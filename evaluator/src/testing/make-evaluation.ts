import type { EvalCase, EvalRun, Evaluation } from "../core/evaluation.ts";

/** What a test says of a case; everything else is a completed, passing case. */
export type CaseSpec = Partial<EvalCase>;

export const NOON_MS: number = Date.UTC(2026, 4, 1, 12);

/**
 * An evaluation of which the test says the cases: one row per fixture, one entry per trial; `true` passes, `false` fails.
 *
 * @example
 * makeEvaluation([[true, true], [true, false]], { evalId: "b" });
 */
export function makeEvaluation(
	fixtures: readonly (readonly (boolean | CaseSpec)[])[],
	run: Partial<EvalRun> = {},
): Evaluation {
	const trials = run.trials ?? fixtures[0]?.length ?? 1;
	return {
		run: {
			evalId: "candidate",
			layer: "system",
			pipeline: "docs-answer",
			serviceVersion: "2",
			environment: "ci",
			revision: "4f2a",
			fixtureSet: "ab12",
			grader: "g1",
			model: "",
			trials,
			planned: fixtures.length * trials,
			startedAt: NOON_MS,
			finishedAt: NOON_MS + 60_000,
			...run,
		},
		cases: fixtures.flatMap((cases, fixture) => cases.map((spec, trial) => makeCase(spec, fixture, trial))),
	};
}

function makeCase(spec: boolean | CaseSpec, fixture: number, trial: number): EvalCase {
	const fixtureId = `f${String(fixture).padStart(4, "0")}`;
	return {
		fixtureId,
		trial,
		traceId: `${fixtureId}-${trial}`,
		status: "completed",
		outcome: spec === false ? "fail" : "pass",
		metrics: {},
		steps: {},
		error: "",
		durationMs: 100,
		...(typeof spec === "boolean" ? {} : spec),
	};
}
