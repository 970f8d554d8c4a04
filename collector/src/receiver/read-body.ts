import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import zlib from "node:zlib";

/** Why a body could not be read, as an HTTP status. */
export class BodyError extends Error {
	override readonly name = "BodyError";
	readonly status: 400 | 413 | 415;

	constructor(status: 400 | 413 | 415, message: string, options?: ErrorOptions) {
		super(message, options);
		this.status = status;
	}
}

/**
 * A request's body, decompressed. The limit holds for what comes over the wire and for what comes out.
 * Throws BodyError: 413 over the limit, 415 for an unknown compression, 400 for a body that cannot be decompressed or that ends early.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
	const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
	return await decompress(await readBytes(request, maxBytes), encoding, maxBytes);
}

/** A request's body as it came over the wire; 413 over the limit. */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
	const tooLarge = (): BodyError =>
		new BodyError(413, `the body is larger than ${maxBytes} bytes; send smaller batches`);
	if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
	const chunks: Buffer[] = [];
	let size = 0;
	return await new Promise((resolve, reject) => {
		request.on("data", (chunk: Buffer) => {
			size += chunk.length;
			if (size > maxBytes) {
				request.removeAllListeners("data").pause();
				reject(tooLarge());
			} else chunks.push(chunk);
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", reject);
		request.on("close", () => reject(new BodyError(400, "the body ended early")));
	});
}

type Decompress = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gunzip: Decompress = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate: Decompress = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw: Decompress = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);
// Node before 22.15 has no zstd.
const unzstd: Decompress | undefined =
	typeof zlib.zstdDecompress === "function"
		? promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress)
		: undefined;

/** Undoes one Content-Encoding; see `readBody` for what it throws. */
export async function decompress(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
	const decoder = pickDecoder(body, encoding);
	if (decoder === undefined) return body;
	try {
		return await decoder(body, { maxOutputLength: maxBytes });
	} catch (cause) {
		if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE")
			throw new BodyError(
				413,
				`the body is larger than ${maxBytes} bytes when decompressed; send smaller batches`,
			);
		throw new BodyError(
			400,
			`the body is not ${encoding}: ${cause instanceof Error ? cause.message : String(cause)}`,
			{ cause },
		);
	}
}

function pickDecoder(body: Buffer, encoding: string): Decompress | undefined {
	switch (encoding) {
		case "":
		case "identity":
			return undefined;
		case "gzip":
		case "x-gzip":
			return gunzip;
		case "deflate":
			// HTTP's deflate is zlib's format; some senders leave its header out.
			return body.length > 1 && body.readUInt16BE(0) % 31 === 0 && ((body[0] ?? 0) & 15) === 8
				? inflate
				: inflateRaw;
		case "zstd":
			if (unzstd !== undefined) return unzstd;
			throw new BodyError(415, "zstd needs Node 22.15 or later on the receiving side; use gzip");
		default:
			throw new BodyError(415, `Content-Encoding "${encoding}" is not known; use gzip, deflate or zstd`);
	}
}
