import type { ModelApi } from "./openai-call.ts";
import { field, list, textField } from "./openai-messages.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The body that a provider would have answered with, from what a replay pins: such a body, the messages that a model span
 * recorded (`gen_ai.output.messages`), or a text.
 *
 * @throws Error where nothing of that kind was pinned, or where an embedding is to be made out of messages.
 * @example answerBody("chat", "It closes at nine.", { model: "gpt-5" });
 */
export function answerBody(api: ModelApi, pin: unknown, request: unknown): Fields {
	if (typeof pin === "string") return bodyOf(api, [{ role: "assistant", parts: [textPart(pin)] }], request);
	if (Array.isArray(pin) && pin.every((message) => Array.isArray(field(message, "parts")))) {
		return bodyOf(api, pin, request);
	}
	if (typeof pin === "object" && pin !== null && !Array.isArray(pin)) {
		return api === "embeddings" ? encodeVectors(pin as Fields, request) : (pin as Fields);
	}
	throw new Error(
		`cannot pin a call of a model to ${JSON.stringify(pin) ?? typeof pin}: give the provider's answer, a list of messages with parts, or a text`,
	);
}

const textPart = (content: string) => ({ type: "text", content });

/** Nothing was asked of a model, so nothing was used. */
const NO_TOKENS: Readonly<Record<ModelApi, Fields>> = {
	chat: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
	completions: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
	responses: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
	embeddings: { prompt_tokens: 0, total_tokens: 0 },
};

function bodyOf(api: ModelApi, messages: readonly unknown[], request: unknown): Fields {
	const model = textField(request, "model") ?? "pinned";
	const head = { id: "pinned", created: 0, model, usage: NO_TOKENS[api] };
	switch (api) {
		case "chat":
			return { ...head, object: "chat.completion", choices: messages.map(choiceOf) };
		case "completions":
			return {
				...head,
				object: "text_completion",
				choices: messages.map((message, index) => ({
					index,
					text: textOf(message),
					finish_reason: chatFinish(textField(message, "finish_reason"), false),
				})),
			};
		case "responses":
			return {
				...head,
				object: "response",
				created_at: 0,
				...statusOf(messages.at(-1)),
				output: messages.flatMap(itemsOf),
				output_text: messages.map((message) => textOf(message)).join(""),
			};
		case "embeddings":
			throw new Error(
				"cannot pin embeddings to messages: a span does not record vectors; pin the answer itself",
			);
	}
}

function textOf(message: unknown, refused = false): string {
	return textsOf(message, "text", refused).join("");
}

function textsOf(message: unknown, type: string, refused: boolean): string[] {
	return list(field(message, "parts"))
		.filter((part) => textField(part, "type") === type && (field(part, "refusal") === true) === refused)
		.map((part) => textField(part, "content") ?? "");
}

function callsOf(message: unknown): { id: string; name: string; arguments: string }[] {
	return list(field(message, "parts"))
		.filter((part) => textField(part, "type") === "tool_call")
		.map((part, index) => {
			const given = field(part, "arguments");
			return {
				id: textField(part, "id") ?? `call_${index}`,
				name: textField(part, "name") ?? "",
				arguments: typeof given === "string" ? given : JSON.stringify(given ?? {}),
			};
		});
}

function choiceOf(message: unknown, index: number): Fields {
	const calls = callsOf(message).map(({ id, ...call }) => ({ id, type: "function", function: call }));
	const text = textOf(message);
	const refusal = textOf(message, true);
	const reasoning = textsOf(message, "reasoning", false).join("\n");
	return {
		index,
		logprobs: null,
		finish_reason: chatFinish(textField(message, "finish_reason"), calls.length > 0),
		message: {
			role: "assistant",
			refusal: refusal === "" ? null : refusal,
			content: text === "" && (calls.length > 0 || refusal !== "") ? null : text,
			...(reasoning === "" ? {} : { reasoning_content: reasoning }),
			...(calls.length === 0 ? {} : { tool_calls: calls }),
		},
	};
}

function chatFinish(recorded: string | undefined, calls: boolean): string {
	if (recorded === undefined || recorded === "") return calls ? "tool_calls" : "stop";
	return recorded === "tool_call" ? "tool_calls" : recorded;
}

/** How a response ended, from the recorded message's reason. */
function statusOf(message: unknown): Fields {
	if (textField(message, "finish_reason") !== "length") return { status: "completed" };
	return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
}

