import { decodeLogsJson, decodeTracesJson, parseJson } from "./decode-json.ts";
import { decodeLogsProtobuf, decodeTracesProtobuf } from "./decode-protobuf.ts";
import { type Decoded, type LogRow, OtlpDecodeError, type TraceRow } from "./rows.ts";

/**
 * An ExportTraceServiceRequest as rows: protobuf bytes, OTLP/JSON text, or its parsed document.
 * Throws OtlpDecodeError where it is none.
 * @example const { rows } = decodeTraces(await readFile("request.bin"));
 */
export function decodeTraces(request: Uint8Array | string | object): Decoded<TraceRow> {
	if (request instanceof Uint8Array) return decodeTracesProtobuf(request);
	return decodeTracesJson(typeof request === "string" ? parse(request) : request);
}

/** The same for an ExportLogsServiceRequest. */
export function decodeLogs(request: Uint8Array | string | object): Decoded<LogRow> {
	if (request instanceof Uint8Array) return decodeLogsProtobuf(request);
	return decodeLogsJson(typeof request === "string" ? parse(request) : request);
}

function parse(text: string): unknown {
	try {
		return parseJson(text);
	} catch (cause) {
		throw new OtlpDecodeError(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
			cause,
		});
	}
}
