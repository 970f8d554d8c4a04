import type { Question } from "../core/bisect.ts";
import type { Fixture, FixtureStep } from "../core/fixture.ts";
import { callName } from "../core/plan-pins.ts";
import { recordedSteps } from "../core/recorded-steps.ts";
import type { FixtureBisection } from "../fixtures/bisect-fixture.ts";

/** A call that broke, with its version when it was recorded and now. */
export interface PresentedCall {
	readonly step: string;
	readonly index: number;
	readonly kind: string;
	readonly version: { readonly recorded: string; readonly now: string };
}

/** One direction of a bisection. */
export interface PresentedSearch {
	readonly kind: FixtureBisection["result"]["kind"];
	readonly broken: readonly PresentedCall[];
	/** Calls that could not be pinned and stand right before a broken one: the fault may be theirs. */
	readonly suspects: readonly (Pick<PresentedCall, "step" | "index" | "kind"> & { readonly why: string })[];
	readonly replays: { readonly search: number; readonly confirm: number };
	/** The search's replays are at most so many on a deterministic pipeline: ⌈log₂ steps⌉ + 1. */
	readonly bound: number;
	readonly questions: readonly (Omit<Question, "pinned"> & { readonly pinned: readonly string[] })[];
	readonly problems: readonly {
		readonly step: string;
		readonly index: number;
		readonly kind: string;
		readonly text: string;
	}[];
}

/** A bisection in the shape of `bisect --json` (docs/json.md). */
export interface PresentedBisection extends PresentedSearch {
	readonly fixture_id: string;
	readonly pipeline: string;
	readonly direction: FixtureBisection["direction"];
	readonly steps: number;
	/** The run without pins, on which a verified verdict is stored. */
	readonly trace_id: string;
	/** Largest chance that the replays name a wrong step; 0 on a deterministic pipeline. */
	readonly error: number;
	/** One step, confirmed by pinning it alone, and by the other direction where that was asked. */
	readonly verified: boolean;
	/** The other way round: bad outputs into a version that works; null where that was not asked. */
	readonly backwards: PresentedSearch | null;
}

/** A bisection, and the other direction where there is one, in the documented JSON shape. */
export function presentBisection(
	fixture: Fixture,
	forward: FixtureBisection,
	backward: FixtureBisection | null,
	error: number,
): PresentedBisection {
	const now = new Map(
		(forward.unpinned === null ? [] : recordedSteps(forward.unpinned)).map((call) => [
			callName(call),
			call.version,
		]),
	);
	const search = presentSearch(forward, now);
	const backwards = backward === null ? null : presentSearch(backward, now);
	const same = backwards === null || namesOf(backwards) === namesOf(search);
	return {
		fixture_id: fixture.id,
		pipeline: fixture.pipeline,
		direction: forward.direction,
		steps: forward.calls.length,
		trace_id: forward.unpinned?.traceId ?? "",
		error,
		verified:
			forward.direction === "good" &&
			search.kind === "found" &&
			search.broken.length === 1 &&
			search.suspects.length === 0 &&
			same,
		...search,
		backwards,
	};
}

const namesOf = ({ broken }: PresentedSearch): string => broken.map(callName).join();

function presentSearch(
	{ result, broken, suspects, calls, replays, problems }: FixtureBisection,
	now: ReadonlyMap<string, string>,
): PresentedSearch {
	const present = (call: FixtureStep): PresentedCall => ({
		step: call.step,
		index: call.index,
		kind: call.kind,
		version: { recorded: call.version, now: now.get(callName(call)) ?? "" },
	});
	return {
		kind: result.kind,
		broken: broken.map(present),
		suspects: suspects.map(({ step, index, kind, why }) => ({ step, index, kind, why })),
		replays,
		bound: Math.ceil(Math.log2(Math.max(1, calls.length))) + 1,
		questions: result.questions.map((question) => ({
			...question,
			pinned: question.pinned.flatMap((place) => {
				const call = calls[place];
				return call === undefined ? [] : [callName(call)];
			}),
		})),
		problems: problems.map(({ step, index, kind, text }) => ({ step, index, kind, text })),
	};
}
