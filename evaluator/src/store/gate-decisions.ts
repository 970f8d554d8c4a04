import type { Store } from "@faultline/collector";
import type { PresentedGate } from "../core/present-gate.ts";
import { select } from "./select.ts";

/**
 * Writes what the gate said; a decision at the same millisecond on the same evaluation replaces itself.
 *
 * @example
 * await writeGateDecision(store, presented, Date.now());
 */
export async function writeGateDecision(
	store: Store,
	gate: PresentedGate,
	decidedAtMs: number,
): Promise<void> {
	await store.insert("gate_decisions", [
		{
			eval_id: gate.candidate.eval_id,
			baseline_eval_id: gate.baseline?.eval_id ?? "",
			pipeline: gate.pipeline,
			service_version: gate.candidate.service_version,
			revision: gate.candidate.revision,
			verdict: gate.verdict,
			steps: gate.blame?.steps ?? [],
			decided_at: (decidedAtMs / 1000).toFixed(3),
			body: JSON.stringify(gate),
		},
	]);
}

/**
 * The newest evaluation of a pipeline that passed the gate; null where none did.
 *
 * @param except the candidate, which is not its own baseline.
 * @example
 * await latestPassing(store, "docs-answer", { except: evalId, sinceMs: Date.now() - 30 * 86_400_000 });
 */
export async function latestPassing(
	store: Store,
	pipeline: string,
	{ except, sinceMs }: { readonly except: string; readonly sinceMs: number },
): Promise<string | null> {
	const [row] = await select<{ eval_id: string }>(store, "latest-passing.sql", {
		pipeline,
		except,
		since_ms: sinceMs,
	});
	return row?.eval_id ?? null;
}
