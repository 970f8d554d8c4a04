import { base64Bytes } from "./serialize.ts";

/** One part of a message in the GenAI convention's shape. */
export type MessagePart = Readonly<Record<string, unknown>> & { readonly type: string };

/** A message in the GenAI convention's shape. */
export interface Message {
	readonly role: string;
	readonly parts: readonly MessagePart[];
	readonly name?: string;
	readonly finish_reason?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The field of something that came from outside and may be anything. */
export function field(value: unknown, name: string): unknown {
	return typeof value === "object" && value !== null ? (value as Fields)[name] : undefined;
}

/** The field, where it is a text. */
export function textField(value: unknown, name: string): string | undefined {
	const found = field(value, name);
	return typeof found === "string" ? found : undefined;
}

/** The items of a list, or nothing. */
export function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

/** Messages of a chat request. @example chatInput(body.messages) */
export function chatInput(messages: unknown): Message[] {
	return list(messages).map((message) => {
		const name = textField(message, "name");
		return {
			role: textField(message, "role") ?? "user",
			parts: chatParts(message),
			...(name === undefined ? {} : { name }),
		};
	});
}

/** Choices of a chat completion as output messages. */
export function chatOutput(choices: unknown): Message[] {
	return list(choices).map((choice) => {
		const message = field(choice, "message");
		return {
			role: textField(message, "role") ?? "assistant",
			parts: chatParts(message),
			finish_reason: finishReason(textField(choice, "finish_reason")),
		};
	});
}

/** Prompt of a legacy completion: a text or several; lists of tokens say nothing to a reader. */
export function promptInput(prompt: unknown): Message[] {
	const texts = (Array.isArray(prompt) ? prompt : [prompt]).filter((text) => typeof text === "string");
	return texts.map((content) => ({ role: "user", parts: [{ type: "text", content }] }));
}

/** Choices of a legacy completion as output messages. */
export function completionOutput(choices: unknown): Message[] {
	return list(choices).map((choice) => ({
		role: "assistant",
		parts: [{ type: "text", content: textField(choice, "text") ?? "" }],
		finish_reason: finishReason(textField(choice, "finish_reason")),
	}));
}

/** The convention's word for OpenAI's; empty where the stream stopped before there was one. */
function finishReason(reason: string | undefined): string {
	if (reason === "tool_calls" || reason === "function_call") return "tool_call";
	return reason ?? "";
}

function chatParts(message: unknown): MessagePart[] {
	const content = field(message, "content");
	const role = textField(message, "role");
	if (role === "tool" || role === "function") {
		const id = textField(message, "tool_call_id") ?? textField(message, "name");
		return [
			{ type: "tool_call_response", ...(id === undefined ? {} : { id }), response: plainContent(content) },
		];
	}
	const reasoning = textField(message, "reasoning_content") ?? textField(message, "reasoning");
	const refusal = textField(message, "refusal");
	const legacy = field(message, "function_call");
	return [
		...(reasoning === undefined ? [] : [{ type: "reasoning", content: reasoning }]),
		...contentParts(content),
		...(refusal === undefined ? [] : [{ type: "text", content: refusal, refusal: true }]),
		...list(field(message, "tool_calls")).map(toolCallPart),
		...(typeof legacy === "object" && legacy !== null ? [{ type: "tool_call", ...callFields(legacy) }] : []),
	];
}

function toolCallPart(call: unknown): MessagePart {
	const id = textField(call, "id");
	return {
		type: "tool_call",
		...(id === undefined ? {} : { id }),
		...callFields(field(call, "function") ?? field(call, "custom")),
	};
}

function callFields(call: unknown): { name: string; arguments: unknown } {
	return {
		name: textField(call, "name") ?? "",
		arguments: parsed(field(call, "arguments") ?? field(call, "input")),
	};
}

/** Arguments as the object they stand for; as text where the model did not write JSON. */
function parsed(text: unknown): unknown {
	if (typeof text !== "string") return text;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

function plainContent(content: unknown): unknown {
	if (!Array.isArray(content)) return content ?? "";
	return content.map((part) => textField(part, "text") ?? "").join("");
}

function contentParts(content: unknown): MessagePart[] {
	if (typeof content === "string") return [{ type: "text", content }];
	return list(content).map(contentPart);
}

function contentPart(part: unknown): MessagePart {
	const type = textField(part, "type") ?? "unknown";
	switch (type) {
		case "text":
		case "input_text":
		case "output_text":
			return { type: "text", content: textField(part, "text") ?? "" };
		case "refusal":
			return { type: "text", content: textField(part, "refusal") ?? "", refusal: true };
		case "image_url":
			return mediaPart("image", textField(field(part, "image_url"), "url"));
		case "input_image":
			return mediaPart("image", textField(part, "image_url"), textField(part, "file_id"));
		case "input_audio": {
			const audio = field(part, "input_audio");
			const format = textField(audio, "format") ?? "wav";
			return blobPart("audio", `audio/${format}`, textField(audio, "data")?.length ?? 0);
		}
		case "file":
		case "input_file": {
			const file = type === "file" ? field(part, "file") : part;
			return mediaPart("document", textField(file, "file_data"), textField(file, "file_id"));
		}
		default:
			return { type };
	}
}

function mediaPart(modality: string, url: string | undefined, fileId?: string): MessagePart {
	if (fileId !== undefined) return { type: "file", modality, file_id: fileId };
	if (url?.startsWith("data:")) {
		const comma = url.indexOf(",");
		return blobPart(modality, url.slice(5, comma).split(";")[0] ?? "", url.length - comma - 1);
	}
	return { type: "uri", modality, uri: url ?? "" };
}

/** Binary content is named with its size, never repeated. */
function blobPart(modality: string, mimeType: string, base64Chars: number): MessagePart {
	return { type: "blob", modality, mime_type: mimeType, content: `[${base64Bytes(base64Chars)} bytes]` };
}

/** Input of a responses request: a text, or a list of items. */
export function responsesInput(input: unknown): Message[] {
	if (typeof input === "string") return [{ role: "user", parts: [{ type: "text", content: input }] }];
	return list(input).map((item) => ({ role: itemRole(item), parts: itemParts(item) }));
}

/** Output of a response: its items are one turn of the assistant. */
export function responsesOutput(response: unknown): Message[] {
	const items = list(field(response, "output"));
	if (items.length === 0) return [];
	return [{ role: "assistant", parts: items.flatMap(itemParts), finish_reason: responseFinish(response) }];
}

/** Why a response ended, in the convention's words; empty where it has not ended. */
export function responseFinish(response: unknown): string {
	switch (textField(response, "status")) {
		case "completed":
			return list(field(response, "output")).some((item) => CLIENT_CALLS.has(textField(item, "type") ?? ""))
				? "tool_call"
				: "stop";
		case "incomplete": {
			const reason = textField(field(response, "incomplete_details"), "reason");
			return reason === "max_output_tokens" ? "length" : (reason ?? "incomplete");
		}
		case "failed":
		case "cancelled":
			return "error";
		default:
			return "";
	}
}

/** Calls that the application has to make; those on the provider's side do not end the turn. */
const CLIENT_CALLS = new Set(["function_call", "custom_tool_call", "computer_call", "local_shell_call"]);

function itemRole(item: unknown): string {
	const type = textField(item, "type") ?? "message";
	if (type === "message") return textField(item, "role") ?? "user";
	return type.endsWith("_output") ? "tool" : "assistant";
}

function itemParts(item: unknown): MessagePart[] {
	const type = textField(item, "type") ?? "message";
	const callId = textField(item, "call_id") ?? textField(item, "id");
	const id = callId === undefined ? {} : { id: callId };
	switch (type) {
		case "message":
			return contentParts(field(item, "content"));
		case "function_call":
		case "custom_tool_call":
			return [{ type: "tool_call", ...id, ...callFields(item) }];
		case "function_call_output":
		case "custom_tool_call_output":
			return [{ type: "tool_call_response", ...id, response: plainContent(field(item, "output")) }];
		case "reasoning": {
			const texts = list(field(item, "summary")).map((part) => textField(part, "text") ?? "");
			return [{ type: "reasoning", content: texts.join("\n") }];
		}
		default:
			// Tools that run on the provider's side: search, code interpreter, image generation.
			return [{ type: "server_tool_call", ...id, name: type, server_tool_call: { type } }];
	}
}

/** Tools of a request in the convention's shape. */
export function toolDefinitions(tools: unknown): MessagePart[] {
	return list(tools).map((tool) => {
		const type = textField(tool, "type") ?? "function";
		const inner = field(tool, type) ?? tool;
		const name = textField(inner, "name");
		const description = textField(inner, "description");
		const parameters = field(inner, "parameters");
		return {
			type,
			...(name === undefined ? {} : { name }),
			...(description === undefined ? {} : { description }),
			...(parameters === undefined ? {} : { parameters }),
		};
	});
}
