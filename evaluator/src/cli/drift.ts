import type { Store } from "@faultline/collector";
import { type DriftConfig, findConfig, loadConfig } from "../config.ts";
import { compareDrift, type DriftSide } from "../drift/compare-drift.ts";
import { type EmbedTexts, embedder } from "../drift/embed-texts.ts";
import { DAY_MS, watchStored } from "../drift/watch-stored.ts";
import { presentWatch, readDriftDays, writeDriftComparison } from "../store/drift-results.ts";
import { readRuns } from "../store/read-runs.ts";
import { select } from "../store/select.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { onlyOf } from "./eval-behavioural.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { findPageUrl, pageOption, runUrl } from "./page-url.ts";
import { parseSelector, parseTime } from "./parse-selector.ts";
import { renderDriftComparison, renderWatch } from "./render-drift.ts";

const options = {
	baseline: {
		type: "string",
		help: "compare two sets of runs: those from before, service.version=41 or FROM..TO",
		value: "RUNS",
	},
	candidate: { type: "string", help: "and those from after, in the same form", value: "RUNS" },
	every: { type: "string", help: "watch in buckets of this length: 1d (default), 1h, 15m, …", value: "AGE" },
	...selectOptions,
	alpha: {
		type: "string",
		help: "chance of a false alarm until the first one, all streams together (default 0.05)",
		value: "SHARE",
	},
	config: {
		type: "string",
		help: "configuration (default faultline.config.ts, .mjs or .js in this folder, if there is one)",
		value: "FILE",
	},
	seed: { type: "string", help: "seed of a comparison's chance (default 1)", value: "N" },
	...pageOption,
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const drift: Command = {
	name: "drift",
	summary:
		"say whether inputs or responses changed, day by day or between two sets of runs, and in which words",
	positionals: "[--baseline RUNS --candidate RUNS]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`drift takes no arguments, got "${positionals[0]}"`);
		const isComparison = values.baseline !== undefined || values.candidate !== undefined;
		if (isComparison && (values.baseline === undefined || values.candidate === undefined)) {
			throw new UsageError(
				"a comparison needs both --baseline and --candidate, e.g. --baseline 14d..7d --candidate 7d..; without either, drift watches day by day",
			);
		}
		const config = await readDriftConfig(values.config, io);
		const alpha = shareOf(values.alpha, config.alpha ?? 0.05);
		const bucketMs = bucketOf(values.every);
		const seed = Number(values.seed ?? "1");
		if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is "${values.seed}"; give an integer`);
		await using store = await openDatabase(values, io);
		const embed =
			config.embeddings === undefined
				? null
				: embedder(store, config.embeddings, io.env, progressOf(io, "embedded texts"));
		return isComparison
			? await compare(store, values, { embed, seed }, io)
			: await watch(store, values, { embed, alpha, bucketMs }, io);
	},
};

async function readDriftConfig(file: string | undefined, io: Io): Promise<DriftConfig> {
	const path = await findConfig(file, io.cwd).catch((error: unknown) => {
		if (file !== undefined) throw error;
		return null;
	});
	return path === null ? {} : ((await loadConfig(path, io.cwd)).drift ?? {});
}

function shareOf(text: string | undefined, fallback: number): number {
	const alpha = text === undefined ? fallback : Number(text);
	if (alpha > 0 && alpha < 1) return alpha;
	throw new UsageError(`--alpha is "${text}"; give a share between 0 and 1, such as 0.05`);
}

/** Buckets divide a day, or are days, so that they begin at the same times for everybody. */
function bucketOf(text = "1d"): number {
	const ms = /^\d+(\.\d+)?[mhdw]$/.test(text) ? -parseTime(text, 0) : 0;
	if (ms >= 60_000 && (DAY_MS % ms === 0 || ms % DAY_MS === 0)) return ms;
	throw new UsageError(`--every is "${text}"; give whole days, or a part of a day such as 1h or 15m`);
}

/** Runs of a side that are read at most: the newest. */
const MOST_RUNS = 5_000;

async function compare(
	store: Store,
	values: Values,
	{ embed, seed }: { readonly embed: EmbedTexts | null; readonly seed: number },
	io: Io,
): Promise<ExitCode> {
	const range = selectorOf(values, io);
	const side = async (name: "baseline" | "candidate", text: string): Promise<DriftSide> => {
		const selector = { ...range, ...parseSelector(text, io.now()) };
		const runs = await readRuns(store, selector, {
			limit: MOST_RUNS,
			onRead: progressOf(io, `read ${name}`),
		});
		if (runs.length === 0) throw new UsageError(`--${name} ${text} fits no stored run`);
		return { name: text, runs };
	};
	const baseline = await side("baseline", values.baseline ?? "");
	const candidate = await side("candidate", values.candidate ?? "");
	const before = new Set(baseline.runs.map((run) => run.pipeline));
	const shared = [...new Set(candidate.runs.map((run) => run.pipeline))].filter((name) => before.has(name));
	if (shared.length === 0) {
		throw new UsageError("the two sides have no pipeline in common; nothing can be compared");
	}
	const pipeline = onlyOf(shared, values.pipeline);
	const of = ({ name, runs }: DriftSide): DriftSide => ({
		name,
		runs: runs.filter((run) => run.pipeline === pipeline),
	});
	const pageUrl = await findPageUrl(values, io);
	const comparison = await compareDrift(of(baseline), of(candidate), {
		pipeline,
		seed,
		embed,
		pageOf: (traceId) => runUrl(pageUrl, traceId),
		onCompared: progressOf(io, "compared streams"),
	});
	await writeDriftComparison(store, comparison, io.now());
	if (values.json) io.out(JSON.stringify(comparison));
	else io.out(renderDriftComparison(comparison));
	return comparison.streams.every(({ p }) => p === null) ? EXIT.couldNotTell : EXIT.done;
}

async function watch(
	store: Store,
	values: Values,
	settings: { readonly embed: EmbedTexts | null; readonly alpha: number; readonly bucketMs: number },
	io: Io,
): Promise<ExitCode> {
	const now = io.now();
	const { bucketMs, alpha } = settings;
	const sinceMs = values.since === undefined ? now - 28 * bucketMs : parseTime(values.since, now);
	const untilMs = values.until === undefined ? now : parseTime(values.until, now);
	if (sinceMs >= untilMs) throw new UsageError("--since is not before --until; give an earlier time");
	const pipelines = await select<{ pipeline: string }>(store, "pipelines.sql", {
		since_ms: Math.floor(sinceMs),
		until_ms: Math.floor(untilMs),
	});
	const pipeline = onlyOf(
		pipelines.map((row) => row.pipeline),
		values.pipeline,
	);
	const newBuckets = await watchStored(store, {
		...settings,
		pipeline,
		sinceMs,
		nowMs: untilMs,
		onRead: progressOf(io, "read runs"),
		onWatched: progressOf(io, "watched streams"),
	});
	const pageUrl = await findPageUrl(values, io);
	const bucketSeconds = bucketMs / 1000;
	const streams = await readDriftDays(store, { pipeline, bucketSeconds, sinceMs, untilMs });
	const presented = presentWatch(pipeline, streams, { bucketSeconds, alpha, newBuckets }, (traceId) =>
		runUrl(pageUrl, traceId),
	);
	if (values.json) io.out(JSON.stringify(presented));
	else io.out(renderWatch(presented));
	return presented.streams.every(({ days }) => days.every(({ p }) => p === null))
		? EXIT.couldNotTell
		: EXIT.done;
}