function itemsOf(message: unknown, index: number): Fields[] {
	const text = textOf(message);
	const refusal = textOf(message, true);
	const content = [
		...(text === "" ? [] : [{ type: "output_text", text, annotations: [] }]),
		...(refusal === "" ? [] : [{ type: "refusal", refusal }]),
	];
	return [
		...(content.length === 0
			? []
			: [{ type: "message", id: `msg_${index}`, role: "assistant", status: "completed", content }]),
		...callsOf(message).map(({ id, ...call }) => ({
			type: "function_call",
			id: `fc_${id}`,
			call_id: id,
			status: "completed",
			...call,
		})),
	];
}

/** The client asks for vectors in base64 of its own accord and decodes what comes. */
function encodeVectors(body: Fields, request: unknown): Fields {
	if (textField(request, "encoding_format") !== "base64") return body;
	const encode = (vector: unknown): unknown =>
		typeof vector === "object" && vector !== null
			? Buffer.from(Float32Array.from(vector as ArrayLike<number>).buffer).toString("base64")
			: vector;
	const entries = list(body["data"]).map((entry) => ({
		...(entry as Fields),
		embedding: encode(field(entry, "embedding")),
	}));
	return { ...body, data: entries };
}

/** The events in which a provider would have streamed the body. */
export function answerEvents(api: ModelApi, body: Fields, request: unknown): Fields[] {
	if (api === "responses") return responseEvents(body);
	const { choices, usage, ...head } = body;
	const withUsage = field(field(request, "stream_options"), "include_usage") === true;
	const chunks = api === "chat" ? list(choices).flatMap(chunksOf) : list(choices);
	const object = api === "chat" ? "chat.completion.chunk" : "text_completion";
	return [
		...chunks.map((choice) => ({ ...head, object, choices: [choice] })),
		...(withUsage && usage !== undefined ? [{ ...head, object, choices: [], usage }] : []),
	];
}

function chunksOf(choice: unknown): Fields[] {
	const { tool_calls, ...message } = (field(choice, "message") ?? {}) as Fields;
	const calls = list(tool_calls).map((call, index) => ({ index, ...(call as Fields) }));
	const index = field(choice, "index") ?? 0;
	return [
		{
			index,
			delta: { ...message, ...(calls.length === 0 ? {} : { tool_calls: calls }) },
			finish_reason: null,
		},
		{ index, delta: {}, finish_reason: field(choice, "finish_reason") ?? "stop" },
	];
}

function responseEvents(response: Fields): Fields[] {
	const status = textField(response, "status") ?? "completed";
	const events = [
		{ type: "response.created", response: { ...response, status: "in_progress", output: [] } },
		...list(response["output"]).flatMap(itemEvents),
		{ type: `response.${status}`, response },
	];
	return events.map((event, sequence) => ({ ...event, sequence_number: sequence }));
}

function itemEvents(item: unknown, outputIndex: number): Fields[] {
	const at = { output_index: outputIndex, item_id: field(item, "id") };
	const whole = item as Fields;
	const isCall = typeof whole["arguments"] === "string";
	const empty = {
		...whole,
		...(isCall ? { arguments: "" } : {}),
		...(whole["content"] ? { content: [] } : {}),
	};
	return [
		{ type: "response.output_item.added", output_index: outputIndex, item: empty },
		...(isCall
			? [
					{ type: "response.function_call_arguments.delta", ...at, delta: whole["arguments"] },
					{ type: "response.function_call_arguments.done", ...at, arguments: whole["arguments"] },
				]
			: []),
		...list(whole["content"]).flatMap((part, index) =>
			partEvents(part as Fields, { ...at, content_index: index }),
		),
		{ type: "response.output_item.done", output_index: outputIndex, item },
	];
}

function partEvents(part: Fields, at: Fields): Fields[] {
	const { text } = part;
	if (typeof text !== "string") {
		return [
			{ type: "response.content_part.added", ...at, part },
			{ type: "response.content_part.done", ...at, part },
		];
	}
	return [
		{ type: "response.content_part.added", ...at, part: { ...part, text: "" } },
		{ type: "response.output_text.delta", ...at, delta: text, logprobs: [] },
		{ type: "response.output_text.done", ...at, text, logprobs: [] },
		{ type: "response.content_part.done", ...at, part },
	];
}
