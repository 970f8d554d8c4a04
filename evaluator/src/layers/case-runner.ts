import type { Pin } from "@faultline/instrumentation";
import type { Fixture } from "../core/fixture.ts";
import type { TraceSpans } from "../store/read-runs.ts";

/** One attempt to run a case, and how its trace is to be known. */
export interface CaseRequest {
	readonly fixture: Fixture;
	readonly trial: number;
	readonly evalId: string;
	readonly traceId: string;
	/** Of the evaluation's own span, the parent of all that the application does. */
	readonly rootSpanId: string;
	readonly timeoutMs: number;
	/** Step outputs that are given instead of running; only in process. */
	readonly pins?: Readonly<Record<string, Pin>>;
}

/** How the attempt ended. */
export type AttemptResult =
	| { readonly kind: "output"; readonly output: unknown }
	| /** The pipeline itself failed: an error, or an answer that says so. */ {
			readonly kind: "failed";
			readonly error: string;
	  }
	| /** The surroundings failed: worth another try. */ {
			readonly kind: "infrastructure";
			readonly error: string;
	  }
	| /** It could not be run at all, and trying again would not help. */ {
			readonly kind: "refused";
			readonly error: string;
	  }
	| { readonly kind: "timed-out" };

export interface Attempt {
	readonly result: AttemptResult;
	/** Milliseconds since the epoch. */
	readonly startMs: number;
	readonly durationMs: number;
	/** Calls whose outputs were pinned, as they happened: step and number of the call. */
	readonly pinned: readonly { readonly step: string; readonly index: number; readonly kind: string }[];
}

/** Runs cases of one pipeline and finds the traces that they left. */
export interface CaseRunner {
	readonly remote: boolean;
	run(request: CaseRequest): Promise<Attempt>;
	/** The spans of a case that has ended, once its trace has settled; null where none came in time. */
	readTrace(traceId: string, startMs: number): Promise<TraceSpans | null>;
}

/** A result in time, or `timed-out`; aborts the signal then, so that the work can stop. */
export async function withinTime(
	timeoutMs: number,
	work: (signal: AbortSignal) => Promise<AttemptResult>,
): Promise<AttemptResult> {
	const abort = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<AttemptResult>((resolve) => {
		timer = setTimeout(() => {
			resolve({ kind: "timed-out" });
			abort.abort(new Error(`took longer than ${timeoutMs / 1000} s`));
		}, timeoutMs);
	});
	try {
		return await Promise.race([work(abort.signal), late]);
	} finally {
		clearTimeout(timer);
	}
}

/** An error's message, in one line where it can be. */
export function messageOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause instanceof Error && error.cause.message !== "" ? `: ${error.cause.message}` : "";
	return `${error.message || error.name}${cause}`;
}
