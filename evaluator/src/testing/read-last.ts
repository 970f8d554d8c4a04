import type { Reference } from "../core/reference.ts";
import type { Scorer } from "../core/score.ts";
import { makeRun, type RunSpec, type StepSpec, viewsOf } from "./make-run.ts";

/** What a scorer says of the last step of a run: undefined for nothing at all, null where it could not tell. */
export function readLast(
	scorer: Scorer,
	steps: readonly StepSpec[],
	{ reference = null, ...run }: Omit<RunSpec, "steps"> & { readonly reference?: Reference | null } = {},
): { readonly value: number | null | undefined; readonly text: string } {
	const last = viewsOf(makeRun({ ...run, steps }), reference).at(-1);
	const found = last === undefined ? null : scorer.read(last);
	return found ?? { value: undefined, text: "" };
}
