import type { Attributes, Span, SpanContext } from "@opentelemetry/api";
import { ATTR } from "./attributes.ts";
import { recordValue } from "./capture.ts";
import type { Message } from "./openai-messages.ts";
import {
	chatInput,
	chatOutput,
	completionOutput,
	field,
	list,
	promptInput,
	responseFinish,
	responsesInput,
	responsesOutput,
	textField,
	toolDefinitions,
} from "./openai-messages.ts";
import type { StreamParts } from "./openai-stream.ts";
import { chatStreamParts, completionStreamParts, responsesStreamParts } from "./openai-stream.ts";
import type { Provenance } from "./provenance.ts";

/** The calls of the `openai` package that become model spans. */
export type ModelApi = "chat" | "completions" | "responses" | "embeddings";

/** The convention's names of providers that speak OpenAI's protocol, by the host they are reached at. */
const PROVIDER_BY_HOST: readonly (readonly [string, string])[] = [
	["openai.azure.com", "azure.ai.openai"],
	["cognitiveservices.azure.com", "azure.ai.openai"],
	["api.deepseek.com", "deepseek"],
	["api.groq.com", "groq"],
	["api.mistral.ai", "mistral_ai"],
	["api.perplexity.ai", "perplexity"],
	["api.x.ai", "x_ai"],
	["generativelanguage.googleapis.com", "gcp.gemini"],
];

const REQUEST_FIELDS: readonly (readonly [string, string])[] = [
	["max_tokens", ATTR.requestMaxTokens],
	["max_completion_tokens", ATTR.requestMaxTokens],
	["max_output_tokens", ATTR.requestMaxTokens],
	["temperature", ATTR.requestTemperature],
	["top_p", ATTR.requestTopP],
	["frequency_penalty", ATTR.requestFrequencyPenalty],
	["presence_penalty", ATTR.requestPresencePenalty],
	["seed", ATTR.requestSeed],
	["dimensions", ATTR.embeddingsDimensions],
];

/** The convention's name of what each call does, and the value of `openai.api.type` where there is one. */
const OPERATIONS: Readonly<Record<ModelApi, { readonly operation: string; readonly type?: string }>> = {
	chat: { operation: "chat", type: "chat_completions" },
	completions: { operation: "text_completion" },
	responses: { operation: "chat", type: "responses" },
	embeddings: { operation: "embeddings" },
};

/** Name of the span. */
export function callName(api: ModelApi, body: unknown): string {
	return `${OPERATIONS[api].operation} ${textField(body, "model") ?? ""}`.trimEnd();
}

/** Name of the step, by which a replay pins it. */
export function callStep(api: ModelApi): string {
	return api === "embeddings" ? "embeddings" : "model";
}

/** What is known before the request is sent. */
export function requestAttributes(api: ModelApi, body: unknown, baseUrl: unknown): Attributes {
	const attributes: Attributes = {
		[ATTR.stepKind]: "model",
		[ATTR.stepName]: callStep(api),
		[ATTR.operationName]: OPERATIONS[api].operation,
		...serverAttributes(baseUrl),
	};
	const model = textField(body, "model");
	if (model !== undefined) {
		attributes[ATTR.requestModel] = model;
		attributes[ATTR.componentVersion] = model;
	}
	for (const [name, attribute] of REQUEST_FIELDS) {
		const value = field(body, name);
		if (typeof value === "number") attributes[attribute] = value;
	}
	const { type } = OPERATIONS[api];
	if (type !== undefined) attributes[ATTR.openaiApiType] = type;
	if (field(body, "stream") === true) attributes[ATTR.requestStream] = true;
	return { ...attributes, ...requestChoices(body) };
}

function requestChoices(body: unknown): Attributes {
	const attributes: Attributes = {};
	const stop = field(body, "stop");
	const stops = (Array.isArray(stop) ? stop : [stop]).filter((word) => typeof word === "string");
	if (stops.length > 0) attributes[ATTR.requestStopSequences] = stops;
	const count = field(body, "n");
	if (typeof count === "number" && count !== 1) attributes[ATTR.requestChoiceCount] = count;
	const encoding = textField(body, "encoding_format");
	if (encoding !== undefined) attributes[ATTR.requestEncodingFormats] = [encoding];
	const tier = textField(body, "service_tier");
	if (tier !== undefined) attributes[ATTR.openaiRequestServiceTier] = tier;
	const format =
		textField(field(body, "response_format"), "type") ??
		textField(field(field(body, "text"), "format"), "type");
	if (format !== undefined) attributes[ATTR.outputType] = format.startsWith("json") ? "json" : "text";
	const conversation = field(body, "conversation");
	const id = typeof conversation === "string" ? conversation : textField(conversation, "id");
	if (id !== undefined) attributes[ATTR.conversationId] = id;
	return attributes;
}

function serverAttributes(baseUrl: unknown): Attributes {
	if (typeof baseUrl !== "string" || !URL.canParse(baseUrl)) return { [ATTR.providerName]: "openai" };
	const { hostname, port, protocol } = new URL(baseUrl);
	const provider = PROVIDER_BY_HOST.find(([host]) => hostname === host || hostname.endsWith(`.${host}`))?.[1];
	return {
		[ATTR.providerName]: provider ?? "openai",
		[ATTR.serverAddress]: hostname,
		[ATTR.serverPort]: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
	};
}

/** Records the prompt and the tools. */
export function recordRequest(span: Span, api: ModelApi, body: unknown): void {
	if (api === "embeddings") {
		recordValue(span, ATTR.stepInput, field(body, "input"));
		return;
	}
	const messages = inputMessages(api, body);
	recordValue(span, ATTR.inputMessages, messages);
	const instructions = textField(body, "instructions");
	if (instructions !== undefined) {
		recordValue(span, ATTR.systemInstructions, [{ type: "text", content: instructions }]);
	}
	const tools = toolDefinitions(field(body, "tools"));
	if (tools.length > 0) recordValue(span, ATTR.toolDefinitions, tools);
}

