/**
 * Which model plans.
 *
 * @module
 */
import OpenAI from "openai";
import { startLocalModel } from "./local-model.ts";

/** The client, the model that it is asked for, and a description for people. */
export interface ChosenModel extends AsyncDisposable {
	readonly client: OpenAI;
	readonly model: string;
	readonly description: string;
}

/** The model that the environment configures, else the local one that plans by rules. */
export async function chooseModel(env: Readonly<Record<string, string | undefined>>): Promise<ChosenModel> {
	if (env["OPENAI_API_KEY"] !== undefined || env["OPENAI_BASE_URL"] !== undefined) {
		const client = new OpenAI({ apiKey: env["OPENAI_API_KEY"] ?? "none" });
		const model = env["OPENAI_MODEL"] ?? "gpt-5-mini";
		return {
			client,
			model,
			description: `${model} at ${client.baseURL}`,
			[Symbol.asyncDispose]: async () => {},
		};
	}
	const local = await startLocalModel();
	return {
		client: new OpenAI({ baseURL: local.url, apiKey: "local" }),
		model: "planner-large",
		description:
			"a local model that plans by rules, because neither OPENAI_API_KEY nor OPENAI_BASE_URL is set",
		[Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
	};
}
