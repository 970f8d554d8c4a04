import type { FixtureStep } from "./fixture.ts";

/** One call of a step: the second call of `search` is `{ step: "search", index: 1 }`. */
export interface StepCall {
	readonly step: string;
	readonly index: number;
}

/** Which outputs are to be given instead of running. */
export interface PinPlan {
	/** Step → outputs by number of the call; holes leave a call to run. */
	readonly pins: Readonly<Record<string, readonly unknown[]>>;
	readonly calls: readonly StepCall[];
	/** Calls that were asked for and have no whole recorded output. */
	readonly unpinnable: readonly (StepCall & { readonly why: string })[];
}

/** How a call is written: `search`, and from the second one on `search#1`. */
export const callName = ({ step, index }: StepCall): string => (index === 0 ? step : `${step}#${index}`);

/** Why a recorded call cannot be pinned; null where it can. */
export function unpinnableBecause({ output, error }: FixtureStep): string | null {
	if (error !== null) return `the recorded call failed: ${error}`;
	return output === null ? "its output was not recorded whole" : null;
}

/**
 * Pins for recorded calls.
 *
 * @example
 * planPins(fixture.steps, fixture.steps.slice(0, 3)).pins; // { search_docs: [[…]], package_info: [{…}], build_prompt: […] }
 */
export function planPins(recorded: readonly FixtureStep[], wanted: readonly StepCall[]): PinPlan {
	const pins: Record<string, unknown[]> = {};
	const calls: StepCall[] = [];
	const unpinnable: (StepCall & { why: string })[] = [];
	for (const { step, index } of wanted) {
		const call = recorded.find((one) => one.step === step && one.index === index);
		const why = call === undefined ? "it was not called in the recording" : unpinnableBecause(call);
		if (call === undefined || why !== null) {
			unpinnable.push({ step, index, why: why ?? "" });
			continue;
		}
		pins[step] ??= [];
		pins[step][index] = call.output;
		calls.push({ step, index });
	}
	return { pins, calls, unpinnable };
}

/**
 * The calls that selectors mean: `search` all calls of a step, `search#1` its second one.
 *
 * @returns the calls, and the selectors that fit none.
 * @example
 * selectCalls(fixture.steps, ["search_docs", "model#1"]);
 */
export function selectCalls(
	recorded: readonly FixtureStep[],
	selectors: readonly string[],
): { readonly calls: readonly StepCall[]; readonly unknown: readonly string[] } {
	const unknown: string[] = [];
	const calls = selectors.flatMap((selector) => {
		const [, step = selector, number] = /^(.*)#(\d+)$/.exec(selector) ?? [];
		const fitting = recorded.filter(
			(call) =>
				call.step === selector ||
				(call.step === step && number !== undefined && call.index === Number(number)),
		);
		if (fitting.length === 0) unknown.push(selector);
		return fitting.map(({ step: name, index }) => ({ step: name, index }));
	});
	return { calls, unknown };
}
