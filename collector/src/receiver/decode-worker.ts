import { parentPort } from "node:worker_threads";
import { encodeLines, encodeRequest } from "../otlp/encode-request.ts";
import { OtlpDecodeError } from "../otlp/rows.ts";
import type { Answer, Question } from "./make-decoder.ts";

/** The thread that turns requests and lines into blocks; see `makeDecoder`, which it answers in the order in which it was asked. */

parentPort?.on("message", (question: Question) => {
	try {
		const { answer, buffers } = answerTo(question);
		// Blocks have memory of their own, which changes hands instead of being copied.
		parentPort?.postMessage(answer, buffers);
	} catch (error) {
		const kind = error instanceof OtlpDecodeError ? "no-otlp" : "failed";
		const answer: Answer = { kind, message: error instanceof Error ? error.message : String(error) };
		parentPort?.postMessage(answer);
	}
});

function answerTo(question: Question): { answer: Answer; buffers: ArrayBuffer[] } {
	if (question.kind === "request") {
		const block = encodeRequest(question.request);
		return { answer: { kind: "block", block }, buffers: [block.block.buffer as ArrayBuffer] };
	}
	const lines = encodeLines(question.lines);
	const buffers = [lines.spans.block.buffer, lines.logs.block.buffer] as ArrayBuffer[];
	return { answer: { kind: "lines", lines }, buffers };
}
