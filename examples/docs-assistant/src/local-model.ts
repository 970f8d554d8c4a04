/**
 * A local server that speaks the OpenAI protocol (chat completions, in one piece and as server-sent events) and answers
 * extractively. It stands in for a real model where none is configured.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { countTokens } from "gpt-tokenizer";
import { answerPrompt, LOCAL_MODELS } from "./extractive-answer.ts";

export interface LocalModel extends AsyncDisposable {
	/** What to give the client as its `baseURL`. */
	readonly url: string;
	close(): Promise<void>;
}

interface ChatRequest {
	readonly model: string;
	readonly messages: readonly { role: string; content: string }[];
	readonly stream: boolean;
	readonly includeUsage: boolean;
	readonly seed: number | undefined;
	readonly temperature: number | undefined;
}

interface Reply {
	readonly id: string;
	readonly model: string;
	readonly text: string;
	readonly usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** A request that the server turns down, in the words and with the status of the OpenAI API. */
class RequestError extends Error {
	readonly status: number;
	readonly code: string | null;
	constructor(status: number, message: string, code: string | null = null) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const FINGERPRINT = "fp_extractive";

/**
 * Starts the server on a free port of the loopback interface.
 *
 * @example await using model = await startLocalModel(); new OpenAI({ baseURL: model.url, apiKey: "local" })
 */
export async function startLocalModel({ port = 0 }: { port?: number } = {}): Promise<LocalModel> {
	const server = createServer((request, response) => {
		serve(request, response).catch((error: unknown) => sendError(response, error));
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", resolve);
	});
	const close = (): Promise<void> =>
		new Promise((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	const { port: bound } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${bound}/v1`, close, [Symbol.asyncDispose]: close };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const path = new URL(request.url ?? "/", "http://localhost").pathname;
	if (request.method === "GET" && path === "/v1/models") {
		const data = Object.keys(LOCAL_MODELS).map((id) => ({
			id,
			object: "model",
			created: 0,
			owned_by: "faultline",
		}));
		return sendJson(response, 200, { object: "list", data });
	}
	if (request.method !== "POST" || path !== "/v1/chat/completions") {
		throw new RequestError(404, `Unknown request URL: ${request.method} ${path}.`, "unknown_url");
	}
	const chat = readChat(await readBody(request));
	const reply = answerChat(chat);
	if (chat.stream) sendStream(response, reply, chat.includeUsage);
	else sendJson(response, 200, completionBody(reply));
}

function answerChat(chat: ChatRequest): Reply {
	const traits = LOCAL_MODELS[chat.model];
	if (traits === undefined) {
		const known = Object.keys(LOCAL_MODELS).join(", ");
		throw new RequestError(
			404,
			`The model \`${chat.model}\` does not exist; this server has ${known}.`,
			"model_not_found",
		);
	}
	const prompt = chat.messages.map((message) => message.content);
	const text = answerPrompt(prompt.at(-1) ?? "", traits, { seed: chat.seed, temperature: chat.temperature });
	const promptTokens = prompt.reduce((sum, content) => sum + countTokens(content) + 4, 3);
	const completionTokens = countTokens(text);
	const hash = createHash("sha256")
		.update(JSON.stringify([chat.model, chat.seed, prompt]))
		.digest("hex");
	return {
		id: `chatcmpl-${hash.slice(0, 24)}`,
		model: chat.model,
		text,
		usage: {
			prompt_tokens: promptTokens,
			completion_tokens: completionTokens,
			total_tokens: promptTokens + completionTokens,
		},
	};
}

function completionBody(reply: Reply): object {
	return {
		id: reply.id,
		object: "chat.completion",
		created: Math.floor(Date.now() / 1000),
		model: reply.model,
		system_fingerprint: FINGERPRINT,
		choices: [
			{
				index: 0,
				message: { role: "assistant", content: reply.text, refusal: null },
				logprobs: null,
				finish_reason: "stop",
			},
		],
		usage: reply.usage,
	};
}

function sendStream(response: ServerResponse, reply: Reply, includeUsage: boolean): void {
	const created = Math.floor(Date.now() / 1000);
	const head = {
		id: reply.id,
		object: "chat.completion.chunk",
		created,
		model: reply.model,
		system_fingerprint: FINGERPRINT,
	};
	const send = (chunk: object): void => {
		response.write(`data: ${JSON.stringify({ ...head, ...chunk })}\n\n`);
	};
	const choice = (delta: object, finish: string | null = null): object => ({
		choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
	});
	response.writeHead(200, {
		"content-type": "text/event-stream; charset=utf-8",
		"cache-control": "no-cache",
	});
	send(choice({ role: "assistant", content: "" }));
	for (const piece of reply.text.match(/\s*\S+/g) ?? []) send(choice({ content: piece }));
	send(choice({}, "stop"));
	if (includeUsage) send({ choices: [], usage: reply.usage });
	response.end("data: [DONE]\n\n");
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes > MAX_BODY_BYTES)
			throw new RequestError(413, `The request is larger than ${MAX_BODY_BYTES} bytes.`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function readChat(body: string): ChatRequest {
	const fields = parseObject(body);
	const { model, messages, seed, temperature } = fields;
	if (typeof model !== "string") throw new RequestError(400, "you must provide a model parameter");
	if (!Array.isArray(messages) || messages.length === 0) {
		throw new RequestError(400, "Missing required parameter: 'messages'.", "missing_required_parameter");
	}
	const streamOptions = fields["stream_options"] as { include_usage?: unknown } | null | undefined;
	return {
		model,
		messages: messages.map((message, index) => readMessage(message, index)),
		stream: fields["stream"] === true,
		includeUsage: streamOptions?.include_usage === true,
		seed: typeof seed === "number" ? seed : undefined,
		temperature: typeof temperature === "number" ? temperature : undefined,
	};
}

function parseObject(body: string): {
	[field: string]: unknown;
	model?: unknown;
	messages?: unknown;
	seed?: unknown;
	temperature?: unknown;
} {
	try {
		const parsed: unknown = JSON.parse(body);
		if (typeof parsed === "object" && parsed !== null) return { ...parsed };
	} catch {
		// Falls through: text that is no JSON and JSON that is no object get the same answer, as from the real API.
	}
	throw new RequestError(400, "We could not parse the JSON body of your request.");
}

function readMessage(message: unknown, index: number): { role: string; content: string } {
	const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
	if (typeof role === "string" && typeof content === "string") return { role, content };
	throw new RequestError(
		400,
		`Invalid value for 'messages[${index}]': role and content have to be strings here.`,
	);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "content-type": "application/json" });
	response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
	const known =
		error instanceof RequestError
			? error
			: new RequestError(500, `The server had an error: ${String(error)}`);
	const type = known.status < 500 ? "invalid_request_error" : "server_error";
	if (response.headersSent) response.destroy();
	else
		sendJson(response, known.status, {
			error: { message: known.message, type, param: null, code: known.code },
		});
}
