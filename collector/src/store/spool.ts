import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { InsertOptions } from "./store.ts";

/**
 * Files that large inserts go through: the engine reads Native blocks only from a file. A file that is still there when the directory is
 * opened is an insert that was cut short by the end of the process, perhaps in the base table and not yet in its views; it is finished then.
 */
export interface Spool {
	/** Resolves when the rows are in the table and in everything that follows from it. */
	insert(table: string, blocks: readonly Uint8Array[], options?: InsertOptions): Promise<void>;
}

/** What identifies a row of these tables. A table that is not here has its rows inserted as they are. */
const KEYS: Readonly<Record<string, string>> = {
	otel_traces: "(TraceId, SpanId, Timestamp, SpanName)",
	otel_logs: "(TraceId, SpanId, Timestamp, Body)",
};

/**
 * - Indexes of new parts are built by the merge that soon follows, and not for every small part by itself.
 * - One thread reads the file as one block, so that an insert makes one part per day; the views work beside each other.
 * - Rows that replace others do so when they are merged or read with FINAL; looking for them here costs a copy of every row.
 */
const INSERT_SETTINGS = [
	"materialize_skip_indexes_on_insert = 0",
	"max_threads = 1",
	"max_insert_threads = 1",
	"min_insert_block_size_rows = 1000000",
	"min_insert_block_size_bytes = 536870912",
	"parallel_view_processing = 1",
	"optimize_on_insert = 0",
].join(", ");

/** `001795600072256-000001.otel_traces.native`: in the order in which they were written. */
const FILE_NAME = /^\d{15}-\d{6}\.([A-Za-z_][A-Za-z0-9_.]*)\.native$/;

/**
 * Opens the folder, and finishes what another process left in it.
 * @param run runs a statement of its own connection and returns its result as text.
 */
export async function openSpool(folder: string, run: (statement: string) => Promise<string>): Promise<Spool> {
	await mkdir(folder, { recursive: true });
	for (const name of (await readdir(folder)).sort()) {
		const file = path.join(folder, name);
		const table = FILE_NAME.exec(name)?.[1];
		if (name.endsWith(".part")) await rm(file);
		else if (table !== undefined) await finish(file, table, run);
	}
	let number = 0;
	return {
		insert: async (table, blocks, { again = false } = {}) => {
			if (blocks.length === 0) return;
			const order = `${String(Date.now()).padStart(15, "0")}-${String(number++ % 1_000_000).padStart(6, "0")}`;
			const file = path.join(folder, `${order}.${table}.native`);
			await writeWhole(file, blocks);
			try {
				if (again) await takeOut(file, table, run);
				await run(insertStatement(table, file));
			} catch (cause) {
				// Rows that are in the base table by now stay there: deleting them could take some that were acknowledged before.
				throw explainInsertError(cause);
			} finally {
				await rm(file, { force: true });
			}
		},
	};
}

/** Under its own name only when it is whole. */
async function writeWhole(file: string, blocks: readonly Uint8Array[]): Promise<void> {
	const part = `${file}.part`;
	let handle: FileHandle | undefined;
	try {
		handle = await open(part, "wx", 0o600);
		await writeAll(handle, blocks);
		await handle.close();
		handle = undefined;
		await rename(part, file);
	} catch (cause) {
		await handle?.close().catch(() => undefined);
		await rm(part, { force: true }).catch(() => undefined);
		throw new Error(`${part} cannot be written: ${explainFileError(cause)}`, { cause });
	}
}

/** As many buffers as one system call takes on every platform. */
const BUFFERS_AT_ONCE = 512;

/** A write that comes up against the end of the disk may write a part and report no error: what is left is written until one comes. */
async function writeAll(handle: FileHandle, blocks: readonly Uint8Array[]): Promise<void> {
	for (let from = 0; from < blocks.length; from += BUFFERS_AT_ONCE) {
		const some = blocks.slice(from, from + BUFFERS_AT_ONCE);
		const size = some.reduce((sum, block) => sum + block.length, 0);
		let written = (await handle.writev(some)).bytesWritten;
		if (written === size) continue;
		const whole = Buffer.concat(some);
		while (written < size) written += (await handle.write(whole, written)).bytesWritten;
	}
}

const FULL = "the disk is full: make room, or lower the tables' TTL (docs/collector.md)";

/** What a file system's error means for the database directory, and what to do. */
export function explainFileError(cause: unknown): string {
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	switch (code) {
		case "ENOSPC":
		case "EDQUOT":
			return FULL;
		case "EROFS":
		case "EACCES":
		case "EPERM":
			return "it is read-only for this user: make it writable, or choose another one with --data-dir";
		default:
			return cause instanceof Error ? cause.message : String(cause);
	}
}

/** The engine's words for the same. */
function explainInsertError(cause: unknown): Error {
	const reason = cause instanceof Error ? cause.message : String(cause);
	const full = /NOT_ENOUGH_SPACE|No space left on device/.test(reason);
	return new Error(full ? `${FULL} (${reason})` : reason, { cause });
}

function insertStatement(table: string, file: string): string {
	return `INSERT INTO ${table} (*) SETTINGS ${INSERT_SETTINGS} SELECT * FROM ${fileFunction(file)}`;
}

function fileFunction(file: string): string {
	return `file('${file.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}', 'Native')`;
}

/** Deletes the rows of a file from its table. */
async function takeOut(
	file: string,
	table: string,
	run: (statement: string) => Promise<string>,
): Promise<void> {
	const key = KEYS[table];
	if (key === undefined) return;
	const rows = fileFunction(file);
	const present = `Timestamp >= (SELECT min(Timestamp) FROM ${rows}) AND Timestamp <= (SELECT max(Timestamp) FROM ${rows}) AND ${key} IN (SELECT ${key} FROM ${rows})`;
	if (Number(await run(`SELECT count() FROM ${table} WHERE ${present}`)) > 0)
		await run(`DELETE FROM ${table} WHERE ${present}`);
}

/**
 * Rows that are already in the table are taken out first and the file is inserted whole, so that the views see all of it and nothing is
 * there twice. May itself be cut short and be done again.
 */
async function finish(
	file: string,
	table: string,
	run: (statement: string) => Promise<string>,
): Promise<void> {
	try {
		await takeOut(file, table, run);
		await run(insertStatement(table, file));
		await rm(file);
	} catch (cause) {
		const reason = explainInsertError(cause).message;
		// A later start may have the room that this one lacks.
		if (reason.startsWith(FULL)) throw new Error(`${file} cannot be finished: ${reason}`, { cause });
		await rename(file, `${file}.unreadable`);
		process.emitWarning(
			`${file}, an insert that was cut short and never acknowledged, could not be finished and was renamed to end in .unreadable: ${reason}`,
		);
	}
}
