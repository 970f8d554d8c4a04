import type { RowBlock } from "../native/trace-columns.ts";
import type { Store } from "../store/store.ts";
import { type GroupCommit, type GroupCommitOptions, makeGroupCommit } from "./group-commit.ts";
import { makeDecoder } from "./make-decoder.ts";
import type { Encoding } from "./responses.ts";

export type Signal = "traces" | "logs" | "metrics";

/** The queue is full: the sender should wait and send again. */
export class BusyError extends Error {
	override readonly name = "BusyError";
}

/** What became of a request that could be read. */
export interface Accepted {
	readonly rejected: number;
	/** Why items were rejected, or a warning; empty where there is nothing to say. */
	readonly message: string;
}

export interface Intake {
	/**
	 * Decodes a request and stores it; resolves when it is stored.
	 * Throws OtlpDecodeError, BusyError, or what the database said.
	 */
	take(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<Accepted>;
	/** Items stored since the start. */
	accepted(): { spans: number; logs: number };
	flush(): Promise<void>;
	close(): Promise<void>;
}

export interface IntakeOptions extends GroupCommitOptions {
	/** Requests, or their rows where these are more, that may be in memory at one time. */
	readonly maxQueuedBytes: number;
}

export const METRICS_MESSAGE =
	"Faultline stores no metrics; set OTEL_METRICS_EXPORTER=none, or send them elsewhere";

/** Both transports, OTLP/HTTP and gRPC, hand their requests to one of these. */
export function makeIntake(store: Store, options: IntakeOptions): Intake {
	const commitTo = (table: string): GroupCommit =>
		makeGroupCommit((blocks) => store.insertNative(table, blocks), options);
	const commits = { traces: commitTo("otel_traces"), logs: commitTo("otel_logs") };
	const decoder = makeDecoder();
	const counts = { traces: 0, logs: 0 };
	let heldBytes = 0;
	const underway = new Set<Promise<unknown>>();

	/** Counts bytes in. Throws BusyError where there is no room; what is alone is always let in. */
	const hold = (bytes: number, own: number): void => {
		if (heldBytes > own && heldBytes + bytes > options.maxQueuedBytes)
			throw new BusyError(`${heldBytes} bytes of telemetry are waiting for the database`);
		heldBytes += bytes;
	};

	const storeRequest = async (
		signal: "traces" | "logs",
		encoding: Encoding,
		body: Uint8Array,
	): Promise<RowBlock> => {
		let held = 0;
		try {
			hold(body.length, 0);
			held = body.length;
			const block = await decoder.decode({ signal, encoding, body });
			const more = Math.max(0, block.block.length - held);
			hold(more, held);
			held += more;
			if (block.rows > 0) await commits[signal].add(block);
			counts[signal] += block.rows;
			return block;
		} finally {
			heldBytes -= held;
		}
	};

	return {
		take: async (signal, encoding, body) => {
			if (signal === "metrics") return { rejected: 0, message: METRICS_MESSAGE };
			const stored = storeRequest(signal, encoding, body);
			underway.add(stored);
			try {
				return await stored;
			} finally {
				underway.delete(stored);
			}
		},
		accepted: () => ({ spans: counts.traces, logs: counts.logs }),
		flush: async () => {
			while (underway.size > 0) {
				await Promise.all([commits.traces.flush(), commits.logs.flush()]);
				await Promise.race([...underway].map((each) => each.catch(() => undefined)));
			}
		},
		close: () => decoder.close(),
	};
}
