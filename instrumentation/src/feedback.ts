import type { Attributes } from "@opentelemetry/api";
import {
	isValidSpanId,
	isValidTraceId,
	logs,
	ROOT_CONTEXT,
	SeverityNumber,
	TraceFlags,
	trace,
} from "@opentelemetry/api";
import { ATTR } from "./attributes.ts";
import { sealText } from "./capture.ts";
import { quietly, SCOPE } from "./quietly.ts";
import { VERSION } from "./version.ts";

/** What a user said or did about an answer. */
export const FEEDBACK_KINDS = [
	"thumb_up",
	"thumb_down",
	"rating",
	"retry",
	"abandon",
	"edit",
	"copy",
] as const;

export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

export interface Feedback {
	readonly kind: FeedbackKind;
	/** For `rating`: 0 (worst) to 1 (best). */
	readonly value?: number;
	readonly comment?: string;
	/** The step that the user blames, by name. */
	readonly step?: string;
	/** The run's root span, where you kept it; without it the feedback belongs to the trace as a whole. */
	readonly spanId?: string;
}

/**
 * Records what a user said or did about a run, at any time after it, from any process. It is sent as a log record that
 * carries the run's trace id. Answers whether it was handed to a logger; never throws.
 *
 * @example recordFeedback(traceId, { kind: "thumb_down", comment: "wrong version" });
 */
export function recordFeedback(traceId: string, feedback: Feedback): boolean {
	return quietly("recording feedback", () => emitFeedback(traceId.toLowerCase(), feedback)) ?? false;
}

function emitFeedback(traceId: string, { kind, value, comment, step, spanId }: Feedback): boolean {
	if (!isValidTraceId(traceId)) {
		throw new Error(`"${traceId}" is not a trace id (32 hexadecimal digits); see currentTraceId()`);
	}
	const attributes: Attributes = {
		[ATTR.feedback]: kind,
		[ATTR.feedbackTraceId]: traceId,
		...(value === undefined || !Number.isFinite(value) ? {} : { [ATTR.feedbackValue]: value }),
		...(comment === undefined ? {} : sealText(comment, ATTR.feedbackComment)),
		...(step === undefined ? {} : { [ATTR.feedbackStep]: step }),
	};
	// A log record takes a trace id only together with a span id. The trace's own last half stands for "no span".
	const span = spanId !== undefined && isValidSpanId(spanId) ? spanId : traceId.slice(16);
	logs.getLogger(SCOPE, VERSION).emit({
		eventName: ATTR.feedback,
		severityNumber: SeverityNumber.INFO,
		body: kind,
		attributes,
		context: trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: span, traceFlags: TraceFlags.SAMPLED }),
	});
	return true;
}