function inputMessages(api: Exclude<ModelApi, "embeddings">, body: unknown): Message[] {
	switch (api) {
		case "chat":
			return chatInput(field(body, "messages"));
		case "completions":
			return promptInput(field(body, "prompt"));
		case "responses":
			return responsesInput(field(body, "input"));
	}
}

function outputMessages(api: Exclude<ModelApi, "embeddings">, result: unknown): Message[] {
	switch (api) {
		case "chat":
			return chatOutput(field(result, "choices"));
		case "completions":
			return completionOutput(field(result, "choices"));
		case "responses":
			return responsesOutput(result);
	}
}

/** The values of a request that another step may have produced: messages and the texts inside them. */
export function requestValues(api: ModelApi, body: unknown): unknown[] {
	if (api === "embeddings") return [field(body, "input")];
	if (api === "completions") return [body, field(body, "prompt")];
	const items = field(body, api === "chat" ? "messages" : "input");
	const contents = list(items).flatMap((item) => [
		field(item, "content"),
		...list(field(item, "content")).map((part) => field(part, "text")),
		field(item, "output"),
	]);
	return [body, items, ...list(items), ...contents, field(body, "instructions"), field(body, "tools")];
}

/** Records what the model answered: messages, usage, finish reasons, the model that really ran. */
export function recordResponse(span: Span, api: ModelApi, result: unknown): void {
	span.setAttributes({ ...responseAttributes(result), ...usageAttributes(field(result, "usage")) });
	if (api === "embeddings") {
		const vector = field(list(field(result, "data"))[0], "embedding");
		const length = field(vector, "length");
		if (typeof vector === "object" && typeof length === "number") {
			span.setAttribute(ATTR.embeddingsDimensions, length);
		}
		return;
	}
	recordValue(span, ATTR.outputMessages, outputMessages(api, result));
	const reasons =
		api === "responses"
			? [responseFinish(result)]
			: list(field(result, "choices")).map((choice) => textField(choice, "finish_reason") ?? "");
	const known = reasons.filter((reason) => reason !== "");
	if (known.length > 0) span.setAttribute(ATTR.finishReasons, known);
}

function responseAttributes(result: unknown): Attributes {
	const attributes: Attributes = {};
	for (const [name, attribute] of [
		["id", ATTR.responseId],
		["model", ATTR.responseModel],
		["service_tier", ATTR.openaiResponseServiceTier],
		["system_fingerprint", ATTR.openaiSystemFingerprint],
	] as const) {
		const value = textField(result, name);
		if (value !== undefined) attributes[attribute] = value;
	}
	return attributes;
}

/** Both APIs' names of the same counts. */
function usageAttributes(usage: unknown): Attributes {
	const counts = {
		[ATTR.inputTokens]: field(usage, "prompt_tokens") ?? field(usage, "input_tokens"),
		[ATTR.outputTokens]: field(usage, "completion_tokens") ?? field(usage, "output_tokens"),
		[ATTR.cachedInputTokens]: field(
			field(usage, "prompt_tokens_details") ?? field(usage, "input_tokens_details"),
			"cached_tokens",
		),
		[ATTR.reasoningTokens]: field(
			field(usage, "completion_tokens_details") ?? field(usage, "output_tokens_details"),
			"reasoning_tokens",
		),
	};
	return Object.fromEntries(
		Object.entries(counts).filter(([, count]) => typeof count === "number"),
	) as Attributes;
}

/** Notes every value inside an answer that the application may hand to its next step. */
export function recordProducts(provenance: Provenance, result: unknown, producer: SpanContext): void {
	provenance.record(result, producer, 2);
	for (const choice of list(field(result, "choices"))) {
		const message = field(choice, "message");
		provenance.record(message ?? field(choice, "text"), producer, 1);
		for (const call of list(field(message, "tool_calls")))
			recordCall(provenance, call, field(call, "function"), producer);
	}
	for (const item of list(field(result, "output"))) {
		provenance.record(item, producer, 2);
		recordCall(provenance, item, item, producer);
	}
	const text = field(result, "output_text");
	if (typeof text === "string") provenance.record(text, producer, 0);
}

/** A tool is called with what the arguments' text says, so that text in its normal form is noted too. */
function recordCall(provenance: Provenance, call: unknown, fn: unknown, producer: SpanContext): void {
	const text = textField(fn, "arguments");
	if (text === undefined) return;
	provenance.record(call, producer, 1);
	provenance.record(text, producer, 0);
	try {
		provenance.record(JSON.stringify(JSON.parse(text)), producer, 0);
	} catch {
		// The model wrote no JSON; the text as it stands is noted already.
	}
}

/** Puts a stream of this API together. */
export function streamParts(api: ModelApi): StreamParts {
	if (api === "completions") return completionStreamParts();
	return api === "responses" ? responsesStreamParts() : chatStreamParts();
}

/** An answer with vectors as numbers: the client asks for base64 of its own accord and decodes it later. */
export function withPlainVectors(result: unknown): unknown {
	const entries = list(field(result, "data")).map((entry) => {
		const vector = field(entry, "embedding");
		if (typeof vector !== "string") return entry;
		const bytes = Uint8Array.from(Buffer.from(vector, "base64"));
		return { ...(entry as object), embedding: Array.from(new Float32Array(bytes.buffer)) };
	});
	return { ...(result as object), data: entries };
}
