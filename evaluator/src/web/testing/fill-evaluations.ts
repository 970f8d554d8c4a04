import type { Store } from "@faultline/collector";
import { countCases } from "../../core/evaluation.ts";
import { decideGate } from "../../core/gate.ts";
import { completePolicy } from "../../core/gate-policy.ts";
import { presentGate } from "../../core/present-gate.ts";
import { writeEvalCases, writeEvalRun } from "../../store/evaluations.ts";
import { writeGateDecision } from "../../store/gate-decisions.ts";
import { makeEvaluation } from "../../testing/make-evaluation.ts";

/** A baseline in which all pass, a candidate in which every fifth fails, and what the gate says of it at `now`. */
export async function fillEvaluations(store: Store, now: number): Promise<void> {
	const cells = (every: number): boolean[][] =>
		Array.from({ length: 100 }, (_, at) => [every === 0 || at % every !== 0]);
	const baseline = makeEvaluation(cells(0), {
		evalId: "baseline",
		serviceVersion: "1",
		startedAt: now - 3_600_000,
	});
	const candidate = makeEvaluation(cells(5), { evalId: "candidate", startedAt: now - 1000 });
	for (const { run, cases } of [baseline, candidate]) {
		await writeEvalRun(store, run, countCases(run, cases));
		// Their traces are not stored, so that nothing may link to them.
		await writeEvalCases(
			store,
			run.evalId,
			cases.map((one) => ({ ...one, traceId: "" })),
		);
	}
	const decision = decideGate(candidate, baseline, completePolicy(), { now, sizes: false });
	await writeGateDecision(store, presentGate(decision, null), now);
}
