import type { ModelApi } from "./openai-call.ts";
import { field, list, textField } from "./openai-messages.ts";

type Fields = Readonly<Record<string, unknown>>;
type Constructor = new (argument: unknown) => object;

/** Nothing was asked of a model, so nothing was used. */
const NO_TOKENS = {
	prompt_tokens: 0,
	completion_tokens: 0,
	input_tokens: 0,
	output_tokens: 0,
	total_tokens: 0,
};

/**
 * A resource of the `openai` client (`client.chat.completions`, …) whose requests are answered with what was pinned instead of by a
 * server. Everything else (parsing, streams, helpers) stays the client's own.
 *
 * The pin is what was recorded of a call (messages in the convention's shape), or a whole answer of the API. A pin that is neither
 * is answered with an error 400 that says so.
 *
 * @example Reflect.apply(create, pinnedResource(client.chat.completions, "chat", pin), [body]);
 */
export function pinnedResource(resource: unknown, api: ModelApi, pin: () => unknown): unknown {
	const client = field(resource, "_client") as object;
	const fetch = async (_url: unknown, init: unknown): Promise<Response> => {
		const body = parseBody(field(init, "body"));
		try {
			return respond(api, body, pin());
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			return Response.json({ error: { message, type: "invalid_request_error" } }, { status: 400 });
		}
	};
	const shadow = withFetch(client, fetch);
	return new ((resource as object).constructor as Constructor)(shadow);
}

function withFetch(client: object, fetch: unknown): unknown {
	const settings = { fetch, maxRetries: 0 };
	const withOptions = field(client, "withOptions");
	if (typeof withOptions === "function") return Reflect.apply(withOptions, client, [settings]);
	// Version 4 of the client has no `withOptions`.
	const options = field(client, "_options") as object;
	return new (client.constructor as Constructor)({ ...options, ...settings });
}

function parseBody(body: unknown): Fields {
	return typeof body === "string" ? (JSON.parse(body) as Fields) : {};
}

