/**
 * Which model answers.
 *
 * @module
 */
import OpenAI from "openai";
import { startLocalModel } from "./local-model.ts";

/** The client and the models that it is asked for. */
export interface ChosenModel extends AsyncDisposable {
	readonly client: OpenAI;
	/** Ids of the model that is wanted and of the weaker, cheaper one. */
	readonly models: { readonly good: string; readonly weaker: string };
	/** For people. */
	readonly description: string;
}

/** The model that the environment configures, else the local extractive one. */
export async function chooseModel(env: Readonly<Record<string, string | undefined>>): Promise<ChosenModel> {
	if (env["OPENAI_API_KEY"] !== undefined || env["OPENAI_BASE_URL"] !== undefined) {
		const client = new OpenAI({ apiKey: env["OPENAI_API_KEY"] ?? "none" });
		const good = env["OPENAI_MODEL"] ?? "gpt-5-mini";
		const weaker = env["OPENAI_WEAKER_MODEL"] ?? "gpt-5-nano";
		return {
			client,
			models: { good, weaker },
			description: `${good} at ${client.baseURL}`,
			[Symbol.asyncDispose]: async () => {},
		};
	}
	const local = await startLocalModel();
	return {
		client: new OpenAI({ baseURL: local.url, apiKey: "local" }),
		models: { good: "extractive-large", weaker: "extractive-small" },
		description: "a local extractive model, because neither OPENAI_API_KEY nor OPENAI_BASE_URL is set",
		[Symbol.asyncDispose]: () => local.close(),
	};
}
