import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { insertLogs, insertTraces, type LogRow, readOtlpFile, type TraceRow } from "@faultline/collector";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { asUsage, EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = { ...storeOptions, ...jsonOption } as const;
const BATCH = 5_000;

export const importFiles: Command = {
	name: "import",
	summary: "read OTLP/JSON lines (plain, gzip, zstd), as the Collector's file exporter writes them",
	positionals: "FILE…",
	options,
	async run(args, io) {
		const { values, positionals: files } = parseOptions(args, options);
		if (files.length === 0) throw new UsageError("import needs at least one file of OTLP/JSON lines");
		const paths = files.map((file) => resolve(io.cwd, file));
		for (const path of paths) await mustBeFile(path);
		await using store = await openDatabase(values, io);
		const counts = { files: 0, spans: 0, logs: 0 };
		for (const path of paths) {
			let spans: TraceRow[] = [];
			let logs: LogRow[] = [];
			const flush = async (): Promise<void> => {
				await insertTraces(store, spans);
				await insertLogs(store, logs);
				counts.spans += spans.length;
				counts.logs += logs.length;
				[spans, logs] = [[], []];
				io.err(`imported ${counts.spans.toLocaleString("en")} spans`);
			};
			for await (const line of readLines(path)) {
				spans.push(...line.spans);
				logs.push(...line.logs);
				if (spans.length + logs.length >= BATCH) await flush();
			}
			if (spans.length + logs.length > 0) await flush();
			counts.files++;
		}
		if (values.json) io.out(JSON.stringify(counts));
		else
			io.out(
				`Imported ${counts.spans} spans and ${counts.logs} log records from ${counts.files} file${counts.files === 1 ? "" : "s"}.`,
			);
		return EXIT.done;
	},
};

/** What is wrong with a file is for the user to mend, and named with its line. */
async function* readLines(path: string): ReturnType<typeof readOtlpFile> {
	const lines = readOtlpFile(path)[Symbol.asyncIterator]();
	for (let line = await asUsage(lines.next()); !line.done; line = await asUsage(lines.next()))
		yield line.value;
}

async function mustBeFile(path: string): Promise<void> {
	const found = await stat(path).catch((cause: unknown) => {
		throw new UsageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
			cause,
		});
	});
	if (!found.isFile()) throw new UsageError(`${path} is no file; give files of OTLP/JSON lines`);
}
