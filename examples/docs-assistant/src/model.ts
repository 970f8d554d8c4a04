/**
 * Step `model`: messages in, text out, through the `openai` client. Faultline instruments the client by itself.
 *
 * @module
 */
import type OpenAI from "openai";
import type { Prompt } from "./prompt-build.ts";

export interface Completion {
	readonly text: string;
	readonly model: string;
}

export interface Sampling {
	/** The model's seed: trials of one question differ in it. */
	readonly seed: number;
	readonly stream: boolean;
}

export type AskModel = (prompt: Prompt, sampling: Sampling) => Promise<Completion>;

const TEMPERATURE = 0.3;
const MAX_TOKENS = 400;

/** Asks `model` through `client`, in one piece or as a stream. */
export function createModel(client: OpenAI, model: string): AskModel {
	return async (prompt, { seed, stream }) => {
		const request = {
			model,
			messages: prompt.messages,
			temperature: TEMPERATURE,
			max_tokens: MAX_TOKENS,
			seed,
		};
		if (stream) {
			const chunks = await client.chat.completions.create({ ...request, stream: true });
			let text = "";
			for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? "";
			return { text, model };
		}
		const completion = await client.chat.completions.create(request);
		return { text: completion.choices[0]?.message.content ?? "", model: completion.model };
	};
}
