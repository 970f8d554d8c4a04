import { type Receiver, type Store, startReceiver } from "@faultline/collector";
import {
	type Pin,
	type RecordedCall,
	register,
	UnsafeToolInReplayError,
	withReplay,
} from "@faultline/instrumentation";
import { context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { UsageError } from "../cli/io.ts";
import type { PipelineConfig } from "../config.ts";
import type { Fixture } from "../core/fixture.ts";
import { readTraceSpans } from "../store/read-runs.ts";
import {
	type AttemptResult,
	type CaseRequest,
	type CaseRunner,
	messageOf,
	withinTime,
} from "./case-runner.ts";
import { isInfrastructureError } from "./infrastructure-error.ts";

/** Telemetry of what runs in this process, into the database of this command. */
export interface ProcessTelemetry extends AsyncDisposable {
	/** Only with an SDK of its own do spans come here. */
	readonly sdk: "own" | "joined" | "disabled";
	/** Resolves when every span that has ended is stored. */
	flush(): Promise<void>;
}

/**
 * Starts a receiver on a free port of the loopback interface and the instrumentation that sends to it: the way that spans of any
 * application take. Must come before the application's modules are imported, and once in a process.
 *
 * @param directory where the application is; tells its name, version and revision.
 * @example
 * await using telemetry = await startProcessTelemetry(store, "/srv/app");
 */
export async function startProcessTelemetry(store: Store, directory: string): Promise<ProcessTelemetry> {
	const receiver: Receiver = await startReceiver({ store, httpPort: 0, grpcPort: null, commitDelayMs: 20 });
	const telemetry = register({ endpoint: `http://127.0.0.1:${receiver.httpPort}`, directory });
	return {
		sdk: telemetry.sdk,
		flush: () => telemetry.flush(),
		[Symbol.asyncDispose]: async () => {
			await telemetry.shutdown();
			await receiver.close();
		},
	};
}

/**
 * Runs a pipeline's own function inside a replay, so that the trace is the evaluation's and no unsafe tool runs.
 *
 * @throws UsageError where OTEL_SDK_DISABLED is set or another SDK is in charge: runs would leave no traces.
 */
export function inProcessRunner(
	run: NonNullable<PipelineConfig["run"]>,
	{
		store,
		telemetry,
		now,
	}: { readonly store: Store; readonly telemetry: ProcessTelemetry; readonly now: () => number },
): CaseRunner {
	if (telemetry.sdk !== "own") {
		throw new UsageError(
			telemetry.sdk === "disabled"
				? "OTEL_SDK_DISABLED is set, so runs in this process leave no traces; unset it"
				: "an OpenTelemetry SDK is registered in this process already; leave it out here: the evaluation brings its own",
		);
	}
	return {
		remote: false,
		async run(request) {
			const calls: RecordedCall[] = [];
			const startMs = now();
			const clock = performance.now();
			const result = await withinTime(request.timeoutMs, (signal) =>
				runInReplay(run, request, signal, calls),
			);
			return {
				result,
				startMs,
				durationMs: performance.now() - clock,
				pinned: calls.filter((call) => call.pinned).map(({ step, index, kind }) => ({ step, index, kind })),
			};
		},
		async readTrace(traceId, startMs) {
			await telemetry.flush();
			const range = { sinceMs: startMs, untilMs: now() };
			return (await readTraceSpans(store, [traceId], range)).get(traceId) ?? null;
		},
	};
}

async function runInReplay(
	run: NonNullable<PipelineConfig["run"]>,
	{ fixture, trial, evalId, traceId, rootSpanId, pins = {} }: CaseRequest,
	signal: AbortSignal,
	calls: RecordedCall[],
): Promise<AttemptResult> {
	const parent = { traceId, spanId: rootSpanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
	const replay = {
		pins,
		unsafeToolPins: toolPins(fixture),
		fixtureId: fixture.id,
		evalId,
		record: (call: RecordedCall) => calls.push(call),
	};
	try {
		const output = await context.with(trace.setSpanContext(ROOT_CONTEXT, parent), () =>
			withReplay(replay, async () =>
				run(structuredClone(fixture.input), { fixtureId: fixture.id, evalId, trial, signal }),
			),
		);
		return { kind: "output", output };
	} catch (error) {
		return resultOfError(error);
	}
}

function resultOfError(error: unknown): AttemptResult {
	const message = messageOf(error);
	if (refusedTool(error)) return { kind: "refused", error: message };
	return { kind: isInfrastructureError(error) ? "infrastructure" : "failed", error: message };
}

/** Applications wrap what their tools throw. */
function refusedTool(error: unknown): boolean {
	let at = error;
	for (let depth = 0; depth < 8 && at instanceof Error; depth++) {
		if (at instanceof UnsafeToolInReplayError) return true;
		at = at.cause;
	}
	return false;
}

/** What the fixture's tools returned, for those that are not declared safe. */
function toolPins(fixture: Fixture): Record<string, Pin> {
	const pins: Record<string, unknown[]> = {};
	for (const { step, kind, index, output } of fixture.steps) {
		if (kind !== "tool_call" || output === null) continue;
		pins[step] ??= [];
		pins[step][index] = output;
	}
	return pins;
}
