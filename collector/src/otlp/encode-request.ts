import { encodeLogRows, encodeTraceRows } from "../native/encode-rows.ts";
import type { RowBlock } from "../native/trace-columns.ts";
import { decodeLogs, decodeTraces } from "./decode.ts";
import { checkValueCount } from "./decode-json.ts";
import { decodeLine } from "./read-otlp-file.ts";
import type { LogRow, TraceRow } from "./rows.ts";
import { transcodeTraces } from "./transcode-traces.ts";

/** A request as the block of rows that it comes to. */
export interface EncodableRequest {
	readonly signal: "traces" | "logs";
	readonly encoding: "protobuf" | "json";
	readonly body: Uint8Array;
}

/** Throws OtlpDecodeError where the body is no request of this signal and encoding. */
export function encodeRequest({ signal, encoding, body }: EncodableRequest): RowBlock {
	if (signal === "traces" && encoding === "protobuf") return transcodeTraces(body);
	if (encoding === "json") checkValueCount(body);
	const document =
		encoding === "json" ? Buffer.from(body.buffer, body.byteOffset, body.length).toString() : body;
	if (signal === "traces") {
		const { rows, rejected, message } = decodeTraces(document);
		return { block: encodeTraceRows(rows), rows: rows.length, rejected, message };
	}
	const { rows, rejected, message } = decodeLogs(document);
	return { block: encodeLogRows(rows), rows: rows.length, rejected, message };
}

/** Lines of a file of OTLP/JSON, each of which may hold spans and log records. */
export interface EncodableLines {
	readonly file: string;
	/** Number of the first line in the file. */
	readonly firstLine: number;
	/** The lines' text, with the line breaks between them. */
	readonly text: Uint8Array;
}

export interface EncodedLines {
	readonly spans: RowBlock;
	readonly logs: RowBlock;
}

/** Throws Error with `file:line` where a line is no OTLP/JSON. Empty lines count and hold nothing. */
export function encodeLines({ file, firstLine, text }: EncodableLines): EncodedLines {
	const spans: TraceRow[] = [];
	const logs: LogRow[] = [];
	const lines = Buffer.from(text.buffer, text.byteOffset, text.length).toString().split("\n");
	for (const [index, line] of lines.entries()) {
		if (line.trim() === "") continue;
		const decoded = decodeLine(file, firstLine + index, line);
		for (const row of decoded.spans) spans.push(row);
		for (const row of decoded.logs) logs.push(row);
	}
	const whole = { rejected: 0, message: "" };
	return {
		spans: { block: encodeTraceRows(spans), rows: spans.length, ...whole },
		logs: { block: encodeLogRows(logs), rows: logs.length, ...whole },
	};
}
