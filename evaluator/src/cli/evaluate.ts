import type { VerdictChange } from "../rubrics/judge-pass.ts";
import type { RunScoring } from "../rubrics/run-scoring.ts";
import { emitScores } from "../scores/emit-scores.ts";
import { evaluateStored, type PipelineSummary } from "../store/evaluate-stored.ts";
import type { RunSelector } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { openScoring, scoringOptions } from "./open-scoring.ts";
import { parseTime } from "./parse-selector.ts";
import { presentScoring, renderScoring } from "./render-scoring.ts";
import { endpointOf } from "./scores.ts";
import { serveWatch, watchOptions } from "./watch.ts";

const options = {
	...selectOptions,
	reference: {
		type: "string",
		multiple: true,
		help: "service version of the healthy runs (default: proposed)",
		value: "VERSION",
	},
	watch: { type: "boolean", help: "keep evaluating new runs until interrupted" },
	emit: {
		type: "string",
		help: "send the scores and verdicts as OpenTelemetry events to this OTLP/HTTP endpoint",
		value: "URL",
	},
	...watchOptions,
	...scoringOptions,
	...storeOptions,
	...jsonOption,
} as const;

/** The server's clock may be so much behind ours; what is sent twice has the same trace, span, name and version. */
const CLOCKS_MS = 60_000;

export const evaluate: Command = {
	name: "evaluate",
	summary: "score every step of the stored runs and say where each fault began",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`evaluate takes no arguments, got "${positionals[0]}"`);
		if (values.watch) {
			await serveWatch(values, io);
			return EXIT.done;
		}
		const emitTo = values.emit === undefined ? null : endpointOf("--emit", values.emit);
		const started = io.now();
		await using store = await openDatabase(values, io);
		const selector = selectorOf(values, io);
		const range = { sinceMs: selector.sinceMs ?? 0, untilMs: selector.untilMs ?? io.now() };
		await using scoring = await openScoring(store, values, io, { range });
		const evaluations = await evaluateStored(store, selector, {
			...(values.reference === undefined ? {} : { referenceVersions: values.reference }),
			...(scoring === null
				? {}
				: { before: { scorers: scoring.evidence, know: scoring.score }, after: scoring.apply }),
			onProgress: progressOf(io, "evaluated runs"),
		});
		const changes = (await scoring?.ask()) ?? [];
		if (emitTo !== null) {
			const { scores, verdicts } = await emitScores(store, {
				...range,
				url: emitTo,
				writtenSinceMs: started - CLOCKS_MS,
				signal: io.signal,
				...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
			});
			io.err(`sent ${scores} scores and ${verdicts} verdicts to ${emitTo}`);
		}
		return report(withChanges(evaluations, changes), scoring, values.json === true, io);
	},
};

/** Summaries as they are after the judge has spoken. */
function withChanges(
	pipelines: readonly PipelineSummary[],
	changes: readonly VerdictChange[],
): PipelineSummary[] {
	return pipelines.map((summary) => {
		const verdicts = new Map(Object.entries(summary.verdicts));
		const origins = new Map(Object.entries(summary.origins));
		const add = (counts: Map<string, number>, key: string | null, by: number): void => {
			if (key !== null) counts.set(key, (counts.get(key) ?? 0) + by);
		};
		for (const { before, after } of changes.filter(({ pipeline }) => pipeline === summary.pipeline)) {
			add(verdicts, before.kind, -1);
			add(verdicts, after.kind, 1);
			add(origins, before.origin, -1);
			add(origins, after.origin, 1);
		}
		const left = (counts: ReadonlyMap<string, number>): [string, number][] =>
			[...counts].filter(([, count]) => count > 0);
		return {
			...summary,
			verdicts: Object.fromEntries(left(verdicts)),
			origins: Object.fromEntries(left(origins).sort((a, b) => b[1] - a[1])),
		};
	});
}

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

function report(
	pipelines: readonly PipelineSummary[],
	scoring: Pick<RunScoring, "counts"> | null,
	json: boolean,
	io: Io,
): ExitCode {
	const runs = pipelines.reduce((sum, one) => sum + one.runs, 0);
	const more = scoring === null ? {} : presentScoring(scoring.counts);
	if (json) io.out(JSON.stringify({ runs, pipelines, ...more }));
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
	if (scoring !== null && !json) for (const line of renderScoring(scoring.counts)) io.out(line);
	return runs === 0 ? EXIT.couldNotTell : EXIT.done;
}
