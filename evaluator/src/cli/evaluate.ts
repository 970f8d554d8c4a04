import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { builtInScorers } from "../scorers/built-in.ts";
import { evaluateRuns } from "../store/evaluate-runs.ts";
import { evaluateStored, type PipelineSummary } from "../store/evaluate-stored.ts";
import { type RunSelector, readRuns } from "../store/read-runs.ts";
import { unjudgedTraces } from "../store/unjudged-traces.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseTime } from "./parse-selector.ts";

const options = {
	...selectOptions,
	reference: {
		type: "string",
		multiple: true,
		help: "service version of the healthy runs (default: proposed)",
		value: "VERSION",
	},
	watch: { type: "boolean", help: "keep evaluating new runs until interrupted" },
	...storeOptions,
	...jsonOption,
} as const;

/** How often a watching evaluator looks, and how long a run must have been quiet before it is judged. */
const LOOK_MS = 3_000;
const SETTLE_MS = 5_000;
/** How far back a watching evaluator looks for runs to compare with, and for late ones. */
const WINDOW_MS = 24 * 3_600_000;
const WATCH_RUNS = 5_000;

export const evaluate: Command = {
	name: "evaluate",
	summary: "score every step of the stored runs and say where each fault began",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`evaluate takes no arguments, got "${positionals[0]}"`);
		await using store = await openDatabase(values, io);
		if (values.watch) {
			await watchRuns(store, io);
			return EXIT.done;
		}
		const evaluations = await evaluateStored(store, selectorOf(values, io), {
			...(values.reference === undefined ? {} : { referenceVersions: values.reference }),
			onProgress: progressOf(io, "evaluated runs"),
		});
		return report(evaluations, values.json === true, io);
	},
};

/** The common options as a selector. */
export function selectorOf(
	values: {
		readonly since?: string | undefined;
		readonly until?: string | undefined;
		readonly pipeline?: string | undefined;
	},
	io: Io,
): RunSelector {
	const now = io.now();
	return {
		...(values.since === undefined ? {} : { sinceMs: parseTime(values.since, now) }),
		...(values.until === undefined ? {} : { untilMs: parseTime(values.until, now) }),
		...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
	};
}

/** Evaluates runs as they settle, until the signal aborts. A failing round is reported and tried again. */
export async function watchRuns(store: Store, io: Io): Promise<void> {
	while (!io.signal.aborted) {
		try {
			const until = io.now() - SETTLE_MS;
			const fresh = new Set(await unjudgedTraces(store, until - WINDOW_MS, until));
			if (fresh.size > 0) {
				const range = { sinceMs: until - WINDOW_MS, untilMs: until };
				const late = await readRuns(store, { ...range, traceIds: [...fresh] });
				// The newest other runs are what the fresh ones are compared with.
				const others = await readRuns(store, range, { limit: WATCH_RUNS });
				const runs = [...late, ...others.filter((run) => !fresh.has(run.traceId))];
				await evaluateRuns(store, runs, { scorers: builtInScorers }, (traceId) => fresh.has(traceId));
				io.err(`evaluated ${fresh.size} new runs`);
			}
		} catch (error) {
			if (io.signal.aborted) return;
			io.err(
				`evaluation failed and will be tried again: ${error instanceof Error ? error.message : String(error)}`,
			);
		}
		await sleep(LOOK_MS, undefined, { signal: io.signal }).catch(() => {});
	}
}

function report(pipelines: readonly PipelineSummary[], json: boolean, io: Io): ExitCode {
	const runs = pipelines.reduce((sum, one) => sum + one.runs, 0);
	if (json) io.out(JSON.stringify({ runs, pipelines }));
	else if (runs === 0) io.out("No runs are stored in this range; send some, or `faultline import FILE`.");
	for (const one of json ? [] : pipelines) {
		const unread = one.runs - one.scored;
		io.out(
			`${one.pipeline}: ${one.runs} runs, ${one.scores} scores${unread > 0 ? ` of ${one.scored} of them (the others passed)` : ""}; healthy: ${one.reference}`,
		);
		io.out(
			`  ${Object.entries(one.verdicts)
				.map(([kind, count]) => `${kind} ${count}`)
				.join(", ")}`,
		);
		for (const [step, count] of Object.entries(one.origins)) io.out(`  began in ${step}: ${count}`);
	}
	return runs === 0 ? EXIT.couldNotTell : EXIT.done;
}
