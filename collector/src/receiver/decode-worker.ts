import { parentPort } from "node:worker_threads";
import { type EncodableRequest, encodeRequest } from "../otlp/encode-request.ts";
import { OtlpDecodeError } from "../otlp/rows.ts";

/** The thread that turns requests into blocks; see `makeDecoder`, which it answers in the order in which it was asked. */

parentPort?.on("message", (request: EncodableRequest) => {
	try {
		const { block, ...counts } = encodeRequest(request);
		// The block has memory of its own, which changes hands instead of being copied.
		parentPort?.postMessage({ kind: "block", block, ...counts }, [block.buffer as ArrayBuffer]);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		parentPort?.postMessage({ kind: error instanceof OtlpDecodeError ? "no-otlp" : "failed", message });
	}
});
