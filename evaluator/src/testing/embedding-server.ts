import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** Speaks the embeddings protocol on the loopback interface. */
export interface EmbeddingServer extends AsyncDisposable {
	readonly url: string;
	/** Texts that were sent, request by request. */
	readonly requests: readonly (readonly string[])[];
}

/**
 * Starts a server that embeds texts as told.
 *
 * @param embed the vector of a text, or an HTTP status for a refusal of the whole request.
 */
export async function startEmbeddingServer(
	embed: (text: string, request: number) => readonly number[] | number,
): Promise<EmbeddingServer> {
	const requests: string[][] = [];
	const server = createServer(async (request, response) => {
		const { input, encoding_format } = (await json(request)) as { input: string[]; encoding_format?: string };
		requests.push(input);
		const vectors = input.map((text) => embed(text, requests.length));
		response.setHeader("content-type", "application/json");
		const refusal = vectors.find((vector) => typeof vector === "number");
		if (refusal !== undefined || encoding_format !== "float") {
			const status = typeof refusal === "number" ? refusal : 400;
			response.writeHead(status).end(JSON.stringify({ error: { message: `status ${status}` } }));
			return;
		}
		// The protocol promises an index, not an order.
		const data = vectors.map((embedding, index) => ({ object: "embedding", index, embedding })).reverse();
		response.end(
			JSON.stringify({ object: "list", model: "m", data, usage: { prompt_tokens: 1, total_tokens: 1 } }),
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
