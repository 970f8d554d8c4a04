import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import {
	countExport,
	type ExportOptions,
	type ExportPlace,
	exportPages,
	type Store,
} from "@faultline/collector";
import { timeRange } from "../store/read-runs.ts";
import { type Command, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { asUsage, EXIT, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = {
	output: {
		type: "string",
		help: "file to write; .gz and .zst are compressed (default: standard output). The same command goes on with one that was cut short",
		value: "FILE",
	},
	...selectOptions,
	...storeOptions,
} as const;

export const exportSpans: Command = {
	name: "export",
	summary: "write stored spans as OTLP/JSON lines",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0)
			throw new UsageError(`export takes no arguments, got "${positionals[0]}"; give --output FILE`);
		await using store = await openDatabase(values, io);
		const selector = selectorOf(values, io);
		const range = await timeRange(store, selector);
		if (range === null) throw new UsageError("no runs are stored in this range; there is nothing to export");
		const selection = {
			since: new Date(range.sinceMs),
			until: new Date(range.untilMs),
			...(selector.pipeline === undefined ? {} : { pipeline: selector.pipeline }),
		};
		if (values.output === undefined) {
			for await (const { lines } of exportPages(store, selection)) for (const line of lines) io.out(line);
			return EXIT.done;
		}
		const asked = JSON.stringify([
			values.since,
			values.until,
			values.pipeline,
			values.url,
			values["data-dir"],
		]);
		await exportToFile(store, { file: resolve(io.cwd, values.output), selection, asked }, io);
		io.err(`wrote ${values.output}`);
		return EXIT.done;
	},
};

/** How far an export to a file has come. */
interface ExportState {
	/** The options that it was asked for with: with others it is another export. */
	readonly asked: string;
	readonly sinceMs: number;
	readonly untilMs: number;
	/** Bytes of the file that are whole pages. */
	readonly bytes: number;
	readonly traces: number;
	readonly place: ExportPlace;
}

/**
 * Writes to `FILE.part`, notes down after every page how far it is, and renames the file when it is whole. A page is a gzip member or a
 * zstd frame of its own: one after another they are one file.
 */
async function exportToFile(
	store: Store,
	{
		file,
		selection,
		asked,
	}: { file: string; selection: ExportOptions & { since: Date; until: Date }; asked: string },
	io: Io,
): Promise<void> {
	const [part, stateFile] = [`${file}.part`, `${file}.part.json`];
	const state = await readState(stateFile, asked, part);
	// The same runs as at the start, also where "until now" was later by now.
	const range =
		state === undefined
			? selection
			: { ...selection, since: new Date(state.sinceMs), until: new Date(state.untilMs) };
	const total = await countExport(store, range);
	const progress = progressOf(io, "runs exported:");
	const handle = await openPart(part, state?.bytes ?? 0);
	try {
		let [bytes, traces] = [state?.bytes ?? 0, state?.traces ?? 0];
		if (state !== undefined)
			io.err(`going on after ${traces.toLocaleString("en")} runs that were exported before`);
		for await (const { lines, place } of exportPages(store, {
			...range,
			...(state === undefined ? {} : { after: state.place }),
		})) {
			const page = await compress(file, Buffer.from(lines.map((line) => `${line}\n`).join("")));
			await handle.writeFile(page);
			bytes += page.length;
			traces += lines.length;
			const { since, until } = range;
			const now: ExportState = {
				asked,
				sinceMs: since.getTime(),
				untilMs: until.getTime(),
				bytes,
				traces,
				place,
			};
			await writeFile(`${stateFile}.new`, JSON.stringify(now));
			await rename(`${stateFile}.new`, stateFile);
			progress(traces, Math.max(total, traces));
			if (io.signal.aborted)
				throw new UsageError(`interrupted after ${traces} runs; the same command goes on from there`);
		}
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(part, file);
	await rm(stateFile, { force: true });
}

const gzipAsync = promisify<Buffer, Buffer>(gzip);

async function compress(file: string, page: Buffer): Promise<Buffer> {
	if (file.endsWith(".gz")) return await gzipAsync(page);
	return file.endsWith(".zst") ? await promisify<Buffer, Buffer>(zstdCompress)(page) : page;
}

async function readState(file: string, asked: string, part: string): Promise<ExportState | undefined> {
	try {
		const state = JSON.parse(await readFile(file, "utf8")) as ExportState;
		return state.asked === asked && (await stat(part)).size >= state.bytes ? state : undefined;
	} catch {
		return undefined;
	}
}

/** The file that is being written, cut to its whole pages; what follows them is half a page. */
async function openPart(part: string, bytes: number): Promise<FileHandle> {
	const handle = await asUsage(open(part, bytes === 0 ? "w" : "r+"));
	try {
		await handle.truncate(bytes);
		// A handle opened for reading and writing begins at its start.
		const writer = bytes === 0 ? handle : await asUsage(open(part, "a"));
		if (writer !== handle) await handle.close();
		return writer;
	} catch (error) {
		await handle.close().catch(() => undefined);
		throw error;
	}
}
