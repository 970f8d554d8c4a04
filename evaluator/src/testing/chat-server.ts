import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What a request to the server held. */
export interface ChatRequestSeen {
	readonly model: string;
	readonly messages: readonly { readonly role: string; readonly content: string }[];
	readonly temperature?: number;
}

/** Speaks the chat-completions protocol on the loopback interface. */
export interface ChatServer extends AsyncDisposable {
	readonly url: string;
	readonly requests: readonly ChatRequestSeen[];
}

/**
 * Starts a server whose models answer as told: a text, or a status for a refusal.
 *
 * @param answer what a model says to the last message; a number is an HTTP status.
 */
export async function startChatServer(
	answer: (request: ChatRequestSeen, count: number) => string | number,
): Promise<ChatServer> {
	const requests: ChatRequestSeen[] = [];
	const server = createServer(async (request, response) => {
		const seen = (await json(request)) as ChatRequestSeen;
		requests.push(seen);
		const said = answer(seen, requests.filter(({ model }) => model === seen.model).length);
		response.setHeader("content-type", "application/json");
		if (typeof said === "number") {
			response.writeHead(said).end(JSON.stringify({ error: { message: `status ${said}` } }));
			return;
		}
		const choices = [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }];
		const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
		response.end(
			JSON.stringify({ id: "x", object: "chat.completion", created: 1, model: seen.model, choices, usage }),
		);
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		requests,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
