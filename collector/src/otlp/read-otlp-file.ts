import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import zlib from "node:zlib";
import { decodeLogsJson, decodeTracesJson, parseJson } from "./decode-json.ts";
import { type LogRow, OtlpDecodeError, type TraceRow } from "./rows.ts";

export interface OtlpLine {
	readonly spans: TraceRow[];
	readonly logs: LogRow[];
	/** Number of the line in the file, from 1. */
	readonly line: number;
}

/** A longer line is taken for something else than telemetry. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/**
 * Reads OTLP/JSON lines as the Collector's file exporter writes them, plain, gzip or zstd (told by content, not by name); also a file
 * that is one pretty-printed document. Line by line, so files may be larger than memory.
 * Throws with `file:line` where a line is no OTLP/JSON, and where the file is empty.
 * @example for await (const { spans } of readOtlpFile("runs.jsonl.gz")) await insertTraces(store, spans);
 */
export async function* readOtlpFile(file: string): AsyncGenerator<OtlpLine> {
	const lines = readLines(file);
	let seen = false;
	for await (const { text, line } of lines) {
		if (text.trim() === "") continue;
		const document = tryParse(text);
		if (!seen && document instanceof SyntaxError) {
			yield decodeDocument(file, line, await parseWholeFile(file, lines, { text, line }, document));
			return;
		}
		seen = true;
		if (document instanceof SyntaxError) throw notJson(file, line, document);
		yield decodeDocument(file, line, document);
	}
	if (!seen)
		throw new Error(
			`${file} is empty; expected OTLP/JSON lines as the Collector's file exporter writes them`,
		);
}

interface Line {
	readonly text: string;
	readonly line: number;
}

/** The first line is no document by itself: the file as a whole may be one. */
async function parseWholeFile(
	file: string,
	rest: AsyncIterable<Line>,
	first: Line,
	firstError: SyntaxError,
): Promise<unknown> {
	const texts = ["\n".repeat(first.line - 1) + first.text];
	for await (const { text } of rest) texts.push(text);
	const document = tryParse(texts.join("\n"));
	if (!(document instanceof SyntaxError)) return document;
	const looksLikeLines =
		first.text.length > 200 || !first.text.trim().startsWith("{") || first.text.trim().endsWith("}");
	throw looksLikeLines || texts.length === 1
		? notJson(file, first.line, firstError)
		: notJson(file, lineOf(document, first.line), document);
}

/** V8 says where: "… (line 12 column 3)". */
function lineOf(error: SyntaxError, fallback: number): number {
	const line = /\(line (\d+) column \d+\)/.exec(error.message)?.[1];
	return line === undefined ? fallback : Number(line);
}

function notJson(file: string, line: number, cause: SyntaxError): Error {
	return new Error(
		`${file}:${line} is not JSON (${cause.message.slice(0, 200)}); expected OTLP/JSON lines as the Collector's file exporter writes them. Fix or delete the line.`,
		{ cause },
	);
}

export function tryParse(text: string): unknown {
	try {
		return parseJson(text);
	} catch (error) {
		if (error instanceof SyntaxError) return error;
		throw error;
	}
}

const SIGNALS = ["resourceSpans", "resourceLogs", "resourceMetrics", "resourceProfiles"] as const;

/** Throws Error with `file:line` where the text is no OTLP/JSON. */
export function decodeLine(file: string, line: number, text: string): OtlpLine {
	const document = tryParse(withoutMark(text, line));
	if (document instanceof SyntaxError) throw notJson(file, line, document);
	return decodeDocument(file, line, document);
}

function decodeDocument(file: string, line: number, document: unknown): OtlpLine {
	try {
		if (document === null || typeof document !== "object" || !SIGNALS.some((signal) => signal in document))
			throw new OtlpDecodeError(`neither ${SIGNALS.slice(0, 3).join(" nor ")} in it`);
		const spans = decodeTracesJson(document);
		const logs = decodeLogsJson(document);
		const message = spans.message || logs.message;
		if (message !== "") throw new OtlpDecodeError(message);
		return { spans: spans.rows, logs: logs.rows, line };
	} catch (cause) {
		if (!(cause instanceof OtlpDecodeError)) throw cause;
		throw new Error(`${file}:${line} is not OTLP/JSON: ${cause.message}`, { cause });
	}
}

