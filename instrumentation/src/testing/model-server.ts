import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "./otlp-receiver.ts";

export interface ModelServer extends AsyncDisposable {
	readonly url: string;
	readonly requests: Readonly<Record<string, unknown>>[];
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Speaks OpenAI's HTTP protocol on the loopback interface. What it answers follows from the request: model `refuse` gives
 * an error 400, `slow` never answers, `busy` answers the second time, tools are called once, the last user text is echoed.
 */
export async function startModelServer(): Promise<ModelServer> {
	const requests: Body[] = [];
	const server = createServer((request, response) => {
		void readBody(request).then((text) => {
			const body = readJson(text);
			requests.push({ ...body, url: request.url });
			const attempt = requests.filter((other) => other["model"] === "busy").length;
			answer(request.url ?? "", body, response, attempt);
		});
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		requests,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}

/** A form with a file in it is no JSON. */
function readJson(text: string): Body {
	return text.startsWith("{") ? (JSON.parse(text) as Body) : {};
}

function answer(url: string, body: Body, response: ServerResponse, attempt: number): void {
	if (body["model"] === "slow") return;
	if (body["model"] === "busy" && attempt === 1) {
		response.statusCode = 429;
		json(response.setHeader("retry-after-ms", "1"), { error: { message: "too many requests" } });
		return;
	}
	if (body["model"] === "refuse") {
		response.statusCode = 400;
		json(response, { error: { message: "no such model", type: "invalid_request_error" } });
	} else if (url.endsWith("/embeddings")) json(response, embeddings(body));
	else if (url.endsWith("/responses")) answerResponses(body, response);
	else if (url.endsWith("/chat/completions")) answerChat(body, response);
	else if (url.endsWith("/completions")) answerCompletion(body, response);
	else if (url.endsWith("/images/generations")) json(response, { created: 1, data: [{ b64_json: "AAAA" }] });
	else if (url.endsWith("/audio/transcriptions")) json(response, { text: "what was said" });
	else {
		response.statusCode = 404;
		json(response, { error: { message: `nothing at ${url}` } });
	}
}

function json(response: ServerResponse, value: unknown): void {
	response
		.setHeader("x-request-id", "req_1")
		.setHeader("content-type", "application/json")
		.end(JSON.stringify(value));
}

function answerCompletion(body: Body, response: ServerResponse): void {
	const text = `Completed: ${body["prompt"]}`;
	const whole = {
		id: "cmpl_1",
		object: "text_completion",
		created: 1,
		model: "model-1-2026",
		usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
		choices: [{ index: 0, text, finish_reason: "stop", logprobs: null }],
	};
	if (body["stream"] !== true) {
		json(response, whole);
		return;
	}
	response.setHeader("content-type", "text/event-stream");
	for (const word of text.split(/(?<= )/)) {
		const choices = [{ index: 0, text: word, finish_reason: null, logprobs: null }];
		response.write(`data: ${JSON.stringify({ ...whole, usage: null, choices })}\n\n`);
	}
	response.end(
		`data: ${JSON.stringify({ ...whole, choices: [{ index: 0, text: "", finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
	);
}

function embeddings(body: Body): unknown {
	const vector = [0.25, 0.5, 1];
	const encoded = Buffer.from(new Float32Array(vector).buffer).toString("base64");
	const embedding = body["encoding_format"] === "base64" ? encoded : vector;
	return {
		object: "list",
		model: "embed-1",
		data: [{ object: "embedding", index: 0, embedding }],
		usage: { prompt_tokens: 3, total_tokens: 3 },
	};
}

function lastUserText(messages: unknown): string {
	const last = (Array.isArray(messages) ? messages : []).findLast((message) => message.role === "user");
	return typeof last?.content === "string" ? last.content : "";
}

function answerChat(body: Body, response: ServerResponse): void {
	const messages = body["messages"] as readonly { readonly role: string }[];
	const wantsTool = body["tools"] !== undefined && messages.at(-1)?.role !== "tool";
	const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
	const calls = [
		{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city": "Paris"}' } },
	];
	const text =
		body["response_format"] === undefined
			? `The answer to: ${lastUserText(messages)}`
			: '{"verdict":"all is well"}';
	if (body["stream"] === true) {
		streamChat(body, response, wantsTool ? undefined : text, usage);
		return;
	}
	json(response, {
		id: "chat_1",
		object: "chat.completion",
		created: 1,
		model: "model-1-2026",
		usage,
		choices: [
			{
				index: 0,
				finish_reason: wantsTool ? "tool_calls" : "stop",
				message: {
					role: "assistant",
					refusal: null,
					content: wantsTool ? null : text,
					...(wantsTool ? { tool_calls: calls } : {}),
				},
			},
		],
	});
}

function streamChat(body: Body, response: ServerResponse, text: string | undefined, usage: unknown): void {
	response.setHeader("content-type", "text/event-stream");
	const send = (choices: unknown[], more: object = {}): void => {
		const chunk = {
			id: "chat_2",
			object: "chat.completion.chunk",
			created: 1,
			model: "model-1-2026",
			choices,
			...more,
		};
		response.write(`data: ${JSON.stringify(chunk)}\n\n`);
	};
	const delta = (value: object, finish: string | null = null) => [
		{ index: 0, delta: value, finish_reason: finish },
	];
	if (text === undefined) {
		send(
			delta({
				tool_calls: [
					{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } },
				],
			}),
		);
		send(delta({ tool_calls: [{ index: 0, function: { arguments: '{"city": ' } }] }));
		send(delta({ tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] }));
		send(delta({}, "tool_calls"));
	} else {
		for (const word of text.split(/(?<= )/)) send(delta({ role: "assistant", content: word }));
		if (body["model"] === "broken") {
			response.write('data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n');
			response.end();
			return;
		}
		send(delta({}, "stop"));
	}
	if (body["stream_options"] !== undefined) send([], { usage });
	response.end("data: [DONE]\n\n");
}

function answerResponses(body: Body, response: ServerResponse): void {
	const input = body["input"];
	const text = `Answered: ${typeof input === "string" ? input : lastUserText(input)}`;
	const part = { type: "output_text", text, annotations: [] };
	const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [part] };
	const whole = {
		id: "resp_1",
		object: "response",
		created_at: 1,
		status: "completed",
		model: "model-1-2026",
		output: [item],
		usage: {
			input_tokens: 7,
			output_tokens: 4,
			total_tokens: 11,
			output_tokens_details: { reasoning_tokens: 2 },
		},
	};
	if (body["stream"] !== true) {
		json(response, whole);
		return;
	}
	response.setHeader("content-type", "text/event-stream");
	const send = (event: Readonly<Record<string, unknown>>): void => {
		response.write(`event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`);
	};
	send({ type: "response.created", response: { ...whole, status: "in_progress", output: [] } });
	send({ type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } });
	send({
		type: "response.content_part.added",
		item_id: item.id,
		output_index: 0,
		content_index: 0,
		part: { ...part, text: "" },
	});
	for (const word of text.split(/(?<= )/)) {
		send({
			type: "response.output_text.delta",
			item_id: item.id,
			output_index: 0,
			content_index: 0,
			delta: word,
		});
	}
	send({ type: "response.output_item.done", output_index: 0, item });
	send({ type: "response.completed", response: whole });
	response.end();
}
