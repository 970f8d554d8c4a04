import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ImportProgress, type ImportState, importOtlpFile, type Store } from "@faultline/collector";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { asUsage, EXIT, type Io, UsageError } from "./io.ts";
import { dataDirOf, openDatabase } from "./open-database.ts";

const options = {
	restart: {
		type: "boolean",
		help: "read files from their beginning, also where an earlier import was cut short",
	},
	...storeOptions,
	...jsonOption,
} as const;

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
		const folder = join(dataDirOf(values, io), "imports");
		for (const path of paths) {
			const target = values.url ?? "";
			const name = createHash("sha256").update(`${path}\n${target}`).digest("hex").slice(0, 16);
			const stateFile = join(folder, `${name}.json`);
			if (values.restart === true) await rm(stateFile, { force: true });
			const done = await importFile(store, path, stateFile, io);
			counts.spans += done.spans;
			counts.logs += done.logs;
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

/**
 * What is wrong with a file is for the user to mend, and named with its line; how far the import came is noted down after every batch, so
 * that the same command goes on from there.
 */
async function importFile(
	store: Store,
	path: string,
	stateFile: string,
	io: Io,
): Promise<{ spans: number; logs: number }> {
	const resume = await readState(stateFile);
	if (resume !== undefined)
		io.err(
			`an earlier import of ${path} was cut short after line ${resume.line.toLocaleString("en")}; going on from there where the file still begins as it did (--restart reads it from its beginning)`,
		);
	const progress = importOtlpFile(store, path, resume === undefined ? {} : { resume });
	const report = reporter(path, io, (resume?.spans ?? 0) + (resume?.logs ?? 0));
	let last: ImportProgress | undefined;
	for (;;) {
		const next = await asUsage(progress.next());
		if (next.done === true) break;
		last = next.value;
		const { line, prefix, spans, logs } = last;
		await writeState(stateFile, { line, prefix, spans, logs });
		report(last);
		if (io.signal.aborted)
			throw new UsageError(
				`interrupted after line ${line.toLocaleString("en")} of ${path}; the same command goes on from there`,
			);
	}
	await rm(stateFile, { force: true });
	return last ?? { spans: resume?.spans ?? 0, logs: resume?.logs ?? 0 };
}

/** @param before what an earlier import had stored; it does not count for the rate. */
function reporter(path: string, io: Io, before: number): (progress: ImportProgress) => void {
	const started = io.now();
	return ({ spans, logs, bytesRead, bytes }) => {
		const seconds = (io.now() - started) / 1000;
		const rate =
			seconds > 0 ? `, ${Math.round((spans + logs - before) / seconds).toLocaleString("en")} a second` : "";
		const share = bytes === 0 ? 100 : Math.floor((bytesRead / bytes) * 100);
		io.err(
			`${path}: ${share} %, ${spans.toLocaleString("en")} spans and ${logs.toLocaleString("en")} log records${rate}`,
		);
	};
}

async function readState(file: string): Promise<ImportState | undefined> {
	try {
		const state = JSON.parse(await readFile(file, "utf8")) as Partial<ImportState>;
		const { line, prefix, spans, logs } = state;
		return line === undefined || prefix === undefined || spans === undefined || logs === undefined
			? undefined
			: { line, prefix, spans, logs };
	} catch {
		return undefined;
	}
}

async function writeState(file: string, state: ImportState): Promise<void> {
	await mkdir(join(file, ".."), { recursive: true });
	await writeFile(`${file}.part`, JSON.stringify(state));
	await rename(`${file}.part`, file);
}

async function mustBeFile(path: string): Promise<void> {
	const found = await stat(path).catch((cause: unknown) => {
		throw new UsageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
			cause,
		});
	});
	if (!found.isFile()) throw new UsageError(`${path} is no file; give files of OTLP/JSON lines`);
}
