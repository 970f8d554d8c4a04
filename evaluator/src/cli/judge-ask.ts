import { askJudge } from "../rubrics/ask-judge.ts";
import type { RubricJudge } from "../rubrics/open-rubric-judge.ts";
import { readRuns } from "../store/read-runs.ts";
import { select } from "../store/select.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { openJudge, readJudgeConfig } from "./open-scoring.ts";
import { parseTime } from "./parse-selector.ts";
import { presentScoring, renderScoring } from "./render-scoring.ts";

/** Options of `judge ask` alone. */
export const askOptions = {
	rubric: {
		type: "string",
		multiple: true,
		help: "judge ask: rubric to ask with (default end-to-end)",
		value: "NAME",
	},
	sampled: { type: "boolean", help: "judge ask: only runs that eval behavioural has drawn" },
	config: { type: "string", help: "judge ask: configuration with the judge", value: "FILE" },
} as const;

export interface AskValues {
	readonly rubric?: readonly string[] | undefined;
	readonly sampled?: boolean | undefined;
	readonly config?: string | undefined;
	readonly since?: string | undefined;
	readonly until?: string | undefined;
	readonly pipeline?: string | undefined;
	readonly url?: string | undefined;
	readonly "data-dir"?: string | undefined;
	readonly json?: boolean | undefined;
}

const BATCH = 50;
const DEFAULT_SINCE = "7d";

/**
 * `faultline judge ask`: the judge is asked about every run of a time range, or every drawn one, and not where it tells most: what rates are
 * estimated from must not be chosen by what is found.
 */
export async function judgeAsk(values: AskValues, io: Io): Promise<ExitCode> {
	const now = io.now();
	const range = {
		sinceMs: parseTime(values.since ?? DEFAULT_SINCE, now),
		untilMs: values.until === undefined ? now : parseTime(values.until, now),
	};
	const config = await readJudgeConfig(values, io);
	await using store = await openDatabase(values, io);
	const judge = openJudge(store, config, io);
	const rubrics = values.rubric ?? ["end-to-end"];
	for (const name of rubrics) mustBeRubric(judge, name);
	const rows = await select<{ trace_id: string }>(store, "judge-candidates.sql", {
		since_ms: range.sinceMs,
		until_ms: range.untilMs,
		pipeline: values.pipeline ?? "",
		sampled: values.sampled === true,
	});
	const progress = progressOf(io, "asked about runs");
	let done = 0;
	for (let at = 0; at < rows.length && !io.signal.aborted && !isSpent(judge); at += BATCH) {
		const traceIds = rows.slice(at, at + BATCH).map(({ trace_id }) => trace_id);
		const runs = await readRuns(store, { ...range, traceIds });
		await Promise.all(runs.map((run) => askJudge(store, judge, run, { rubrics })));
		done += runs.length;
		progress(done, rows.length);
	}
	const counts = { scorers: new Map(), judge: judge.counts() };
	if (values.json) io.out(JSON.stringify({ runs: rows.length, asked: done, ...presentScoring(counts) }));
	else {
		io.out(`${done} of ${rows.length} runs: ${rubrics.join(", ")}`);
		for (const line of renderScoring(counts)) io.out(line);
	}
	return counts.judge.judged > 0 ? EXIT.done : EXIT.couldNotTell;
}

const isSpent = (judge: RubricJudge): boolean => {
	const { bound } = judge.counts();
	return bound !== null && bound !== "tokensPerRun";
};

function mustBeRubric({ rubrics }: RubricJudge, name: string): void {
	if (!rubrics.some((rubric) => rubric.name === name))
		throw new UsageError(
			`there is no rubric "${name}"; there are ${rubrics.map((rubric) => rubric.name).join(", ")}`,
		);
}
