/**
 * A local server that speaks the OpenAI protocol (chat completions with tools) and plans by rules. It stands in for a real model where none
 * is configured: no key, no network, and the same conversation and seed give the same turn.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { type ChatMessage, LOCAL_MODELS, planReply, type Turn } from "./plan-reply.ts";
import { seededRandom } from "./random.ts";

export interface LocalModel extends AsyncDisposable {
	/** What to give the client as its `baseURL`. */
	readonly url: string;
}

interface ChatRequest {
	readonly model: string;
	readonly messages: readonly ChatMessage[];
	readonly seed?: number;
	readonly max_tokens?: number;
}

/** A token is about so many characters. */
const TOKEN_CHARACTERS = 4;

/** Starts the server on a free port of the loopback interface. */
export async function startLocalModel(): Promise<LocalModel> {
	const server = createServer((request, response) => {
		serve(request, response).catch((error: unknown) => {
			const message = error instanceof Error ? error.message : String(error);
			send(response, 400, { error: { message, type: "invalid_request_error", param: null, code: null } });
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject).listen(0, "127.0.0.1", resolve);
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		[Symbol.asyncDispose]: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
		throw new Error(`Unknown request URL: ${request.method} ${request.url}.`);
	}
	const chat = JSON.parse(await readText(request)) as ChatRequest;
	const traits = LOCAL_MODELS[chat.model];
	if (traits === undefined) {
		throw new Error(
			`The model \`${chat.model}\` does not exist; there are ${Object.keys(LOCAL_MODELS).join(", ")}.`,
		);
	}
	// A conversation has one character: it is drawn from what was asked first, not from what was said since.
	const start = chat.messages.filter(({ role }) => role === "user").map(({ content }) => content);
	const turn = planReply(chat.messages, traits, seededRandom(JSON.stringify([chat.model, chat.seed, start])));
	const hash = createHash("sha256")
		.update(JSON.stringify([chat.seed, chat.messages]))
		.digest("hex")
		.slice(0, 24);
	send(response, 200, completion(chat, turn, hash));
}

function completion(chat: ChatRequest, turn: Turn, id: string): object {
	const text = turn.kind === "text" ? turn.text : null;
	const limit = (chat.max_tokens ?? Number.POSITIVE_INFINITY) * TOKEN_CHARACTERS;
	const isCut = (text?.length ?? 0) > limit;
	const calls = turn.kind === "calls" ? turn.calls : [];
	const prompt = Math.ceil(JSON.stringify(chat.messages).length / TOKEN_CHARACTERS);
	const completed = Math.ceil((text ?? JSON.stringify(calls)).length / TOKEN_CHARACTERS);
	return {
		id: `chatcmpl-${id}`,
		object: "chat.completion",
		created: 1_790_000_000,
		model: chat.model,
		choices: [
			{
				index: 0,
				logprobs: null,
				finish_reason: calls.length > 0 ? "tool_calls" : isCut ? "length" : "stop",
				message: {
					role: "assistant",
					content: isCut ? (text?.slice(0, limit) ?? null) : text,
					refusal: null,
					...(calls.length === 0
						? {}
						: { tool_calls: calls.map((one, at) => toolCall(one, `call_${id.slice(0, 8)}_${at}`)) }),
				},
			},
		],
		usage: { prompt_tokens: prompt, completion_tokens: completed, total_tokens: prompt + completed },
	};
}

const toolCall = (one: { readonly name: string; readonly arguments: object }, id: string): object => ({
	id,
	type: "function",
	function: { name: one.name, arguments: JSON.stringify(one.arguments) },
});

function send(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "content-type": "application/json" });
	response.end(JSON.stringify(body));
}