async function* readLines(file: string): AsyncGenerator<Line> {
	for await (const { text, firstLine, lines } of readChunks(file, 1, () => undefined))
		for (const [index, line] of text.toString("utf8").split("\n").slice(0, lines).entries())
			yield { text: withoutMark(line, firstLine + index), line: firstLine + index };
}

/** Whole lines of a file, as bytes. */
export interface LineChunk {
	/** Lines with the line breaks between them and, unless the file ends, after the last. */
	readonly text: Buffer;
	readonly firstLine: number;
	readonly lines: number;
}

/**
 * Reads a file, decompressed, in chunks of whole lines of about `bytes` bytes, or of one line where it is longer.
 * @param onRead is told how many bytes of the file, as it is on the disk, have been read.
 */
export async function* readChunks(
	file: string,
	bytes: number,
	onRead: (bytesRead: number) => void,
): AsyncGenerator<LineChunk> {
	let firstLine = 1;
	let parts: Buffer[] = [];
	let size = 0;
	for await (const piece of openDecompressed(file, onRead)) {
		let rest = piece;
		for (let end = cutAt(rest, bytes - size); end !== -1; end = cutAt(rest, bytes)) {
			const text = Buffer.concat([...parts, rest.subarray(0, end)]);
			const lines = countLineBreaks(text);
			yield { text, firstLine, lines };
			firstLine += lines;
			[rest, parts, size] = [rest.subarray(end), [], 0];
		}
		parts.push(rest);
		size += rest.length;
		if (size > MAX_LINE_BYTES)
			throw new Error(
				`${file}:${firstLine} is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB; this is no file of OTLP/JSON lines`,
			);
	}
	const text = Buffer.concat(parts);
	if (size > 0)
		yield { text, firstLine, lines: countLineBreaks(text) + (text.at(-1) === LINE_BREAK ? 0 : 1) };
}

const LINE_BREAK = 0x0a;

/** Where the line ends in which the wanted number of bytes is reached, else the last that ends; -1 where there are not so many bytes. */
function cutAt(piece: Buffer, wanted: number): number {
	if (piece.length < wanted) return -1;
	const next = piece.indexOf(LINE_BREAK, Math.max(0, wanted - 1));
	const end = next === -1 ? piece.lastIndexOf(LINE_BREAK) : next;
	return end === -1 ? -1 : end + 1;
}

function countLineBreaks(text: Buffer): number {
	let count = 0;
	for (let at = text.indexOf(LINE_BREAK); at !== -1; at = text.indexOf(LINE_BREAK, at + 1)) count++;
	return count;
}

/** Some editors begin a file with a byte order mark. */
function withoutMark(text: string, line: number): string {
	return line === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
}

async function* openDecompressed(file: string, onRead: (bytesRead: number) => void): AsyncGenerator<Buffer> {
	const compression = await detectCompression(file);
	const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
	const stream =
		compression === "none" ? source : pipeline(source, makeDecoder(file, compression), () => undefined);
	try {
		for await (const chunk of stream as Readable) {
			onRead(source.bytesRead);
			yield chunk as Buffer;
		}
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new Error(
			`${file} could not be read to its end${compression === "none" ? "" : ` as ${compression}`}: ${reason}`,
			{ cause },
		);
	} finally {
		source.destroy();
	}
}

function makeDecoder(file: string, compression: "gzip" | "zstd"): NodeJS.ReadWriteStream {
	if (compression === "gzip") return zlib.createGunzip();
	if (typeof zlib.createZstdDecompress !== "function")
		throw new Error(
			`${file} is compressed with zstd, which needs Node 22.15 or later; decompress it first: zstd -d ${file}`,
		);
	return zlib.createZstdDecompress();
}

async function detectCompression(file: string): Promise<"none" | "gzip" | "zstd"> {
	const handle = await open(file).catch((cause: unknown) => {
		throw new Error(`${file} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, {
			cause,
		});
	});
	try {
		const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
		const magic = buffer.subarray(0, bytesRead).toString("hex");
		if (magic.startsWith("1f8b")) return "gzip";
		return magic === "28b52ffd" ? "zstd" : "none";
	} finally {
		await handle.close();
	}
}
