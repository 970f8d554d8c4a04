import protobuf from "protobufjs/minimal.js";
import type { Signal } from "./signals.ts";

/** The bodies that OTLP prescribes, in the request's own encoding. */

export type Encoding = "protobuf" | "json";

export const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
	protobuf: "application/x-protobuf",
	json: "application/json",
};

/** Codes of google.rpc.Status. */
export const RPC = {
	invalidArgument: 3,
	notFound: 5,
	resourceExhausted: 8,
	unimplemented: 12,
	unavailable: 14,
	unauthenticated: 16,
} as const;

export function encodeStatus(encoding: Encoding, code: number, message: string): Buffer {
	if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }));
	return Buffer.from(protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message).finish());
}

const REJECTED_NAME: Readonly<Record<Signal, string>> = {
	traces: "rejectedSpans",
	logs: "rejectedLogRecords",
	metrics: "rejectedDataPoints",
};

/** An Export…ServiceResponse; with neither a message nor rejected items it is a full success and empty. */
export function encodeSuccess(encoding: Encoding, signal: Signal, rejected: number, message: string): Buffer {
	const full = rejected === 0 && message === "";
	if (encoding === "json")
		return Buffer.from(
			JSON.stringify(
				full ? {} : { partialSuccess: { [REJECTED_NAME[signal]]: String(rejected), errorMessage: message } },
			),
		);
	if (full) return Buffer.alloc(0);
	return Buffer.from(
		protobuf.Writer.create()
			.uint32(10)
			.fork()
			.uint32(8)
			.int64(rejected)
			.uint32(18)
			.string(message)
			.ldelim()
			.finish(),
	);
}
