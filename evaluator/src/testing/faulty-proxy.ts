import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one request: it goes on to ClickHouse, perhaps late, or is answered as ClickHouse would that cannot. */
export type Fate =
	| { readonly kind: "pass"; readonly delayMs?: number }
	| { readonly kind: "reset" }
	| { readonly kind: "refuse"; readonly code: number; readonly name: string; readonly text: string };

export const PASS: Fate = { kind: "pass" };
export const AWAY: Fate = { kind: "reset" };
/** What a server says that was started read-only, and one whose disk is full. */
export const READ_ONLY: Fate = {
	kind: "refuse",
	code: 242,
	name: "TABLE_IS_READ_ONLY",
	text: "Table is in readonly mode",
};
export const FULL: Fate = {
	kind: "refuse",
	code: 243,
	name: "NOT_ENOUGH_SPACE",
	text: "Cannot reserve 1.00 MiB, not enough space",
};

export interface FaultyProxy extends AsyncDisposable {
	readonly url: string;
	/** Decides what happens to each request from now on, by its SQL. */
	decide(fate: (sql: string) => Fate): void;
	/** Statements that were let through since the start. */
	readonly passed: readonly string[];
}

/** Stands between a client and ClickHouse's HTTP interface, and breaks what it is told to. */
export async function startFaultyProxy(target: { readonly port: number }): Promise<FaultyProxy> {
	let decide: (sql: string) => Fate = () => PASS;
	const passed: string[] = [];
	const server = createServer((request, response) => {
		void readAll(request).then(async (body) => {
			const query = new URL(request.url ?? "/", "http://proxy").searchParams.get("query") ?? "";
			const sql = query === "" ? body.toString() : query;
			const fate = decide(sql);
			if (fate.kind === "reset") {
				request.socket.destroy();
				return;
			}
			if (fate.kind === "refuse") {
				response.writeHead(500, { "x-clickhouse-exception-code": String(fate.code) });
				response.end(`Code: ${fate.code}. DB::Exception: ${fate.text}. (${fate.name})\n`);
				return;
			}
			if (fate.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fate.delayMs));
			passed.push(sql);
			forward(request, body, response, target.port);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		passed,
		decide: (fate) => {
			decide = fate;
		},
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

function forward(request: IncomingMessage, body: Buffer, response: ServerResponse, port: number): void {
	// The body was read to its end, so it goes on in one piece.
	const { "transfer-encoding": _, ...headers } = request.headers;
	const onward = ask(
		{
			host: "127.0.0.1",
			port,
			method: request.method,
			path: request.url,
			headers: { ...headers, "content-length": body.length },
		},
		(answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		},
	);
	onward.on("error", () => request.socket.destroy());
	onward.end(body);
}
