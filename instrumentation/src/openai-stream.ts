import { field, list, textField } from "./openai-messages.ts";

/** Puts the events of a stream together into what the same call without streaming would have given. */
export interface StreamParts {
	add(event: unknown): void;
	/** What has come so far; empty fields where nothing has. */
	whole(): unknown;
}

/** Texts of a stream beyond this many characters are counted by the provider's usage only. */
const MAX_CHARS = 8_388_608;

interface ToolCallParts {
	id: string | undefined;
	type: string;
	function: { name: string; arguments: string };
}

interface ChoiceParts {
	role: string;
	content: string | undefined;
	refusal: string | undefined;
	reasoning: string | undefined;
	finishReason: string | null;
	readonly toolCalls: Map<number, ToolCallParts>;
}

/** Chunks of a chat completion. */
export function chatStreamParts(): StreamParts {
	const choices = new Map<number, ChoiceParts>();
	const head: Record<string, unknown> = { object: "chat.completion" };
	return {
		add(chunk) {
			noteHead(head, chunk);
			for (const choice of list(field(chunk, "choices"))) addChoice(choices, choice);
		},
		whole: () => ({
			...head,
			choices: [...choices].sort(([a], [b]) => a - b).map(([index, parts]) => wholeChoice(index, parts)),
		}),
	};
}

function addChoice(choices: Map<number, ChoiceParts>, choice: unknown): void {
	const index = Number(field(choice, "index") ?? 0);
	const parts = choices.get(index) ?? {
		role: "assistant",
		content: undefined,
		refusal: undefined,
		reasoning: undefined,
		finishReason: null,
		toolCalls: new Map(),
	};
	choices.set(index, parts);
	const delta = field(choice, "delta");
	parts.role = textField(delta, "role") ?? parts.role;
	parts.content = append(parts.content, field(delta, "content"));
	parts.refusal = append(parts.refusal, field(delta, "refusal"));
	parts.reasoning = append(parts.reasoning, field(delta, "reasoning_content") ?? field(delta, "reasoning"));
	parts.finishReason = textField(choice, "finish_reason") ?? parts.finishReason;
	for (const call of list(field(delta, "tool_calls"))) addToolCall(parts.toolCalls, call);
}

function addToolCall(calls: Map<number, ToolCallParts>, delta: unknown): void {
	const index = Number(field(delta, "index") ?? 0);
	const call = calls.get(index) ?? { id: undefined, type: "function", function: { name: "", arguments: "" } };
	calls.set(index, call);
	const fn = field(delta, "function");
	call.id = textField(delta, "id") ?? call.id;
	call.function.name += textField(fn, "name") ?? "";
	call.function.arguments = append(call.function.arguments, field(fn, "arguments")) ?? "";
}

function append(text: string | undefined, more: unknown): string | undefined {
	if (typeof more !== "string") return text;
	return (text?.length ?? 0) >= MAX_CHARS ? text : (text ?? "") + more;
}

function wholeChoice(index: number, parts: ChoiceParts): unknown {
	const { role, content, refusal, reasoning, finishReason, toolCalls } = parts;
	return {
		index,
		finish_reason: finishReason,
		message: {
			role,
			content: content ?? null,
			...(refusal === undefined ? {} : { refusal }),
			...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
			...(toolCalls.size === 0 ? {} : { tool_calls: [...toolCalls.values()] }),
		},
	};
}

/** Chunks of a legacy completion. */
export function completionStreamParts(): StreamParts {
	const choices = new Map<number, { text: string; finish_reason: string | null }>();
	const head: Record<string, unknown> = { object: "text_completion" };
	return {
		add(chunk) {
			noteHead(head, chunk);
			for (const choice of list(field(chunk, "choices"))) {
				const index = Number(field(choice, "index") ?? 0);
				const known = choices.get(index) ?? { text: "", finish_reason: null };
				choices.set(index, {
					text: append(known.text, field(choice, "text")) ?? "",
					finish_reason: textField(choice, "finish_reason") ?? known.finish_reason,
				});
			}
		},
		whole: () => ({ ...head, choices: [...choices].map(([index, choice]) => ({ index, ...choice })) }),
	};
}

function noteHead(head: Record<string, unknown>, chunk: unknown): void {
	for (const name of ["id", "model", "created", "usage", "service_tier", "system_fingerprint"]) {
		const value = field(chunk, name);
		if (value !== undefined && value !== null) head[name] = value;
	}
}

/** Events of a response. The last event brings the whole; a stream that stopped early is put together from the items. */
export function responsesStreamParts(): StreamParts {
	let response: unknown;
	let over = false;
	const items = new Map<number, unknown>();
	const texts = new Map<number, string>();
	return {
		add(event) {
			const type = textField(event, "type") ?? "";
			response = field(event, "response") ?? response;
			over ||= type === "response.completed" || type === "response.incomplete" || type === "response.failed";
			const index = Number(field(event, "output_index") ?? 0);
			if (type === "response.output_item.added" || type === "response.output_item.done") {
				items.set(index, field(event, "item"));
				if (type.endsWith("done")) texts.delete(index);
			} else if (type.endsWith(".delta") && typeof field(event, "delta") === "string") {
				texts.set(index, append(texts.get(index), field(event, "delta")) ?? "");
			}
		},
		whole: () =>
			over ? response : { ...(response as object | undefined), output: partialItems(items, texts) },
	};
}

function partialItems(items: ReadonlyMap<number, unknown>, texts: ReadonlyMap<number, string>): unknown[] {
	return [...items].map(([index, item]) => {
		const text = texts.get(index);
		if (text === undefined) return item;
		return textField(item, "type") === "function_call"
			? { ...(item as object), arguments: text }
			: { ...(item as object), content: [{ type: "output_text", text }] };
	});
}
