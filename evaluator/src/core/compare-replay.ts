import { canonicalJson } from "./canonical-json.ts";
import type { FixtureStep } from "./fixture.ts";
import { callName, type PinPlan, type StepCall } from "./plan-pins.ts";

/** What became of one call in a replay. */
export interface ReplayedStep extends StepCall {
	readonly kind: string;
	/** `gone`: recorded, and not called now. `new`: called now, and not recorded. */
	readonly state: "pinned" | "ran" | "gone" | "new";
	/** Against the recording; null where one of both is not known. */
	readonly input: "same" | "changed" | null;
	readonly output: "same" | "changed" | null;
	readonly version: { readonly recorded: string; readonly now: string };
	/** Why it failed now; null where it did not. */
	readonly error: string | null;
}

/** A pin that did not fit. */
export interface PinProblem extends StepCall {
	readonly kind: "not-called" | "input-changed" | "not-recorded" | "more-calls";
	readonly text: string;
}

/** A replay against its recording, call by call in the order of the replay. */
export interface ReplayComparison {
	readonly steps: readonly ReplayedStep[];
	readonly problems: readonly PinProblem[];
}

/**
 * Compares a replay with the recording that its pins come from, and says which pins did not fit: the step is not called any more, it was
 * given something else than when it was recorded, its output was not recorded whole, or it was called more often than recorded.
 *
 * @param recorded calls of the run that the pins come from.
 * @param now calls of the replay, as its own trace records them.
 * @param pinned calls that really were pinned, tools that are not safe among them.
 * @example
 * compareReplay(fixture.steps, recordedSteps(run), plan, pinnedCalls).problems;
 */
export function compareReplay(
	recorded: readonly FixtureStep[],
	now: readonly FixtureStep[],
	plan: PinPlan,
	pinned: readonly StepCall[],
): ReplayComparison {
	const before = new Map(recorded.map((call) => [callName(call), call]));
	const called = new Map(now.map((call) => [callName(call), call]));
	const given = new Set(pinned.map(callName));
	const steps: ReplayedStep[] = now.map((call) => {
		const was = before.get(callName(call));
		const isPinned = given.has(callName(call));
		return {
			...namesOf(call),
			state: isPinned ? "pinned" : was === undefined ? "new" : "ran",
			input: compareValues(was?.input, call.input),
			output: isPinned ? "same" : compareValues(was?.output, call.output),
			version: { recorded: was?.version ?? "", now: call.version },
			error: call.error,
		};
	});
	const gone = recorded.filter((call) => !called.has(callName(call)));
	for (const call of gone) {
		const version = { recorded: call.version, now: "" };
		steps.push({ ...namesOf(call), state: "gone", input: null, output: null, version, error: null });
	}
	return { steps, problems: [...planProblems(plan), ...runProblems(steps, plan)] };
}

const namesOf = ({ step, index, kind }: FixtureStep): Pick<ReplayedStep, "step" | "index" | "kind"> => ({
	step,
	index,
	kind,
});

function planProblems({ unpinnable }: PinPlan): PinProblem[] {
	return unpinnable.map(({ step, index, why }) => ({
		step,
		index,
		kind: "not-recorded",
		text: `${callName({ step, index })} cannot be pinned: ${why}`,
	}));
}

function runProblems(steps: readonly ReplayedStep[], { calls }: PinPlan): PinProblem[] {
	const wanted = new Set(calls.map(callName));
	const whole = new Set(calls.map(({ step }) => step));
	return steps.flatMap((one): PinProblem[] => {
		const { step, index, state } = one;
		const name = callName(one);
		if (wanted.has(name) && state === "gone") {
			return [
				{
					step,
					index,
					kind: "not-called",
					text: `${name} was pinned, and the pipeline does not call it any more`,
				},
			];
		}
		if (state === "pinned" && one.input === "changed") {
			const text = `${name} was pinned, and is given another input than when it was recorded: its pin may not belong to it`;
			return [{ step, index, kind: "input-changed", text }];
		}
		if (state === "new" && whole.has(step)) {
			return [
				{ step, index, kind: "more-calls", text: `${name} was called more often than recorded, and ran` },
			];
		}
		return [];
	});
}

function compareValues(before: unknown, now: unknown): "same" | "changed" | null {
	if (before === undefined || before === null || now === null) return null;
	return canonicalJson(before) === canonicalJson(now) ? "same" : "changed";
}
