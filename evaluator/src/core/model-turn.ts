import type { Content } from "./content.ts";

/** A tool that the model asked for. */
export interface ToolRequest {
	readonly name: string;
	/** Parsed where the model wrote JSON, else its text. */
	readonly arguments: unknown;
}

/** What a model said in one turn. */
export interface ModelTurn {
	readonly text: string;
	readonly calls: readonly ToolRequest[];
	/** The provider marked the turn as a refusal. */
	readonly refused: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
	typeof value === "object" && value !== null ? (value as Fields) : {};

const turns = new WeakMap<Content, ModelTurn>();

/**
 * Reads what a model said, however it was recorded: the GenAI convention's messages, messages as a chat API gives them, a text.
 *
 * @example
 * readModelTurn(readContent('[{"role":"assistant","parts":[{"type":"text","content":"Hi"}]}]')).text; // "Hi"
 */
export function readModelTurn(output: Content): ModelTurn {
	const known = turns.get(output);
	if (known !== undefined) return known;
	const turn = readTurn(output);
	turns.set(output, turn);
	return turn;
}

function readTurn({ json, raw }: Content): ModelTurn {
	const messages = Array.isArray(json) ? json : isMessage(json) ? [json] : null;
	if (messages === null || !messages.some(isMessage)) {
		return { text: typeof json === "string" ? json : raw, calls: [], refused: false };
	}
	const read = messages.map(fieldsOf).map(readMessage);
	return {
		text: read.flatMap(({ texts }) => texts).join("\n"),
		calls: read.flatMap(({ calls }) => calls),
		refused: read.some(({ refused }) => refused),
	};
}

/** A message in the convention's parts, or as a chat API gives it. */
function readMessage(message: Fields) {
	const parts = listOf(message["parts"]);
	const { content, refusal } = message;
	const asked = listOf(message["tool_calls"]).map((call) => fieldsOf(call["function"] ?? call));
	return {
		texts: [
			...parts.filter(({ type }) => type === "text").map((part) => String(part["content"] ?? "")),
			...(typeof content === "string" ? [content] : []),
		],
		calls: [...parts.filter(({ type }) => type === "tool_call"), ...asked].map(requestOf),
		refused:
			parts.some((part) => part["refusal"] === true) || (typeof refusal === "string" && refusal !== ""),
	};
}

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

const isMessage = (value: unknown): boolean => "role" in fieldsOf(value);

const requestOf = (call: Fields): ToolRequest => ({
	name: String(call["name"] ?? ""),
	arguments: parsed(call["arguments"] ?? call["input"]),
});

function parsed(value: unknown): unknown {
	if (typeof value !== "string") return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}

/** What the tools answered that a model was told of, the texts of its system messages apart. */
export interface ModelInput {
	/** Null where the recorded input has no system message. */
	readonly instructions: string | null;
	/** Results of tools, in order, as text. */
	readonly results: readonly string[];
}

const inputs = new WeakMap<Content, ModelInput>();

/** Reads what a model was told: its instructions, and what its tools have answered. */
export function readModelInput(input: Content): ModelInput {
	const known = inputs.get(input);
	if (known !== undefined) return known;
	const read = readInput(input);
	inputs.set(input, read);
	return read;
}

function readInput({ json }: Content): ModelInput {
	let instructions: string | null = null;
	const results: string[] = [];
	for (const message of Array.isArray(json) ? json.map(fieldsOf) : []) {
		const role = message["role"];
		if (role === "system" || role === "developer")
			instructions = `${instructions ?? ""}${textOf(message["parts"] ?? message["content"])}\n`;
		if (role !== "tool" && role !== "function") continue;
		const parts = Array.isArray(message["parts"]) ? message["parts"].map(fieldsOf) : null;
		for (const part of parts ?? [{ response: message["content"] }])
			results.push(textOf(part["response"] ?? part["result"] ?? part["content"]));
	}
	return { instructions, results };
}

function textOf(value: unknown): string {
	if (typeof value === "string") return value;
	if (Array.isArray(value)) return value.map((part) => textOf(fieldsOf(part)["content"] ?? part)).join("\n");
	return JSON.stringify(value) ?? "";
}
