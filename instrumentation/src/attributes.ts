/**
 * Every attribute name that Faultline reads or writes, in one place. `gen_ai.*` follows the OpenTelemetry GenAI semantic
 * conventions (v1.41.1, the last release that holds them; still "development", hence this copy); `faultline.*` exists only
 * where the conventions have no name.
 *
 * @module
 */

/** Version of the GenAI semantic conventions whose names this file copies. */
export const GENAI_CONVENTIONS_VERSION = "1.41.1";

export const ATTR = {
	pipeline: "faultline.pipeline",
	outcome: "faultline.outcome",
	taskId: "faultline.task_id",
	feedback: "faultline.feedback",

	stepKind: "faultline.step.kind",
	stepName: "faultline.step.name",
	stepInput: "faultline.step.input",
	stepOutput: "faultline.step.output",
	componentVersion: "faultline.component.version",

	promptTemplate: "faultline.prompt.template",
	promptTemplateVersion: "faultline.prompt.template.version",
	promptVariables: "faultline.prompt.variables",
	promptTokens: "faultline.prompt.tokens",
	promptTokenLimit: "faultline.prompt.token_limit",

	indexName: "faultline.index.name",
	indexVersion: "faultline.index.version",
	indexEmbeddingModel: "faultline.index.embedding_model",
	queryEmbeddingModel: "faultline.query.embedding_model",

	toolParametersSchema: "faultline.tool.parameters_schema",
	toolResultSchema: "faultline.tool.result_schema",

	fixtureId: "faultline.fixture.id",
	evalId: "faultline.eval.id",
	replayPinned: "faultline.replay.pinned",

	edge: "faultline.edge",

	evaluator: "faultline.evaluator",
	scoreVersion: "faultline.score.version",
	scoreSource: "faultline.score.source",
	evaluationName: "gen_ai.evaluation.name",
	evaluationValue: "gen_ai.evaluation.score.value",
	evaluationLabel: "gen_ai.evaluation.score.label",
	evaluationExplanation: "gen_ai.evaluation.explanation",

	feedbackValue: "faultline.feedback.value",
	feedbackComment: "faultline.feedback.comment",
	feedbackStep: "faultline.feedback.step",
	feedbackTraceId: "faultline.feedback.trace_id",

	operationName: "gen_ai.operation.name",
	providerName: "gen_ai.provider.name",
	requestModel: "gen_ai.request.model",
	requestMaxTokens: "gen_ai.request.max_tokens",
	requestTemperature: "gen_ai.request.temperature",
	requestTopP: "gen_ai.request.top_p",
	requestFrequencyPenalty: "gen_ai.request.frequency_penalty",
	requestPresencePenalty: "gen_ai.request.presence_penalty",
	requestStopSequences: "gen_ai.request.stop_sequences",
	requestSeed: "gen_ai.request.seed",
	requestChoiceCount: "gen_ai.request.choice.count",
	requestStream: "gen_ai.request.stream",
	requestEncodingFormats: "gen_ai.request.encoding_formats",
	outputType: "gen_ai.output.type",
	conversationId: "gen_ai.conversation.id",
	embeddingsDimensions: "gen_ai.embeddings.dimension.count",
	timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
	responseModel: "gen_ai.response.model",
	responseId: "gen_ai.response.id",
	finishReasons: "gen_ai.response.finish_reasons",
	inputMessages: "gen_ai.input.messages",
	outputMessages: "gen_ai.output.messages",
	systemInstructions: "gen_ai.system_instructions",
	inputTokens: "gen_ai.usage.input_tokens",
	outputTokens: "gen_ai.usage.output_tokens",
	cachedInputTokens: "gen_ai.usage.cache_read.input_tokens",
	reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
	toolName: "gen_ai.tool.name",
	toolDescription: "gen_ai.tool.description",
	toolCallId: "gen_ai.tool.call.id",
	toolCallArguments: "gen_ai.tool.call.arguments",
	toolCallResult: "gen_ai.tool.call.result",
	toolDefinitions: "gen_ai.tool.definitions",
	retrievalQuery: "gen_ai.retrieval.query.text",
	retrievalDocuments: "gen_ai.retrieval.documents",
	dataSourceId: "gen_ai.data_source.id",
	agentName: "gen_ai.agent.name",

	openaiApiType: "openai.api.type",
	openaiRequestServiceTier: "openai.request.service_tier",
	openaiResponseServiceTier: "openai.response.service_tier",
	openaiSystemFingerprint: "openai.response.system_fingerprint",
	serverAddress: "server.address",
	serverPort: "server.port",
	httpStatus: "http.response.status_code",

	errorType: "error.type",
} as const;

/** The kinds of step (DESIGN, "Words"). */
export const STEP_KINDS = [
	"prompt_build",
	"retrieval",
	"model",
	"tool_call",
	"post_process",
	"render",
	"agent",
	"custom",
] as const;

export type StepKind = (typeof STEP_KINDS)[number];

/** Suffixes beside a content attribute that was cut: its full size in bytes and the SHA-256 of the whole text. */
export const CUT_BYTES_SUFFIX = ".bytes";
export const CUT_SHA256_SUFFIX = ".sha256";
