import type { Store } from "@faultline/collector";
import { CONFIG_FILES, findConfig } from "../config.ts";
import { openJudgePass } from "../rubrics/judge-pass.ts";
import { openRubricJudge, type RubricJudge } from "../rubrics/open-rubric-judge.ts";
import type { RunScoring } from "../rubrics/run-scoring.ts";
import type { JudgeConfig } from "../scoring-config.ts";
import { hasJudgeAnswers } from "../store/judge-answers.ts";
import type { TimeRange } from "../store/read-verdicts.ts";
import { openScorerThread, type ScorerThread } from "../user-scorers/open-scorer-thread.ts";
import { userScoring } from "../user-scorers/score-runs.ts";
import { type Io, progressOf, UsageError } from "./io.ts";

/** Options of commands that evaluate. */
export const scoringOptions = {
	judge: {
		type: "boolean",
		help: "ask the configuration's LLM judge where it tells most of where a fault began",
	},
	config: {
		type: "string",
		help: "configuration with scorers and judge (default faultline.config.ts, where there is one)",
		value: "FILE",
	},
} as const;

export interface ScoringValues {
	readonly judge?: boolean | undefined;
	readonly config?: string | undefined;
}

/** Where nobody said how much may be spent, nobody should be surprised. */
const DEFAULT_TOKENS_PER_DAY = 1_000_000;
/** A watching evaluator has other things to do too. */
const WATCH_ASK_MS = 60_000;

/**
 * Opens what the configuration says of scorers and the judge. Null where there is nothing to do: no scorers, no judge asked for, and none of its
 * answers among the runs of the range.
 *
 * @param range in which runs are evaluated.
 * @throws UsageError where `--judge` or `--config` cannot be followed.
 */
export async function openScoring(
	store: Store,
	values: ScoringValues,
	io: Io,
	{ range, watch = false }: { readonly range: TimeRange; readonly watch?: boolean },
): Promise<RunScoring | null> {
	const loaded = await openThread(values, io);
	const thread = loaded !== null && loaded.scorers.length > 0 ? loaded : null;
	const config = loaded?.judge ?? null;
	if (thread === null) await loaded?.[Symbol.asyncDispose]();
	if (values.judge === true && config === null) {
		await thread?.[Symbol.asyncDispose]();
		throw new UsageError(
			"--judge needs a configuration with `judge: { model, … }`; see docs/judge.md, or give --config FILE",
		);
	}
	const judge = values.judge === true && config !== null ? openJudge(store, config, io) : null;
	const shown = (label: string): object => (watch ? {} : { onProgress: progressOf(io, label) });
	// A watching evaluator may see runs that were judged while it watches.
	const answers = judge !== null || watch || (await hasJudgeAnswers(store, range));
	if (thread === null && !answers) return null;
	const pass = answers ? await openJudgePass(store, judge) : null;
	const users =
		thread === null
			? null
			: userScoring({ store, thread, log: io.err, retry: !watch, ...shown("scored runs") });
	return {
		evidence: users?.evidence ?? [],
		score: async (runs) => (await users?.score(runs)) ?? runs,
		recall: async (runs) => (await users?.recall(runs)) ?? runs,
		apply: async (runs, results) => (await pass?.apply(runs, results)) ?? results,
		ask: async (signal = io.signal) => {
			const until = watch ? AbortSignal.any([signal, AbortSignal.timeout(WATCH_ASK_MS)]) : signal;
			return (await pass?.ask({ signal: until, ...shown("asked the judge about runs") })) ?? [];
		},
		get counts() {
			return { scorers: users?.counts ?? new Map(), judge: judge?.counts() ?? null };
		},
		[Symbol.asyncDispose]: async () => await thread?.[Symbol.asyncDispose](),
	};
}

/** What was asked for must work; a configuration that merely lies there must not keep built-in scoring from its work. */
async function openThread(values: ScoringValues, io: Io): Promise<ScorerThread | null> {
	const found = await findConfig(values.config, io.cwd).catch((error: unknown) => {
		if (values.config !== undefined) throw error;
		return null;
	});
	if (found === null) {
		if (values.judge === true)
			throw new UsageError(
				`--judge needs a configuration, and no ${CONFIG_FILES.join(", ")} is in ${io.cwd}`,
			);
		return null;
	}
	try {
		return await openScorerThread({ file: found, folder: io.cwd, log: io.err });
	} catch (error) {
		if (values.config !== undefined || values.judge === true) throw error;
		io.err(`scorers of ${found} are left out: ${error instanceof Error ? error.message : error}`);
		return null;
	}
}

/**
 * What the configuration says of the judge. It is read in a thread of its own, which then ends: the application that it imports is not needed.
 *
 * @throws UsageError where there is none.
 */
export async function readJudgeConfig(
	values: { readonly config?: string | undefined },
	io: Io,
): Promise<JudgeConfig> {
	const file = await findConfig(values.config, io.cwd);
	await using thread = await openScorerThread({ file, folder: io.cwd, log: io.err });
	if (thread.judge === null)
		throw new UsageError(`${file} has no judge; write \`judge: { model, … }\`, see docs/judge.md`);
	return thread.judge;
}

/** The judge, with a bound on what it may cost. */
export function openJudge(store: Store, config: JudgeConfig, io: Io): RubricJudge {
	const bounded =
		config.budget === undefined ? { ...config, budget: { tokensPerDay: DEFAULT_TOKENS_PER_DAY } } : config;
	return openRubricJudge({ store, config: bounded, env: io.env, log: io.err });
}
