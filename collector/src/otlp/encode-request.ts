import { encodeLogRows, encodeTraceRows } from "../native/encode-rows.ts";
import type { RowBlock } from "../native/trace-columns.ts";
import { checkValueCount } from "./decode-json.ts";
import { decodeLogs, decodeTraces } from "./decode.ts";
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
