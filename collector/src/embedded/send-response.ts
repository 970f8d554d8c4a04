import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { BodyError } from "../receiver/read-body.ts";
import type { RawResult } from "../store/store.ts";
import { encodeFrames } from "./compressed-frames.ts";
import { raiseNativeRevision } from "./native-revision.ts";
import { ClickHouseHttpError, type ClickHouseRequest, type ContentEncoding, isRead } from "./read-request.ts";

const FORMAT_CLAUSE = /\bFORMAT\s+([A-Za-z][A-Za-z0-9]*)\s*(?:\bSETTINGS\b[^']*)?;?\s*$/i;

/** Sends a statement's result in the format, protocol version and compression that the client asked for. */
export async function sendResult(
	response: ServerResponse,
	asked: ClickHouseRequest,
	queryId: string,
	result: RawResult,
): Promise<void> {
	const format =
		(asked.keyword === "INSERT" ? undefined : FORMAT_CLAUSE.exec(asked.sql)?.[1]) ?? asked.format;
	const read = isRead(asked.keyword);
	const { frames, encoding, nativeRevision } = asked.response;
	const plain = /^Native$/i.test(format) ? raiseNativeRevision(result.body, nativeRevision) : result.body;
	const coded = encoding === undefined || plain.length === 0 ? plain : await encode(plain, encoding);
	const bytes = frames ? encodeFrames(plain) : coded;
	response.writeHead(200, {
		"content-type": contentType(format),
		"content-length": bytes.length,
		...(coded === plain ? {} : { "content-encoding": encoding }),
		"x-clickhouse-format": format,
		"x-clickhouse-query-id": asked.queryId ?? queryId,
		"x-clickhouse-server-display-name": "faultline-embedded",
		"x-clickhouse-timezone": "UTC",
		"x-clickhouse-summary": JSON.stringify({
			read_rows: read ? String(result.rows) : "0",
			read_bytes: "0",
			written_rows: read ? "0" : String(result.rows),
			written_bytes: "0",
			total_rows_to_read: "0",
			result_rows: String(result.rows),
			result_bytes: String(result.body.length),
			elapsed_ns: String(Math.round(result.elapsedSeconds * 1e9)),
		}),
	});
	response.end(bytes);
}

/** Levels that cost little time, as ClickHouse's own (`http_zlib_compression_level` is 3). */
async function encode(bytes: Uint8Array, encoding: ContentEncoding): Promise<Buffer> {
	switch (encoding) {
		case "zstd":
			return await promisify(zlib.zstdCompress)(bytes);
		case "br":
			return await promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)(bytes, {
				params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 },
			});
		case "gzip":
			return await promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip)(bytes, { level: 3 });
		case "deflate":
			return await promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.deflate)(bytes, { level: 3 });
		default:
			return encoding satisfies never;
	}
}

function contentType(format: string): string {
	if (/^JSON\w*EachRow/.test(format)) return "application/x-ndjson; charset=UTF-8";
	if (format.startsWith("JSON")) return "application/json; charset=UTF-8";
	if (format.startsWith("CSV")) return "text/csv; charset=UTF-8";
	return format.startsWith("T") ? "text/tab-separated-values; charset=UTF-8" : "application/octet-stream";
}

/** As ClickHouse maps its codes to HTTP's (`exceptionCodeToHTTPStatus`). */
const STATUS: Readonly<Record<number, number>> = {
	6: 400,
	26: 400,
	27: 400,
	36: 400,
	38: 400,
	40: 400,
	41: 400,
	42: 400,
	43: 400,
	44: 400,
	46: 404,
	47: 404,
	48: 501,
	53: 400,
	60: 404,
	62: 400,
	70: 400,
	72: 400,
	73: 400,
	81: 404,
	112: 413,
	115: 404,
	159: 408,
	164: 500,
	202: 503,
	241: 500,
	271: 400,
	372: 404,
	373: 423,
	374: 400,
	497: 403,
	511: 403,
	516: 403,
};

/** `frames`: the client reads answers, errors too, in ClickHouse's own compression. */
export function sendError(
	request: IncomingMessage,
	response: ServerResponse,
	error: unknown,
	frames: boolean,
): void {
	const { code, text, status } = describeError(error);
	const plain = Buffer.from(`${text}\n`);
	response.writeHead(status, {
		"content-type": "text/plain; charset=UTF-8",
		"x-clickhouse-exception-code": String(code),
		...(code === 516 ? { "www-authenticate": 'Basic realm="ClickHouse server HTTP API"' } : {}),
		...(request.complete ? {} : { connection: "close" }),
	});
	response.end(frames ? encodeFrames(plain) : plain);
	if (!request.complete) request.resume();
}

function describeError(error: unknown): { code: number; text: string; status: number } {
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof ClickHouseHttpError)
		return {
			code: error.code,
			text: `Code: ${error.code}. DB::Exception: ${message}. (${error.type})`,
			status: STATUS[error.code] ?? 500,
		};
	if (error instanceof BodyError)
		return { code: 36, text: `Code: 36. DB::Exception: ${message}. (BAD_ARGUMENTS)`, status: error.status };
	const code = Number(/^Code:\s*(\d+)/.exec(message)?.[1] ?? 1002);
	const text = message.startsWith("Code:")
		? message
		: `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`;
	return { code, text, status: STATUS[code] ?? 500 };
}
