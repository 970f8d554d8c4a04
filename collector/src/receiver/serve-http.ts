import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { OtlpDecodeError } from "../otlp/rows.ts";
import { BodyError, readBody } from "./read-body.ts";
import { CONTENT_TYPES, type Encoding, encodeStatus, encodeSuccess, RPC } from "./responses.ts";
import { BusyError, type Intake, type Signal } from "./signals.ts";
import type { TlsOptions } from "./tls.ts";

export interface HttpOptions {
	readonly intake: Intake;
	readonly token: string | undefined;
	readonly tls: TlsOptions | undefined;
	readonly maxBodyBytes: number;
	/** Bodies being read at one time may hold this many bytes; more requests are asked to wait. */
	readonly maxReadingBytes: number;
}

interface Reply {
	readonly status: number;
	readonly encoding: Encoding;
	readonly body: Buffer;
	readonly headers?: Readonly<Record<string, string>>;
}

const SIGNALS: Readonly<Record<string, Signal>> = {
	"/v1/traces": "traces",
	"/v1/logs": "logs",
	"/v1/metrics": "metrics",
};

/** Seconds. SDKs give up at once where this exceeds their timeout (10 s by default), so it is kept short. */
const RETRY_AFTER = { busy: "1", failed: "3" } as const;

/** OTLP over HTTP; the caller binds it to a port. */
export function makeHttpServer(options: HttpOptions): Server {
	const reading = { bytes: 0 };
	const listener = (request: IncomingMessage, response: ServerResponse): void => {
		answer(request, options, reading)
			.catch((error: unknown): Reply => failure(encodingOf(request) ?? "json", error))
			.then((reply) => send(request, response, reply))
			.catch(() => response.destroy());
	};
	const timeouts = { requestTimeout: 60_000, keepAliveTimeout: 30_000 };
	const { tls } = options;
	if (tls === undefined) return createServer(timeouts, listener);
	const client = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true };
	return createTlsServer({ ...timeouts, cert: tls.cert, key: tls.key, ...client }, listener);
}

async function answer(
	request: IncomingMessage,
	options: HttpOptions,
	reading: { bytes: number },
): Promise<Reply> {
	const signal = SIGNALS[(request.url ?? "").split("?", 1)[0] ?? ""];
	const encoding = encodingOf(request);
	if (signal === undefined)
		return status(404, encoding ?? "json", RPC.notFound, "no such path; OTLP is at /v1/traces and /v1/logs");
	if (request.method !== "POST")
		return {
			...status(405, encoding ?? "json", RPC.unimplemented, "send OTLP with POST"),
			headers: { allow: "POST" },
		};
	if (!mayWrite(request.headers.authorization, options.token))
		return {
			...status(
				401,
				encoding ?? "json",
				RPC.unauthenticated,
				"a bearer token is needed: Authorization: Bearer …",
			),
			headers: { "www-authenticate": "Bearer" },
		};
	if (encoding === undefined)
		return status(
			415,
			"json",
			RPC.invalidArgument,
			`Content-Type must be ${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}`,
		);
	const expected = Math.min(
		Number(request.headers["content-length"] ?? 1_048_576) || 0,
		options.maxBodyBytes,
	);
	if (reading.bytes > 0 && reading.bytes + expected > options.maxReadingBytes)
		throw new BusyError(`${reading.bytes} bytes of requests are being read`);
	reading.bytes += expected;
	try {
		const body = await readBody(request, options.maxBodyBytes);
		const { rejected, message } = await options.intake.take(signal, encoding, body);
		return { status: 200, encoding, body: encodeSuccess(encoding, signal, rejected, message) };
	} finally {
		reading.bytes -= expected;
	}
}

function encodingOf(request: IncomingMessage): Encoding | undefined {
	const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
	if (type === CONTENT_TYPES.protobuf) return "protobuf";
	return type === CONTENT_TYPES.json ? "json" : undefined;
}

/** Compares digests, so that the time it takes tells nothing about the token. */
export function mayWrite(authorization: string | undefined, token: string | undefined): boolean {
	if (token === undefined) return true;
	const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
	const given = /^Bearer (.*)$/i.exec(authorization ?? "")?.[1];
	return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function failure(encoding: Encoding, error: unknown): Reply {
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof BodyError) return status(error.status, encoding, RPC.invalidArgument, message);
	if (error instanceof OtlpDecodeError) return status(400, encoding, RPC.invalidArgument, message);
	if (error instanceof BusyError)
		return {
			...status(429, encoding, RPC.resourceExhausted, message),
			headers: { "retry-after": RETRY_AFTER.busy },
		};
	return {
		...status(503, encoding, RPC.unavailable, `the database did not take it: ${message}`),
		headers: { "retry-after": RETRY_AFTER.failed },
	};
}

function status(httpStatus: number, encoding: Encoding, code: number, message: string): Reply {
	return { status: httpStatus, encoding, body: encodeStatus(encoding, code, message) };
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
	response.writeHead(reply.status, {
		"content-type": CONTENT_TYPES[reply.encoding],
		"content-length": reply.body.length,
		...reply.headers,
		// What is left of a body that was not read would be taken for the next request.
		...(request.complete ? {} : { connection: "close" }),
	});
	response.end(reply.body, () => {
		if (!request.complete) request.resume();
	});
}
