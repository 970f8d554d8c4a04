import { createHash, type Hash } from "node:crypto";
import { stat } from "node:fs/promises";
import { insertLogs, insertTraces } from "../insert-rows.ts";
import type { RowBlock } from "../native/trace-columns.ts";
import { type Decoder, makeDecoder } from "../receiver/make-decoder.ts";
import type { Store } from "../store/store.ts";
import { type LineChunk, readChunks, readOtlpFile, tryParse } from "./read-otlp-file.ts";

/** How far an import has come: all lines up to this one are stored. */
export interface ImportState {
	readonly line: number;
	/** SHA-256 of those lines, hex: tells whether the file still begins with them. */
	readonly prefix: string;
	readonly spans: number;
	readonly logs: number;
}

export interface ImportProgress extends ImportState {
	/** Of the file as it is on the disk. */
	readonly bytesRead: number;
	readonly bytes: number;
}

export interface ImportOptions {
	/** Goes on after an import that was cut short. Where the file begins otherwise than then, it is read from its beginning. */
	readonly resume?: ImportState;
	/** Rows of one insert; default 100,000. */
	readonly batchRows?: number;
}

/** Lines are decoded in chunks of this size, and inserted when they have come to about so many bytes, or rows. */
const CHUNK_BYTES = 2 * 1024 * 1024;
const BATCH_BYTES = 48 * 1024 * 1024;
/** A chunk is never so large that it alone makes a batch much larger than wanted. */
const CHUNK_BYTES_PER_ROW = 500;
/** Chunks in the hands of the decoding thread. */
const AHEAD = 3;

/**
 * Stores a file of OTLP/JSON lines (see `readOtlpFile` for what it takes) at full speed: lines are decoded in a thread of their own while
 * the engine inserts what came before. Yields when a batch is stored; what is yielded last can be given as `resume` to a later import of
 * the same file, which then stores every line once, also where this process was killed in the middle of a batch.
 * Throws with `file:line` where a line is no OTLP/JSON; what was decoded before it (all but some of the last 2 MiB) is stored, and yielded.
 * @example for await (const { spans } of importOtlpFile(store, "runs.jsonl.zst")) console.error(spans);
 */
export async function* importOtlpFile(
	store: Store,
	file: string,
	{ resume, batchRows = 100_000 }: ImportOptions = {},
): AsyncGenerator<ImportProgress> {
	const bytes = (await stat(file)).size;
	const first = await firstLine(file);
	if (first !== undefined && tryParse(first) instanceof SyntaxError) {
		yield* importDocument(store, file, bytes);
		return;
	}
	const decoder = makeDecoder();
	try {
		const skip = resume !== undefined && (await beginsWith(file, resume)) ? resume : undefined;
		yield* importLines(store, decoder, { file, bytes, skip, batchRows });
	} finally {
		await decoder.close();
	}
}

/** The first line that is not empty, as far as it fits into a chunk; undefined where the file is longer than that without one. */
async function firstLine(file: string): Promise<string | undefined> {
	for await (const { text } of readChunks(file, 1, () => undefined)) {
		const line = text
			.toString()
			.replace(/^\uFEFF/, "")
			.split("\n")
			.find((each) => each.trim() !== "");
		if (line !== undefined) return line;
	}
	return undefined;
}

/** A file that is one document over many lines. */
async function* importDocument(store: Store, file: string, bytes: number): AsyncGenerator<ImportProgress> {
	const counts = { spans: 0, logs: 0 };
	for await (const { spans, logs } of readOtlpFile(file)) {
		await insertTraces(store, spans);
		await insertLogs(store, logs);
		counts.spans += spans.length;
		counts.logs += logs.length;
	}
	yield { ...counts, line: 0, prefix: "", bytesRead: bytes, bytes };
}

async function beginsWith(file: string, { line, prefix }: ImportState): Promise<boolean> {
	const hash = createHash("sha256");
	for await (const chunk of readChunks(file, CHUNK_BYTES, () => undefined)) {
		const { text, last } = cutAfter(chunk, line);
		hash.update(text);
		if (last >= line) return hash.digest("hex") === prefix;
	}
	return false;
}

/** A chunk's lines up to this one. */
function cutAfter(
	{ text, firstLine: first, lines }: LineChunk,
	line: number,
): { text: Buffer; last: number } {
	if (first + lines - 1 <= line) return { text, last: first + lines - 1 };
	let end = 0;
	for (let count = first; count <= line; count++) end = text.indexOf(0x0a, end) + 1;
	return { text: text.subarray(0, end), last: line };
}

interface Batch {
	readonly spans: RowBlock[];
	readonly logs: RowBlock[];
	rows: number;
	bytes: number;
	line: number;
	hash: Hash;
	bytesRead: number;
}

interface Decoding {
	readonly blocks: Promise<Awaited<ReturnType<Decoder["decodeLines"]>>>;
	readonly line: number;
	readonly hash: Hash;
	readonly bytesRead: number;
}

