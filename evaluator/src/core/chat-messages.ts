/** A message of a chat-completions request. */
export interface ChatMessage {
	readonly role: string;
	readonly content: string | null;
	readonly name?: string;
	readonly tool_call_id?: string;
	readonly tool_calls?: readonly object[];
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
	typeof value === "object" && value !== null ? (value as Fields) : {};

/**
 * The messages that a recorded model call was given, as a request takes them: the GenAI convention's `[{ role, parts }]`, messages that
 * have `content` already, or a text. Null where it is none of these: then the prompt is not known.
 *
 * @example
 * toChatMessages([{ role: "user", parts: [{ type: "text", content: "Hi" }] }]); // [{ role: "user", content: "Hi" }]
 */
export function toChatMessages(recorded: unknown): ChatMessage[] | null {
	if (typeof recorded === "string") return recorded === "" ? null : [{ role: "user", content: recorded }];
	if (!Array.isArray(recorded) || recorded.length === 0) return null;
	const messages = recorded.flatMap(toMessages);
	return messages.some((message) => message === null) ? null : (messages as ChatMessage[]);
}

/** One recorded message; results of several tools in one turn are a message each. */
function toMessages(recorded: unknown): (ChatMessage | null)[] {
	const { role, parts, content, name } = fieldsOf(recorded);
	if (typeof role !== "string") return [null];
	if (!Array.isArray(parts)) return typeof content === "string" ? [recorded as ChatMessage] : [null];
	const named = typeof name === "string" ? { name } : {};
	const all = parts.map(fieldsOf);
	const answers = all.filter((part) => part["type"] === "tool_call_response");
	if (answers.length > 0) {
		return answers.map(({ id, response }) => ({
			role: "tool",
			tool_call_id: String(id ?? ""),
			content: textOf(response),
		}));
	}
	const text = all
		.filter((part) => part["type"] === "text")
		.map((part) => String(part["content"] ?? ""))
		.join("\n");
	const calls = all
		.filter((part) => part["type"] === "tool_call")
		.map((part) => ({
			id: String(part["id"] ?? ""),
			type: "function",
			function: { name: String(part["name"] ?? ""), arguments: textOf(part["arguments"]) },
		}));
	if (calls.length === 0) return [{ role, content: text, ...named }];
	return [{ role, content: text === "" ? null : text, ...named, tool_calls: calls }];
}

const textOf = (value: unknown): string =>
	typeof value === "string" ? value : (JSON.stringify(value) ?? "");
