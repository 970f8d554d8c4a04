/**
 * OpenTelemetry for every step of an LLM pipeline.
 *
 * @module
 */
export { ATTR } from "./attributes.ts";
export type { CaptureOptions, ContentMode } from "./capture.ts";
export { configureCapture } from "./capture.ts";
export { continueTrace } from "./continue-trace.ts";
export type { Feedback, FeedbackKind } from "./feedback.ts";
export { recordFeedback } from "./feedback.ts";
export { OpenAIInstrumentation, patchOpenAI } from "./openai-instrumentation.ts";
export type { PipelineOptions } from "./pipeline.ts";
export { pipeline } from "./pipeline.ts";
export type { PromptTemplateOptions } from "./prompt-template.ts";
export { promptTemplate } from "./prompt-template.ts";
export type { PatternGroup, RedactOptions } from "./redact.ts";
export type { Pin, RecordedCall, ReplayOptions } from "./replay.ts";
export { UnsafeToolInReplayError, withReplay } from "./replay.ts";
export type { Outcome } from "./run.ts";
export { currentTraceId, setOutcome } from "./run.ts";
export { SpanGuard } from "./span-guard.ts";
export type { RegisterOptions, Telemetry } from "./start-telemetry.ts";
export { register } from "./start-telemetry.ts";
export type {
	PromptBuildOptions,
	RetrievalIndex,
	RetrievalOptions,
	RetrievedDocument,
	StepOptions,
	ToolCallOptions,
} from "./step.ts";
export { step } from "./step.ts";
