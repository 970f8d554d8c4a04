import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { ATTR } from "@faultline/instrumentation/attributes";
import { UsageError } from "../cli/io.ts";
import { isBusyStatus, isInfrastructureError } from "../layers/infrastructure-error.ts";
import { backOffMs } from "../service/back-off.ts";
import { EVALUATOR } from "../store/result-rows.ts";
import { select } from "../store/select.ts";

/** Where scores go, and which. */
export interface EmitOptions {
	/** An OTLP/HTTP endpoint, such as http://collector:4318; `/v1/logs` is added where it is missing. */
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Of runs that started in this time, both ends included. */
	readonly sinceMs: number;
	readonly untilMs: number;
	/** Only what was written after this time. */
	readonly writtenSinceMs?: number;
	readonly pipeline?: string;
	/** Empty for all. */
	readonly sources?: readonly string[];
	readonly scorers?: readonly string[];
	readonly signal?: AbortSignal;
	readonly pause?: (ms: number) => Promise<unknown>;
	readonly onProgress?: (sent: number) => void;
}

export interface Emitted {
	readonly scores: number;
	readonly verdicts: number;
	/** When the last of them was written, in milliseconds since the epoch: where a later call goes on. Null where there were none. */
	readonly lastWrittenMs: number | null;
}

interface ScoreRow {
	readonly trace_id: string;
	readonly span_id: string;
	readonly scorer: string;
	readonly scorer_version: string;
	readonly step: string;
	readonly kind: string;
	readonly source: string;
	readonly value: number | null;
	readonly label: string;
	readonly explanation: string;
	readonly evidence: string;
	readonly created_ms: string;
}

interface VerdictRow {
	readonly trace_id: string;
	readonly verdict: string;
	readonly origin_span_id: string;
	readonly origin_step: string;
	readonly origin_kind: string;
	readonly probability: number | null;
	readonly created_ms: string;
}

const BATCH = 500;
const TRIES = 5;

/**
 * Sends scores and verdicts as `gen_ai.evaluation.result` events (log records) over OTLP/HTTP, in JSON, each with the trace and span that it is
 * about. They carry `faultline.evaluator`, by which a Faultline collector knows not to take them for new scores.
 *
 * @throws UsageError where the endpoint refuses them, or stays away after several tries.
 * @example
 * await emitScores(store, { url: "http://127.0.0.1:4318", sinceMs: 0, untilMs: Date.now() });
 */
export async function emitScores(store: Store, options: EmitOptions): Promise<Emitted> {
	const counts = { scores: 0, verdicts: 0 };
	let lastWrittenMs: number | null = null;
	const note = (created: string | undefined): void => {
		if (created !== undefined) lastWrittenMs = Math.max(lastWrittenMs ?? 0, Number(created));
	};
	const { sinceMs, untilMs, pipeline = "", sources = [], scorers = [], writtenSinceMs = 0 } = options;
	const range = { since_ms: sinceMs, until_ms: untilMs, pipeline, limit: BATCH };
	const send = async (records: readonly object[]): Promise<void> => {
		await post(records, options);
		options.onProgress?.(counts.scores + counts.verdicts);
	};
	let last: ScoreRow | undefined;
	for (;;) {
		const rows: ScoreRow[] = await select<ScoreRow>(store, "scores-to-emit.sql", {
			...range,
			sources,
			scorers,
			after_ms: last === undefined ? writtenSinceMs - 1 : Number(last.created_ms),
			// After the last possible key of the millisecond before, that is at the beginning.
			after_trace: last?.trace_id ?? "\u{10FFFF}",
			after_span: last?.span_id ?? "",
			after_scorer: last?.scorer ?? "",
			after_version: last?.scorer_version ?? "",
		});
		last = rows.at(-1);
		if (last === undefined || options.signal?.aborted) break;
		counts.scores += rows.length;
		note(last.created_ms);
		await send(rows.map(scoreRecord));
	}
	let place: VerdictRow | undefined;
	while (sources.length === 0 && scorers.length === 0) {
		const rows: VerdictRow[] = await select<VerdictRow>(store, "verdicts-to-emit.sql", {
			...range,
			evaluator: EVALUATOR,
			after_ms: place === undefined ? writtenSinceMs - 1 : Number(place.created_ms),
			after_trace: place?.trace_id ?? "\u{10FFFF}",
		});
		place = rows.at(-1);
		if (place === undefined || options.signal?.aborted) break;
		counts.verdicts += rows.length;
		note(place.created_ms);
		await send(rows.map(verdictRecord));
	}
	return { ...counts, lastWrittenMs };
}

type AttributeValue = { readonly stringValue: string } | { readonly doubleValue: number };

