import type { ModelApi } from "./openai-call.ts";
import { field } from "./openai-messages.ts";
import { answerBody, answerEvents } from "./pinned-answer.ts";

type Fetch = (url: unknown, init?: { readonly body?: unknown }) => Promise<Response>;

/** The client's own class and settings, with another way to the network; `withOptions` from version 5 on. */
interface Client {
	readonly constructor: new (options: object) => Client;
	readonly _options?: object;
	withOptions?(options: object): Client;
}

/**
 * The same part of the `openai` client (for instance `client.chat.completions`), whose next call is answered by the pin
 * instead of the network. Everything between is the client's own: parsing, streaming, helpers, errors.
 *
 * @throws Error where it is no part of a client that can be answered so; a replay must not call the model instead.
 */
export function pinnedResource(resource: unknown, api: ModelApi, pin: () => unknown): unknown {
	const client = field(resource, "_client") as Client | undefined;
	const Resource = field(resource, "constructor");
	if (client === undefined || typeof Resource !== "function") {
		throw new Error("cannot pin this call of a model: the object is no part of an openai client");
	}
	const settings = { fetch: pinnedFetch(api, pin), maxRetries: 0 };
	const answered =
		typeof client.withOptions === "function"
			? client.withOptions(settings)
			: new client.constructor({ ...client._options, ...settings });
	return new (Resource as new (client: Client) => unknown)(answered);
}

/** A pin that throws an error with an HTTP status is answered with that status, so that the client throws its own error. */
function pinnedFetch(api: ModelApi, pin: () => unknown): Fetch {
	return async (_url, init) => {
		const request: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
		const headers = { "content-type": "application/json", "x-request-id": "pinned" };
		let pinned: unknown;
		try {
			pinned = await pin();
		} catch (error) {
			const status = field(error, "status");
			if (typeof status !== "number") throw error;
			const message = String(field(error, "message") ?? "pinned error");
			return new Response(JSON.stringify({ error: { message } }), { status, headers });
		}
		const body = answerBody(api, pinned, request);
		if (field(request, "stream") !== true) return new Response(JSON.stringify(body), { headers });
		const events = answerEvents(api, body, request).map(
			(event) => `${"type" in event ? `event: ${event["type"]}\n` : ""}data: ${JSON.stringify(event)}\n\n`,
		);
		const text = `${events.join("")}${api === "responses" ? "" : "data: [DONE]\n\n"}`;
		return new Response(text, { headers: { ...headers, "content-type": "text/event-stream" } });
	};
}
