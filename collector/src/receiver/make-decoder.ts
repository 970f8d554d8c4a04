import { Worker } from "node:worker_threads";
import type { RowBlock } from "../native/trace-columns.ts";
import {
	type EncodableLines,
	type EncodableRequest,
	type EncodedLines,
	encodeRequest,
} from "../otlp/encode-request.ts";
import { OtlpDecodeError } from "../otlp/rows.ts";

/** Turns requests into rows: small ones at once, larger ones in a thread of its own, so that this one goes on answering. */
export interface Decoder {
	/** Throws OtlpDecodeError where the body is no OTLP, or takes more memory than the thread has. */
	decode(request: EncodableRequest): Promise<RowBlock>;
	/** Throws Error with `file:line` where a line is no OTLP/JSON. */
	decodeLines(lines: EncodableLines): Promise<EncodedLines>;
	close(): Promise<void>;
}

/** Takes less time than handing it over. */
const SMALL_BYTES = 16 * 1024;
/** Of JavaScript objects. What a request may come to is limited before (`checkValueCount`, `checkRowCount`) to well below this. */
const THREAD_MEMORY_MB = 2_048;
/** One being decoded, and one waiting so that the thread need not. */
const HANDED_OVER = 2;

export type Question =
	| { readonly kind: "request"; readonly request: EncodableRequest }
	| { readonly kind: "lines"; readonly lines: EncodableLines };

export type Answer =
	| { readonly kind: "no-otlp" | "failed"; readonly message: string }
	| { readonly kind: "block"; readonly block: RowBlock }
	| { readonly kind: "lines"; readonly lines: EncodedLines };

interface Task {
	readonly question: Question;
	readonly resolve: (answer: Answer) => void;
	readonly reject: (error: Error) => void;
}

/**
 * The thread is started by the first large request. Where it runs out of memory, the request that it was at is refused, and the others go
 * to a new thread.
 */
export function makeDecoder(): Decoder {
	const waiting: Task[] = [];
	let handedOver: Task[] = [];
	let thread: Worker | undefined;
	let closed = false;

	const start = (): Worker => {
		const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), {
			resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
			// Not what the process was started with, which may be code to evaluate.
			execArgv: [],
		});
		worker.on("message", (answer: Answer) => {
			const task = handedOver.shift();
			task?.resolve(answer);
			pump();
			// An idle thread keeps no process alive.
			if (handedOver.length === 0) worker.unref();
		});
		worker.on("error", (error: Error) => {
			if (thread !== worker) return;
			thread = undefined;
			const [current, ...others] = handedOver;
			handedOver = [];
			waiting.unshift(...others);
			current?.reject(
				"code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
					? new OtlpDecodeError("decoding this request takes too much memory; send smaller batches")
					: error,
			);
			pump();
		});
		return worker;
	};

	const pump = (): void => {
		while (!closed && waiting.length > 0 && handedOver.length < HANDED_OVER) {
			const task = waiting.shift();
			if (task === undefined) return;
			thread ??= start();
			handedOver.push(task);
			thread.ref();
			thread.postMessage(task.question);
		}
	};

	const ask = async (question: Question): Promise<Answer> => {
		const answer = await new Promise<Answer>((resolve, reject) => {
			waiting.push({ question, resolve, reject });
			pump();
		});
		if (answer.kind === "no-otlp") throw new OtlpDecodeError(answer.message);
		if (answer.kind === "failed") throw new Error(answer.message);
		return answer;
	};

	return {
		decode: async (request) => {
			if (request.body.length <= SMALL_BYTES) return encodeRequest(request);
			const answer = await ask({ kind: "request", request });
			if (answer.kind !== "block") throw new Error(`the thread answered ${answer.kind}`);
			return answer.block;
		},
		decodeLines: async (lines) => {
			const answer = await ask({ kind: "lines", lines });
			if (answer.kind !== "lines") throw new Error(`the thread answered ${answer.kind}`);
			return answer.lines;
		},
		close: async () => {
			closed = true;
			for (const task of [...handedOver, ...waiting]) task.reject(new Error("the receiver was closed"));
			await thread?.terminate();
		},
	};
}
