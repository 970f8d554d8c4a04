import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { emitScores } from "../scores/emit-scores.ts";
import { importScores } from "../scores/import-scores.ts";
import { readScoreFile } from "../scores/read-score-file.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { asUsage, EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseTime } from "./parse-selector.ts";

const options = {
	to: {
		type: "string",
		help: "emit: OTLP/HTTP endpoint that takes the scores, such as http://127.0.0.1:4318",
		value: "URL",
	},
	header: { type: "string", multiple: true, help: "emit: header of every request", value: "NAME=VALUE" },
	source: { type: "string", multiple: true, help: "emit: only code, judge or human", value: "SOURCE" },
	scorer: { type: "string", multiple: true, help: "emit: only this scorer", value: "NAME" },
	...selectOptions,
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const scores: Command = {
	name: "scores",
	summary: "import scores from CSV or JSON lines; emit scores and verdicts as OpenTelemetry events",
	positionals: "import FILE… | emit --to URL",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [action, ...rest] = positionals;
		if (action === "import") return importFiles(rest, values, io);
		if (action === "emit" && rest.length === 0) return emit(values, io);
		throw new UsageError(
			action === "emit"
				? `scores emit takes no arguments, got "${rest[0]}"`
				: `${action === undefined ? "scores needs" : `"${action}" is not`} one of import, emit, e.g. scores import ratings.csv`,
		);
	},
};

async function importFiles(files: readonly string[], values: Values, io: Io): Promise<ExitCode> {
	if (files.length === 0)
		throw new UsageError(
			"scores import needs at least one file: CSV with the head trace_id,scorer,value, or JSON lines",
		);
	// All files are read before anything is written: what is wrong in the last keeps the first from being half of it.
	const read = [];
	for (const file of files) {
		const text = await asUsage(readFile(resolve(io.cwd, file), "utf8"));
		read.push({ file, scores: readScoreFile(text, file) });
	}
	await using store = await openDatabase(values, io);
	const counts = { files: 0, scores: 0, runs: 0, unknown_runs: 0 };
	for (const { file, scores: found } of read) {
		const done = await importScores(store, found, file);
		counts.files++;
		counts.scores += done.scores;
		counts.runs += done.runs;
		counts.unknown_runs += done.unknownRuns;
	}
	if (values.json) io.out(JSON.stringify(counts));
	else
		io.out(
			`Imported ${counts.scores} scores of ${counts.runs} runs${counts.unknown_runs > 0 ? `, ${counts.unknown_runs} of which are not stored` : ""}.`,
		);
	return EXIT.done;
}

async function emit(values: Values, io: Io): Promise<ExitCode> {
	const { to, source = [], scorer = [] } = values;
	const url = endpointOf("--to", to);
	for (const name of source)
		if (!["code", "judge", "human"].includes(name))
			throw new UsageError(`--source is "${name}"; give code, judge or human`);
	const now = io.now();
	await using store = await openDatabase(values, io);
	const sent = await emitScores(store, {
		url,
		headers: headersOf(values.header ?? []),
		sinceMs: values.since === undefined ? 0 : parseTime(values.since, now),
		untilMs: values.until === undefined ? now : parseTime(values.until, now),
		sources: source,
		scorers: scorer,
		signal: io.signal,
		onProgress: (count) => io.err(`sent ${count.toLocaleString("en")}`),
		...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
	});
	if (values.json) io.out(JSON.stringify({ scores: sent.scores, verdicts: sent.verdicts }));
	else io.out(`Sent ${sent.scores} scores and ${sent.verdicts} verdicts to ${url}.`);
	return EXIT.done;
}

/** An endpoint that takes scores, as an option names it. */
export function endpointOf(option: string, text: string | undefined): string {
	if (text === undefined || !/^https?:\/\//.test(text) || !URL.canParse(text))
		throw new UsageError(
			`${option} is ${text === undefined ? "missing" : `"${text}"`}; give a URL such as http://127.0.0.1:4318`,
		);
	return text;
}

function headersOf(texts: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		texts.map((text) => {
			const at = text.indexOf("=");
			if (at < 1) throw new UsageError(`--header is "${text}"; give NAME=VALUE`);
			return [text.slice(0, at), text.slice(at + 1)];
		}),
	);
}
