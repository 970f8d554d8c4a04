import type { Store } from "@faultline/collector";
import type { PresentedGate } from "../core/present-gate.ts";
import type { TimeRange } from "./read-verdicts.ts";
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

/** What a list shows of a decision. */
export interface GateHead {
	readonly evalId: string;
	readonly baselineEvalId: string;
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly revision: string;
	readonly verdict: PresentedGate["verdict"];
	/** Components to look at. */
	readonly steps: readonly string[];
	readonly decidedMs: number;
	/** One sentence. */
	readonly summary: string;
}

/**
 * Decisions of a time range, the newest first; an empty pipeline or evaluation fits all.
 *
 * @example
 * await listGateDecisions(store, range, { pipeline: "docs-answer", limit: 100 });
 */
export async function listGateDecisions(
	store: Store,
	range: TimeRange,
	{
		pipeline = "",
		evalId = "",
		limit,
	}: { readonly pipeline?: string; readonly evalId?: string; readonly limit: number },
): Promise<readonly GateHead[]> {
	const rows = await select<{
		eval_id: string;
		baseline_eval_id: string;
		pipeline: string;
		service_version: string;
		revision: string;
		verdict: PresentedGate["verdict"];
		steps: string[];
		decided_ms: string;
		summary: string;
	}>(store, "gate-decisions.sql", {
		since_ms: range.sinceMs,
		until_ms: range.untilMs,
		pipeline,
		eval_id: evalId,
		limit,
	});
	return rows.map((row) => ({
		evalId: row.eval_id,
		baselineEvalId: row.baseline_eval_id,
		pipeline: row.pipeline,
		serviceVersion: row.service_version,
		revision: row.revision,
		verdict: row.verdict,
		steps: row.steps,
		decidedMs: Number(row.decided_ms),
		summary: row.summary,
	}));
}

/** The whole decision about an evaluation at a moment (milliseconds since the epoch); null where there is none. */
export async function readGateDecision(
	store: Store,
	evalId: string,
	decidedMs: number,
): Promise<PresentedGate | null> {
	const [row] = await select<{ body: string }>(store, "gate-decision.sql", {
		eval_id: evalId,
		decided_ms: decidedMs,
	});
	return row === undefined ? null : (JSON.parse(row.body) as PresentedGate);
}
