import { insertLogs, insertTraces } from "../insert-rows.ts";
import { decodeLogs, decodeTraces } from "../otlp/decode.ts";
import type { LogRow, TraceRow } from "../otlp/rows.ts";
import type { Store } from "../store/store.ts";
import { type GroupCommit, type GroupCommitOptions, makeGroupCommit } from "./group-commit.ts";

export type Signal = "traces" | "logs" | "metrics";

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
	take(signal: Signal, request: Uint8Array | string, bytes: number): Promise<Accepted>;
	/** Items stored since the start. */
	accepted(): { spans: number; logs: number };
	flush(): Promise<void>;
}

export const METRICS_MESSAGE =
	"Faultline stores no metrics; set OTEL_METRICS_EXPORTER=none, or send them elsewhere";

/** Both transports, OTLP/HTTP and gRPC, hand their requests to one of these. */
export function makeIntake(store: Store, options: GroupCommitOptions): Intake {
	const spans: GroupCommit<TraceRow> = makeGroupCommit((rows) => insertTraces(store, rows), options);
	const logs: GroupCommit<LogRow> = makeGroupCommit((rows) => insertLogs(store, rows), options);
	const counts = { spans: 0, logs: 0 };
	return {
		take: async (signal, request, bytes) => {
			switch (signal) {
				case "traces": {
					const { rows, rejected, message } = decodeTraces(request);
					if (rows.length > 0) await spans.add(rows, bytes);
					counts.spans += rows.length;
					return { rejected, message };
				}
				case "logs": {
					const { rows, rejected, message } = decodeLogs(request);
					if (rows.length > 0) await logs.add(rows, bytes);
					counts.logs += rows.length;
					return { rejected, message };
				}
				case "metrics":
					return { rejected: 0, message: METRICS_MESSAGE };
			}
		},
		accepted: () => ({ ...counts }),
		flush: async () => {
			await Promise.all([spans.flush(), logs.flush()]);
		},
	};
}