function respond(api: ModelApi, body: Fields, pinned: unknown): Response {
	const whole = wholeAnswer(api, body, pinned);
	if (body["stream"] !== true) return Response.json(whole);
	const events = api === "chat" ? chatEvents(whole, body) : responseEvents(whole);
	return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** What the API would have answered without streaming. */
function wholeAnswer(api: ModelApi, body: Fields, pinned: unknown): Fields {
	const own = api === "chat" ? "choices" : api === "responses" ? "output" : "data";
	if (Array.isArray(field(pinned, own))) return pinned as Fields;
	const messages = list(pinned);
	if (api === "embeddings" || messages.length === 0 || !messages.every(isMessage)) {
		throw new Error(
			`the output pinned for a model call is neither recorded messages ([{ role, parts }]) nor an answer of the API with "${own}"`,
		);
	}
	const model = textField(body, "model") ?? "";
	const created = Math.floor(Date.now() / 1000);
	if (api === "chat") {
		const choices = messages.map((message, index) => chatChoice(message, index));
		return { id: "chatcmpl-pinned", object: "chat.completion", created, model, choices, usage: NO_TOKENS };
	}
	const output = messages.flatMap(responseItems);
	return {
		id: "resp_pinned",
		object: "response",
		created_at: created,
		model,
		status: "completed",
		output,
		output_text: messages.map((message) => textOf(message, false) ?? "").join(""),
		usage: NO_TOKENS,
	};
}

const isMessage = (message: unknown): boolean => Array.isArray(field(message, "parts"));

const partsOf = (message: unknown, type: string): readonly unknown[] =>
	list(field(message, "parts")).filter((part) => field(part, "type") === type);

/** The text of a message, or what it refused with; null where there is none. */
function textOf(message: unknown, refused: boolean): string | null {
	const texts = partsOf(message, "text")
		.filter((part) => (field(part, "refusal") === true) === refused)
		.map((part) => textField(part, "content") ?? "");
	return texts.length === 0 ? null : texts.join("");
}

const argumentsText = (call: unknown): string => {
	const given = field(call, "arguments");
	return typeof given === "string" ? given : JSON.stringify(given ?? {});
};

function chatChoice(message: unknown, index: number): Fields {
	const calls = partsOf(message, "tool_call").map((call, at) => ({
		id: textField(call, "id") ?? `call_pinned_${at}`,
		type: "function",
		function: { name: textField(call, "name") ?? "", arguments: argumentsText(call) },
	}));
	const reasoning = partsOf(message, "reasoning").map((part) => textField(part, "content") ?? "");
	const finish = textField(message, "finish_reason");
	return {
		index,
		message: {
			role: "assistant",
			content: textOf(message, false),
			refusal: textOf(message, true),
			...(reasoning.length === 0 ? {} : { reasoning_content: reasoning.join("\n") }),
			...(calls.length === 0 ? {} : { tool_calls: calls }),
		},
		logprobs: null,
		finish_reason: finish === "tool_call" ? "tool_calls" : finish || "stop",
	};
}

function responseItems(message: unknown, index: number): Fields[] {
	const text = textOf(message, false);
	const refusal = textOf(message, true);
	const content = [
		...(text === null ? [] : [{ type: "output_text", text, annotations: [] }]),
		...(refusal === null ? [] : [{ type: "refusal", refusal }]),
	];
	const said = {
		id: `msg_pinned_${index}`,
		type: "message",
		role: "assistant",
		status: "completed",
		content,
	};
	const calls = partsOf(message, "tool_call").map((call, at) => ({
		id: `fc_pinned_${index}_${at}`,
		call_id: textField(call, "id") ?? `call_pinned_${at}`,
		type: "function_call",
		status: "completed",
		name: textField(call, "name") ?? "",
		arguments: argumentsText(call),
	}));
	return [...(content.length === 0 ? [] : [said]), ...calls];
}

/** A completion as the chunks of a stream. */
function chatEvents(whole: Fields, body: Fields): string[] {
	const { id, created, model } = whole;
	const head = { id, created, model, object: "chat.completion.chunk" };
	const chunks = list(whole["choices"]).flatMap((choice) => {
		const index = field(choice, "index") ?? 0;
		const { tool_calls: calls, ...message } = field(choice, "message") as Fields;
		const numbered = list(calls).map((call, at) => ({ ...(call as object), index: at }));
		const delta = numbered.length === 0 ? message : { ...message, tool_calls: numbered };
		return [
			{ ...head, choices: [{ index, delta, logprobs: null, finish_reason: null }] },
			{
				...head,
				choices: [{ index, delta: {}, logprobs: null, finish_reason: field(choice, "finish_reason") }],
			},
		];
	});
	const usage = field(body["stream_options"], "include_usage") === true;
	const last = usage ? [{ ...head, choices: [], usage: whole["usage"] ?? NO_TOKENS }] : [];
	return [...[...chunks, ...last].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"];
}

/** A response as the events of a stream: its beginning, every text in one piece, every call, its end. */
function responseEvents(whole: Fields): string[] {
	const events: Fields[] = [
		{ type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
	];
	for (const [output_index, item] of list(whole["output"]).entries()) {
		events.push({
			type: "response.output_item.added",
			output_index,
			item: { ...(item as object), content: [] },
		});
		for (const [content_index, part] of list(field(item, "content")).entries()) {
			const place = { item_id: field(item, "id"), output_index, content_index };
			const text = textField(part, "text") ?? "";
			events.push({ type: "response.content_part.added", ...place, part: { ...(part as object), text: "" } });
			events.push({ type: "response.output_text.delta", ...place, delta: text });
			events.push({ type: "response.output_text.done", ...place, text });
			events.push({ type: "response.content_part.done", ...place, part });
		}
		events.push({ type: "response.output_item.done", output_index, item });
	}
	events.push({ type: "response.completed", response: whole });
	return events.map((event, sequence_number) => {
		return `event: ${String(event["type"])}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`;
	});
}
