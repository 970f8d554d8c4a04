import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What a request to the server held. */
export interface ChatRequestSeen {
	readonly model: string;
	readonly messages: readonly { readonly role: string; readonly content: string }[];
	readonly temperature?: number;
	readonly seed?: number;
	readonly max_tokens?: number;
	readonly tools?: readonly object[];
	readonly response_format?: { readonly type: string };
}

/** Says more than a text or a bare status: a refusal with its body and headers, an answer that takes its time, or a call of a tool. */
export type ChatAnswer =
	| string
	| number
	| {
			readonly status: number;
			readonly message?: string;
			readonly headers?: Readonly<Record<string, string>>;
	  }
	| { readonly text: string; readonly afterMs?: number; readonly tokens?: readonly [number, number] }
	| { readonly tool: string; readonly arguments: unknown };

/** Speaks the chat-completions protocol on the loopback interface. */
export interface ChatServer extends AsyncDisposable {
	readonly url: string;
	readonly requests: readonly ChatRequestSeen[];
	/** Most requests that were open at a time. */
	readonly most: () => number;
}

/**
 * Starts a server whose models answer as told: a text, or a status for a refusal.
 *
 * @param answer what a model says to the last message; a number is an HTTP status.
 */
export async function startChatServer(
	answer: (request: ChatRequestSeen, count: number) => ChatAnswer,
): Promise<ChatServer> {
	const requests: ChatRequestSeen[] = [];
	let [open, most] = [0, 0];
	const server = createServer(async (request, response) => {
		open++;
		most = Math.max(most, open);
		response.once("close", () => open--);
		const seen = (await json(request)) as ChatRequestSeen;
		requests.push(seen);
		const said = answer(seen, requests.filter(({ model }) => model === seen.model).length);
		response.setHeader("content-type", "application/json");
		const refusal = typeof said === "number" ? { status: said } : said;
		if (typeof refusal === "object" && "status" in refusal) {
			const { status, message = `status ${status}`, headers = {} } = refusal;
			response.writeHead(status, headers).end(JSON.stringify({ error: { message } }));
			return;
		}
		if (typeof refusal === "object" && "text" in refusal && refusal.afterMs !== undefined)
			await new Promise((resolve) => setTimeout(resolve, refusal.afterMs));
		response.end(JSON.stringify(completionOf(seen.model, refusal)));
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		requests,
		most: () => most,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function completionOf(model: string, said: Exclude<ChatAnswer, number | { status: number }>): object {
	const text = typeof said === "string" ? said : "text" in said ? said.text : null;
	const calls =
		typeof said === "object" && "tool" in said
			? [
					{
						id: "call_1",
						type: "function",
						function: { name: said.tool, arguments: JSON.stringify(said.arguments) },
					},
				]
			: undefined;
	const [asked, answered] = (typeof said === "object" && "text" in said ? said.tokens : undefined) ?? [
		100, 10,
	];
	const message = { role: "assistant", content: text, ...(calls === undefined ? {} : { tool_calls: calls }) };
	return {
		id: "x",
		object: "chat.completion",
		created: 1,
		model,
		choices: [{ index: 0, message, finish_reason: calls === undefined ? "stop" : "tool_calls" }],
		usage: { prompt_tokens: asked, completion_tokens: answered, total_tokens: asked + answered },
	};
}
