import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import type { HttpAnswer, HttpTarget } from "../config.ts";
import { readTraceSpans, type TraceSpans } from "../store/read-runs.ts";
import {
	type AttemptResult,
	type CaseRequest,
	type CaseRunner,
	messageOf,
	withinTime,
} from "./case-runner.ts";
import { isBusyStatus } from "./infrastructure-error.ts";

export interface HttpRunnerOptions {
	readonly store: Store;
	readonly now: () => number;
	/** How long a trace is waited for; applications send their spans with a delay of some seconds. Default 30,000. */
	readonly traceTimeoutMs?: number;
	/** A trace has settled when nothing came for so long. Default 1,500. */
	readonly settleMs?: number;
	/** How often the database is asked. Default 500. */
	readonly pollMs?: number;
}

/**
 * Asks a deployed application, in whatever language it is written. Every request carries a W3C `traceparent`, `baggage` with the fixture's
 * and the evaluation's id, and the same as headers; the trace is read back from the database by its id.
 *
 * @example
 * const runner = httpRunner({ url: "http://localhost:3000/answer" }, { store, now: Date.now });
 */
export function httpRunner(target: HttpTarget, options: HttpRunnerOptions): CaseRunner {
	return {
		remote: true,
		async run(request) {
			const startMs = options.now();
			const clock = performance.now();
			const result = await withinTime(request.timeoutMs, (signal) => ask(target, request, signal));
			return { result, startMs, durationMs: performance.now() - clock, pinned: [] };
		},
		readTrace: (traceId, startMs) => settledTrace(traceId, startMs, options),
	};
}

async function ask(target: HttpTarget, request: CaseRequest, signal: AbortSignal): Promise<AttemptResult> {
	let answer: HttpAnswer;
	try {
		answer = await readAnswer(await fetch(target.url, requestOf(target, request, signal)));
	} catch (error) {
		if (error instanceof ConfigError) return { kind: "refused", error: error.message };
		// No answer came, so nothing was learned of the application.
		return { kind: "infrastructure", error: messageOf(error) };
	}
	const { status, json, text } = answer;
	if (isBusyStatus(status)) return { kind: "infrastructure", error: refusal(answer) };
	if (status < 200 || status >= 300) return { kind: "failed", error: refusal(answer) };
	try {
		const output = target.output === undefined ? (json ?? text) : target.output(answer);
		return { kind: "output", output };
	} catch (error) {
		return { kind: "refused", error: `the configuration's http.output failed: ${messageOf(error)}` };
	}
}

/** A function of the configuration failed: nothing was asked. */
class ConfigError extends Error {
	override readonly name = "ConfigError";
}

function requestOf(target: HttpTarget, request: CaseRequest, signal: AbortSignal): RequestInit {
	const { fixture, evalId, traceId, rootSpanId } = request;
	const method = target.method ?? "POST";
	let body: unknown;
	try {
		body = target.body === undefined ? fixture.input : target.body(structuredClone(fixture.input));
	} catch (cause) {
		throw new ConfigError(`the configuration's http.body failed: ${messageOf(cause)}`, { cause });
	}
	const isText = typeof body === "string";
	const ids = { fixture: encodeURIComponent(fixture.id), evaluation: encodeURIComponent(evalId) };
	return {
		method,
		headers: {
			...(isText ? {} : { "content-type": "application/json" }),
			...target.headers,
			traceparent: `00-${traceId}-${rootSpanId}-01`,
			baggage: `faultline.fixture.id=${ids.fixture},faultline.eval.id=${ids.evaluation}`,
			"x-faultline-fixture-id": ids.fixture,
			"x-faultline-eval-id": ids.evaluation,
		},
		...(method === "GET" || method === "HEAD" ? {} : { body: isText ? body : JSON.stringify(body) }),
		signal,
	} as RequestInit;
}

const refusal = ({ status, text }: HttpAnswer): string =>
	`the application answered with HTTP ${status}: ${text.slice(0, 300)}`;

async function readAnswer(response: Response): Promise<HttpAnswer> {
	const text = await response.text();
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		// The application answers with text.
	}
	return { status: response.status, headers: Object.fromEntries(response.headers), text, json };
}

/** Waits until the trace has a span right below ours, no span's parent is missing, and nothing more has come for a while. */
async function settledTrace(
	traceId: string,
	startMs: number,
	{ store, now, traceTimeoutMs = 30_000, settleMs = 1_500, pollMs = 500 }: HttpRunnerOptions,
): Promise<TraceSpans | null> {
	const begun = performance.now();
	let last: TraceSpans | null = null;
	let changed = begun;
	for (;;) {
		const found =
			(await readTraceSpans(store, [traceId], { sinceMs: startMs, untilMs: now() })).get(traceId) ?? null;
		if ((found?.spans.length ?? 0) !== (last?.spans.length ?? 0)) changed = performance.now();
		last = found;
		const quiet = performance.now() - changed >= settleMs;
		if (last !== null && quiet && isWhole(last)) return last;
		if (performance.now() - begun >= traceTimeoutMs) return last;
		await sleep(pollMs);
	}
}

/** One span at most hangs on a parent that is not there: the application's first one, on ours. */
function isWhole({ spans }: TraceSpans): boolean {
	const ids = new Set(spans.map((span) => span.spanId));
	const missing = new Set(spans.map((span) => span.parentSpanId).filter((id) => id !== "" && !ids.has(id)));
	return missing.size <= 1;
}
