import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type PageOptions, pageHandler } from "./handle-request.ts";

export interface PageServerOptions extends PageOptions {
	/** Default 127.0.0.1. */
	readonly host?: string;
	/** Default 4319; 0 takes any free port. */
	readonly port?: number;
}

/** Serves the page. Throws with the port and the option that changes it where the port cannot be had. */
export async function startPage({
	host = "127.0.0.1",
	port = 4319,
	...options
}: PageServerOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
	const handle = pageHandler(options);
	const server = createServer((request, response) => {
		answer(handle, request, response).catch((error: unknown) => {
			response.statusCode = 500;
			response.end(`The page could not be made: ${error instanceof Error ? error.message : String(error)}\n`);
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", (cause) =>
			reject(
				new Error(
					`Port ${port} on ${host}, for the page, cannot be used (${cause.message}); choose another one with --page-port.`,
					{ cause },
				),
			),
		);
		server.listen({ host, port }, resolve);
	});
	const address = server.address();
	return {
		port: address !== null && typeof address === "object" ? address.port : port,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

async function answer(
	handle: (request: Request) => Promise<Response>,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const headers = new Headers();
	for (const [name, value] of Object.entries(request.headers)) {
		if (typeof value === "string") headers.set(name, value);
	}
	const url = URL.parse(request.url ?? "/", "http://localhost");
	if (url === null) {
		response.writeHead(400).end();
		return;
	}
	const answered = await handle(new Request(url, { method: request.method ?? "GET", headers }));
	response.writeHead(answered.status, Object.fromEntries(answered.headers));
	response.end(request.method === "HEAD" ? undefined : Buffer.from(await answered.arrayBuffer()));
}