async function* importLines(
	store: Store,
	decoder: Decoder,
	options: {
		readonly file: string;
		readonly bytes: number;
		readonly skip: ImportState | undefined;
		readonly batchRows: number;
	},
): AsyncGenerator<ImportProgress> {
	const { file, bytes, skip, batchRows } = options;
	let [spans, logs] = [skip?.spans ?? 0, skip?.logs ?? 0];
	// The batch after the last that was noted down may be there already, in part or whole.
	let again = skip !== undefined;
	let inserting: Promise<Batch> | undefined;
	const finish = async (): Promise<ImportProgress | undefined> => {
		const done = await inserting;
		inserting = undefined;
		if (done === undefined) return undefined;
		spans += countRows(done.spans);
		logs += countRows(done.logs);
		return {
			line: done.line,
			prefix: done.hash.digest("hex"),
			spans,
			logs,
			bytesRead: done.bytesRead,
			bytes,
		};
	};
	const start = (batch: Batch): void => {
		inserting = insertBatch(store, batch, again);
		// It is awaited later, perhaps after an error of the reader.
		inserting.catch(() => undefined);
		again = false;
	};
	let failure: { readonly error: unknown } | undefined;
	const batches = decodeBatches(decoder, { file, after: skip?.line ?? 0, batchRows });
	for (;;) {
		const next = await batches.next().catch((error: unknown) => {
			failure = { error };
			return undefined;
		});
		const progress = await finish();
		if (progress !== undefined) yield progress;
		if (next === undefined || next.done === true) break;
		start(next.value);
	}
	if (failure !== undefined) throw failure.error;
	if (spans + logs === 0 && skip === undefined && (await firstLine(file)) === undefined)
		throw new Error(
			`${file} is empty; expected OTLP/JSON lines as the Collector's file exporter writes them`,
		);
}

async function insertBatch(store: Store, batch: Batch, again: boolean): Promise<Batch> {
	const blocksOf = (blocks: readonly RowBlock[]): Uint8Array[] =>
		blocks.filter(({ rows }) => rows > 0).map(({ block }) => block);
	await store.insertNative("otel_traces", blocksOf(batch.spans), { again });
	await store.insertNative("otel_logs", blocksOf(batch.logs), { again });
	return batch;
}

const countRows = (blocks: readonly RowBlock[]): number => blocks.reduce((sum, { rows }) => sum + rows, 0);

/** Reads on while chunks are decoded. What was decoded before a line that cannot be comes first, then the error. */
async function* decodeBatches(
	decoder: Decoder,
	{ file, after, batchRows }: { readonly file: string; readonly after: number; readonly batchRows: number },
): AsyncGenerator<Batch> {
	const hash = createHash("sha256");
	const ahead: Decoding[] = [];
	let bytesRead = 0;
	let batch: Batch | undefined;
	const take = async (): Promise<Batch | undefined> => {
		const { blocks, ...at } = ahead.shift() as Decoding;
		const { spans, logs } = await blocks;
		batch ??= { spans: [], logs: [], rows: 0, bytes: 0, ...at };
		batch.spans.push(spans);
		batch.logs.push(logs);
		batch.rows += spans.rows + logs.rows;
		batch.bytes += spans.block.length + logs.block.length;
		Object.assign(batch, at);
		if (batch.rows < batchRows && batch.bytes < BATCH_BYTES) return undefined;
		const full = batch;
		batch = undefined;
		return full;
	};
	let failure: { readonly error: unknown } | undefined;
	try {
		const chunks = readChunks(file, Math.min(CHUNK_BYTES, batchRows * CHUNK_BYTES_PER_ROW), (read) => {
			bytesRead = read;
		});
		for await (const chunk of chunks) {
			hash.update(chunk.text);
			const rest = afterLine(chunk, after);
			if (rest === undefined) continue;
			const blocks = decoder.decodeLines({ file, firstLine: rest.firstLine, text: rest.text });
			blocks.catch(() => undefined);
			ahead.push({ blocks, line: rest.firstLine + rest.lines - 1, hash: hash.copy(), bytesRead });
			if (ahead.length < AHEAD) continue;
			const full = await take();
			if (full !== undefined) yield full;
		}
		while (ahead.length > 0) {
			const full = await take();
			if (full !== undefined) yield full;
		}
	} catch (error) {
		failure = { error };
	}
	if (batch !== undefined) yield batch;
	if (failure !== undefined) throw failure.error;
}

/** A chunk without the lines up to this one; undefined where none is left. */
function afterLine(chunk: LineChunk, line: number): LineChunk | undefined {
	if (chunk.firstLine > line) return chunk;
	const { text } = cutAfter(chunk, line);
	const lines = chunk.firstLine + chunk.lines - 1 - line;
	if (lines <= 0) return undefined;
	return { text: chunk.text.subarray(text.length), firstLine: line + 1, lines };
}