function recordOf(
	{
		traceId,
		spanId,
		createdMs,
	}: { readonly traceId: string; readonly spanId: string; readonly createdMs: string },
	attributes: Readonly<Record<string, string | number | null>>,
): object {
	// A hand-off is no span: its event belongs to the step that received.
	const [from, to] = spanId.split("->");
	const edge = to === undefined ? {} : { [ATTR.edge]: spanId };
	const all = { [ATTR.evaluator]: EVALUATOR, ...attributes, ...edge };
	const span = to ?? from ?? "";
	return {
		timeUnixNano: `${createdMs}000000`,
		observedTimeUnixNano: `${createdMs}000000`,
		severityNumber: 9,
		eventName: "gen_ai.evaluation.result",
		traceId,
		...(span === "" ? {} : { spanId: span }),
		attributes: Object.entries(all).flatMap(([key, value]): { key: string; value: AttributeValue }[] => {
			if (value === null || value === "") return [];
			return [{ key, value: typeof value === "number" ? { doubleValue: value } : { stringValue: value } }];
		}),
	};
}

function scoreRecord(row: ScoreRow): object {
	const at = { traceId: row.trace_id, spanId: row.span_id, createdMs: row.created_ms };
	return recordOf(at, {
		[ATTR.evaluationName]: row.scorer,
		[ATTR.evaluationValue]: row.value,
		[ATTR.evaluationLabel]: row.label,
		[ATTR.evaluationExplanation]: row.explanation,
		[ATTR.scoreVersion]: row.scorer_version,
		[ATTR.scoreSource]: row.source,
		[ATTR.stepName]: row.step,
		[ATTR.stepKind]: row.kind,
		[ATTR.errorType]: row.value === null ? errorOf(row) : null,
	});
}

/** Why there is no value, where the score says it: the convention's `error.type` of an evaluation that did not succeed. */
function errorOf({ evidence }: ScoreRow): string | null {
	if (/"not_judged":"(\w+)"/.test(evidence)) return /"not_judged":"(\w+)"/.exec(evidence)?.[1] ?? null;
	return evidence.startsWith('{"failure":') ? "scorer_failed" : null;
}

function verdictRecord(row: VerdictRow): object {
	const at = { traceId: row.trace_id, spanId: row.origin_span_id, createdMs: row.created_ms };
	const text = row.origin_step === "" ? "" : `the fault began in ${row.origin_step} (${row.origin_kind})`;
	return recordOf(at, {
		[ATTR.evaluationName]: "faultline/verdict",
		[ATTR.evaluationValue]: row.probability,
		[ATTR.evaluationLabel]: row.verdict,
		[ATTR.evaluationExplanation]: text,
		[ATTR.stepName]: row.origin_step,
		[ATTR.stepKind]: row.origin_kind,
	});
}

/** Sends one request, again where the endpoint is busy or away. */
async function post(
	records: readonly object[],
	{ url, headers = {}, signal, pause = sleep }: EmitOptions,
): Promise<void> {
	const target = /\/v1\/logs\/?$/.test(url) ? url : `${url.replace(/\/$/, "")}/v1/logs`;
	const attributes = [{ key: "service.name", value: { stringValue: "faultline-evaluator" } }];
	const body = JSON.stringify({
		resourceLogs: [
			{
				resource: { attributes },
				scopeLogs: [{ scope: { name: "faultline-evaluator" }, logRecords: records }],
			},
		],
	});
	for (let failures = 1; ; failures++) {
		const answer = await fetch(target, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body,
			...(signal === undefined ? {} : { signal }),
		}).catch((error: unknown) => {
			if (failures >= TRIES || !isInfrastructureError(error))
				throw new UsageError(`${target} cannot be reached: ${causeOf(error)}`, { cause: error });
			return null;
		});
		if (answer?.ok) {
			await refuseRejected(answer, target);
			return;
		}
		if (answer !== null && (failures >= TRIES || !isBusyStatus(answer.status)))
			throw new UsageError(`${target} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
		await answer?.body?.cancel();
		await pause(backOffMs(failures, Math.random()));
	}
}

/** OTLP may take a request and refuse some of its records. */
async function refuseRejected(answer: Response, target: string): Promise<void> {
	const text = await answer.text();
	if (!text.startsWith("{")) return;
	const { partialSuccess } = JSON.parse(text) as {
		partialSuccess?: { rejectedLogRecords?: string | number; errorMessage?: string };
	};
	const rejected = Number(partialSuccess?.rejectedLogRecords ?? 0);
	if (rejected > 0)
		throw new UsageError(
			`${target} refused ${rejected} scores: ${partialSuccess?.errorMessage ?? "no reason given"}`,
		);
}

const causeOf = (error: unknown): string => {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? error.cause.message || error.message : error.message;
};
