import type { PinProblem, ReplayedStep } from "../core/compare-replay.ts";
import type { OutcomeSource } from "../core/decide-outcome.ts";
import type { EvalCase } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { callName } from "../core/plan-pins.ts";
import type { Replayed } from "../fixtures/replay-fixture.ts";

/** A replay in the shape of `replay --json` (docs/json.md). */
export interface PresentedReplay {
	readonly fixture_id: string;
	readonly pipeline: string;
	readonly trace_id: string;
	/** `fixture`, or the trace id of the run that the pins come from. */
	readonly pins_from: string;
	readonly pinned: readonly string[];
	/** Tools that are not declared safe and were answered from the fixture. */
	readonly pinned_tools: readonly string[];
	readonly status: EvalCase["status"];
	readonly outcome: EvalCase["outcome"];
	readonly judged_by: OutcomeSource;
	readonly recorded_outcome: EvalCase["outcome"];
	readonly error: string;
	readonly duration_ms: number;
	readonly steps: readonly ReplayedStep[];
	readonly problems: readonly PinProblem[];
}

/** A replay in the documented JSON shape. */
export function presentReplay(
	fixture: Fixture,
	{ trial, plan, steps, problems }: Replayed,
	from: string,
): PresentedReplay {
	const { evalCase, source, pinned } = trial;
	const planned = new Set(plan.calls.map(callName));
	return {
		fixture_id: fixture.id,
		pipeline: fixture.pipeline,
		trace_id: evalCase.traceId,
		pins_from: from,
		pinned: [...planned],
		pinned_tools: pinned
			.filter((call) => call.kind === "tool_call" && !planned.has(callName(call)))
			.map(callName),
		status: evalCase.status,
		outcome: evalCase.outcome,
		judged_by: source,
		recorded_outcome: fixture.expected.outcome,
		error: evalCase.error,
		duration_ms: Math.round(evalCase.durationMs),
		steps,
		problems,
	};
}
