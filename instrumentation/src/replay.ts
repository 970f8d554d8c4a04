import { AsyncLocalStorage } from "node:async_hooks";
import type { StepKind } from "./attributes.ts";
import { quietly } from "./quietly.ts";

/** One finished call of a step, as `record` receives it. Values are the application's own objects: do not change them. */
export interface RecordedCall {
	readonly step: string;
	readonly kind: StepKind;
	/** How many calls of this step came before it in the replay. */
	readonly index: number;
	readonly input: readonly unknown[];
	/** The result, or the list of items where the step streams; absent where it failed. */
	readonly output?: unknown;
	readonly error?: unknown;
	readonly pinned: boolean;
}

/**
 * The recorded outputs of a step in the order of its calls, or a function that gives one (or throws one). A hole in the list
 * (`[, second]`) leaves that call to run.
 */
export type Pin = readonly unknown[] | ((input: readonly unknown[], index: number) => unknown);

/** How the steps inside a replay behave. */
export interface ReplayOptions {
	/**
	 * By step name: what its calls return instead of running. A call beyond the end of the list, or at a hole in it, runs.
	 * Calls of `openai` that are in no step of their own go by the names `model` and `embeddings`, in the order in which they
	 * begin; they are pinned to the provider's answer, to recorded messages (`gen_ai.output.messages`) or to a text.
	 */
	readonly pins?: Readonly<Record<string, Pin>>;
	/** By tool: what calls return that nothing else pins, where the tool is not declared `safe`. Safe tools run. */
	readonly unsafeToolPins?: Readonly<Record<string, Pin>>;
	/** Called with every finished call. What it throws is ignored. */
	readonly record?: (call: RecordedCall) => void;
	/** Which fixture and which evaluation this is; written on the run's root span. */
	readonly fixtureId?: string;
	readonly evalId?: string;
	/** Lets tools run that are not declared `safe`; default false. */
	readonly allowUnsafeTools?: boolean;
}

/** A tool that was not declared safe was about to run in a replay. */
export class UnsafeToolInReplayError extends Error {
	override readonly name = "UnsafeToolInReplayError";

	constructor(tool: string) {
		super(
			`tool "${tool}" may have side effects and was not run in a replay; pin its output, or declare it with { safe: true } if running it again does no harm`,
		);
	}
}

interface Replay {
	readonly options: ReplayOptions;
	readonly calls: Map<string, number>;
}

/** What the replay wants of one call: its number, and its output where that is pinned. */
export interface ReplayedCall {
	readonly index: number;
	readonly pin: (() => unknown) | undefined;
	finish(outcome: { output: unknown } | { error: unknown }): void;
}

const storage = new AsyncLocalStorage<Replay>();

/**
 * Runs a function so that the pipeline steps inside it return pinned outputs instead of running, and are recorded. Tools
 * that are neither pinned nor declared safe refuse to run.
 *
 * @example await withReplay({ pins: { search_docs: [goodHits] } }, () => answer(question));
 */
export function withReplay<T>(options: ReplayOptions, run: () => T): T {
	return storage.run({ options, calls: new Map() }, run);
}

/** The options of the replay that is going on, if one is. */
export function activeReplay(): ReplayOptions | undefined {
	return storage.getStore()?.options;
}

/**
 * Asks the replay that is going on about a call.
 *
 * @throws UnsafeToolInReplayError where the call is of a tool that must not run.
 */
export function replayCall(
	{ step, kind, safe }: { step: string; kind: StepKind; safe: boolean },
	input: readonly unknown[],
): ReplayedCall | undefined {
	const replay = storage.getStore();
	if (replay === undefined) return undefined;
	const index = replay.calls.get(step) ?? 0;
	replay.calls.set(step, index + 1);
	const { pins, unsafeToolPins, record, allowUnsafeTools = false } = replay.options;
	const refused = kind === "tool_call" && !safe && !allowUnsafeTools;
	const pin =
		readPin(pinOf(pins, step), input, index) ??
		(refused ? readPin(pinOf(unsafeToolPins, step), input, index) : undefined);
	if (pin === undefined && refused) throw new UnsafeToolInReplayError(step);
	return {
		index,
		pin,
		finish: (outcome) =>
			quietly("the record function of the replay", () =>
				record?.({ step, kind, index, input, pinned: pin !== undefined, ...outcome }),
			),
	};
}

function pinOf(pins: Readonly<Record<string, Pin>> | undefined, step: string): Pin | undefined {
	return pins !== undefined && Object.hasOwn(pins, step) ? pins[step] : undefined;
}

function readPin(
	pin: Pin | undefined,
	input: readonly unknown[],
	index: number,
): (() => unknown) | undefined {
	if (pin === undefined) return undefined;
	if (typeof pin === "function") return () => pin(input, index);
	// A copy, so that a pipeline that changes what it received does not change the recording.
	return Object.hasOwn(pin, index) ? () => structuredClone(pin[index]) : undefined;
}
