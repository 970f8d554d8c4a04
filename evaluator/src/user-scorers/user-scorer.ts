import { hash } from "node:crypto";
import type { FaultlineConfig } from "../config.ts";
import type { Run, Step } from "../core/trace.ts";
import type { UserScorerConfig } from "../scoring-config.ts";

/** What is known of a scorer of the user's without calling it. All of it can be sent to another thread. */
export interface UserScorer {
	/** Place in the configuration's list. */
	readonly index: number;
	readonly name: string;
	readonly version: string;
	readonly scores: "step" | "run";
	readonly pipelines: readonly string[] | null;
	readonly kinds: readonly string[] | null;
	readonly steps: readonly string[] | null;
	readonly timeoutMs: number;
	readonly sort: "local" | "inherited";
	readonly reads: "measure" | "contract";
	readonly evidence: boolean;
}

const TIMEOUT_MS = 10_000;

/** The settings of a configured scorer: a bare function scores whole runs. */
export const settingsOf = (entry: NonNullable<FaultlineConfig["scorers"]>[number]): UserScorerConfig =>
	typeof entry === "function" ? { name: entry.name, scoreRun: entry } : entry;

/**
 * Describes the configured scorers.
 *
 * @example
 * describeScorers([Levenshtein])[0]; // { name: "Levenshtein", scores: "run", version: "9c1f…", … }
 */
export function describeScorers(entries: FaultlineConfig["scorers"] = []): UserScorer[] {
	return entries.map((entry, index) => {
		const { name, version, scoreStep, scoreRun, expected, ...more } = settingsOf(entry);
		const text = `${scoreStep ?? scoreRun} ${expected ?? ""}`;
		return {
			index,
			name,
			version: version ?? hash("sha256", text).slice(0, 12),
			scores: scoreStep === undefined ? "run" : "step",
			pipelines: more.pipelines ?? null,
			kinds: more.kinds ?? null,
			steps: more.steps ?? null,
			timeoutMs: more.timeoutMs ?? TIMEOUT_MS,
			sort: more.sort ?? "inherited",
			reads: more.reads ?? "measure",
			evidence: more.evidence ?? true,
		};
	});
}

/** One thing to score: a step, or the whole run where the step is null. */
export interface Target {
	readonly scorer: UserScorer;
	readonly step: Step | null;
}

/** Everything in a run that the scorers are for. */
export function targetsOf(run: Run, steps: readonly Step[], scorers: readonly UserScorer[]): Target[] {
	return scorers.flatMap((scorer): Target[] => {
		if (!fits(scorer.pipelines, run.pipeline)) return [];
		if (scorer.scores === "run") return [{ scorer, step: null }];
		return steps
			.filter(({ kind, name }) => fits(scorer.kinds, kind) && fits(scorer.steps, name))
			.map((step) => ({ scorer, step }));
	});
}

const fits = (wanted: readonly string[] | null, value: string): boolean =>
	wanted === null || wanted.includes(value);
