import { createAdaptorServer } from "@hono/node-server";
import { type PageOptions, pageApp } from "./page-app.ts";

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
	const server = createAdaptorServer({ fetch: pageApp(options).fetch, overrideGlobalObjects: false });
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
				if ("closeAllConnections" in server) server.closeAllConnections();
			}),
	};
}
