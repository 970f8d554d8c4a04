import OpenAI from "openai";
import { UsageError } from "../cli/io.ts";
import type { ChatModel, ModelFunction, RunContext } from "../config.ts";
import { toChatMessages } from "../core/chat-messages.ts";

/** What a model said, and what it cost. */
export interface ModelAnswer {
	readonly output: unknown;
	/** Null where the model did not say. */
	readonly inputTokens: number | null;
	readonly outputTokens: number | null;
	/** In the currency of the price; null without a price or without tokens. */
	readonly cost: number | null;
}

/** Asks one model; throws what the model's client throws. */
export type AskModel = (input: unknown, context: RunContext) => Promise<ModelAnswer>;

/**
 * The way to ask a model by its name in the configuration: the user's function, or a chat completion through the `openai` client.
 *
 * @param env where the endpoint's key is looked up.
 * @throws UsageError where the configuration names no such model, or its key is missing.
 * @example
 * const ask = askerOf("gpt-5-mini", config.models, process.env);
 */
export function askerOf(
	name: string,
	models: Readonly<Record<string, ModelFunction | ChatModel>> = {},
	env: Readonly<Record<string, string | undefined>>,
): AskModel {
	const model = Object.hasOwn(models, name) ? models[name] : models["*"];
	if (model === undefined) {
		throw new UsageError(
			`the configuration's models has no "${name}", and no "*" for every other; it has ${Object.keys(models).join(", ") || "none"}`,
		);
	}
	if (typeof model === "function") {
		return async (input, context) => ({
			output: await model(name, input, context),
			inputTokens: null,
			outputTokens: null,
			cost: null,
		});
	}
	return chatAsker(name, model, env);
}

function chatAsker(
	name: string,
	model: ChatModel,
	env: Readonly<Record<string, string | undefined>>,
): AskModel {
	const client = openChatClient(`model "${name}"`, model, env);
	return async (input, { signal }) => {
		const messages = model.messages?.(input) ?? toChatMessages(input);
		if (messages === null) {
			throw new UsageError(
				`what the fixture records as the model's input is neither messages nor a text; give models["${name}"].messages`,
			);
		}
		const request = { ...model.parameters, model: model.model ?? name, messages, stream: false };
		const completion = await client.chat.completions.create(
			request as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
			{ signal },
		);
		const inputTokens = completion.usage?.prompt_tokens ?? null;
		const outputTokens = completion.usage?.completion_tokens ?? null;
		const { price } = model;
		const known = price !== undefined && inputTokens !== null && outputTokens !== null;
		return {
			output: completion.choices[0]?.message.content ?? "",
			inputTokens,
			outputTokens,
			cost: known ? (inputTokens * price.input + outputTokens * price.output) / 1e6 : null,
		};
	};
}

/**
 * The `openai` client for an endpoint of the configuration. Tries of its own would hide how long an answer took, and whoever asks tries again
 * by himself.
 *
 * @param who is asked, for the error.
 * @throws UsageError where the key is missing.
 */
export function openChatClient(
	who: string,
	endpoint: { readonly baseURL?: string; readonly apiKeyVariable?: string },
	env: Readonly<Record<string, string | undefined>>,
): OpenAI {
	const variable = endpoint.apiKeyVariable ?? "OPENAI_API_KEY";
	const apiKey = env[variable];
	// A local server needs no key; OpenAI's own endpoint does.
	const baseURL = endpoint.baseURL ?? env["OPENAI_BASE_URL"];
	if (apiKey === undefined && baseURL === undefined) {
		throw new UsageError(`${who} is asked at OpenAI, and ${variable} is not set; set it, or give a baseURL`);
	}
	return new OpenAI({
		apiKey: apiKey ?? "none",
		maxRetries: 0,
		...(baseURL === undefined ? {} : { baseURL }),
	});
}
