import { createServer, type Server } from "node:http";
import type { Metrics } from "./metrics.ts";

/** What the probes ask. */
export interface ServiceState {
	/** The loop is alive; otherwise the process should be started anew. */
	healthy(): boolean;
	/** Rounds reach ClickHouse and end; otherwise it is of no use now, but may be again. Null where all is well, else the reason. */
	notReady(): string | null;
}

export interface ServiceHttp {
	readonly host: string;
	readonly port: number;
	close(): Promise<void>;
}

/**
 * `/healthz`, `/readyz` and `/metrics`, for container platforms and Prometheus. Nothing that an application recorded is to be had here.
 *
 * @throws Error where the port cannot be had; the message names it and the option.
 * @example
 * const http = await startServiceHttp({ host: "127.0.0.1", port: 9464, state, metrics });
 */
export async function startServiceHttp(options: {
	readonly host: string;
	/** 0 takes any free port. */
	readonly port: number;
	readonly state: ServiceState;
	readonly metrics: Metrics;
}): Promise<ServiceHttp> {
	const { host, port, state, metrics } = options;
	const server = createServer((request, response) => {
		const { status, type, body } = answer(
			new URL(request.url ?? "/", "http://service").pathname,
			state,
			metrics,
		);
		const allowed = request.method === "GET" || request.method === "HEAD";
		response.writeHead(allowed ? status : 405, {
			"content-type": allowed ? type : TEXT,
			"cache-control": "no-store",
		});
		response.end(request.method === "GET" ? body : "");
	});
	await listen(server, host, port);
	const address = server.address();
	return {
		host,
		port: address !== null && typeof address === "object" ? address.port : port,
		close: async () => {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}

const TEXT = "text/plain; charset=utf-8";
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

function answer(
	path: string,
	state: ServiceState,
	metrics: Metrics,
): { readonly status: number; readonly type: string; readonly body: string } {
	if (path === "/metrics") return { status: 200, type: PROMETHEUS, body: metrics.render() };
	if (path === "/healthz") {
		const healthy = state.healthy();
		return { status: healthy ? 200 : 503, type: TEXT, body: healthy ? "ok\n" : "the loop stands still\n" };
	}
	if (path === "/readyz") {
		const reason = state.notReady();
		return { status: reason === null ? 200 : 503, type: TEXT, body: `${reason ?? "ok"}\n` };
	}
	return { status: 404, type: TEXT, body: "here are /healthz, /readyz and /metrics\n" };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", (cause) =>
			reject(
				new Error(
					`Port ${port} on ${host}, for health and metrics, cannot be used (${cause.message}); choose another one with --listen.`,
					{ cause },
				),
			),
		);
		server.listen({ host, port }, resolve);
	});
}
