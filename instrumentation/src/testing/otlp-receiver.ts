import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came over the socket. */
export interface ReceivedSpan {
	readonly name: string;
	readonly kind: number;
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly startTimeUnixNano: string;
	readonly attributes: Readonly<Record<string, unknown>>;
	readonly links: readonly {
		readonly spanId: string;
		readonly attributes: Readonly<Record<string, unknown>>;
	}[];
	readonly events: readonly {
		readonly name: string;
		readonly attributes: Readonly<Record<string, unknown>>;
	}[];
	readonly status: { readonly code?: number; readonly message?: string };
	readonly scope: string;
	readonly resource: Readonly<Record<string, unknown>>;
}

export interface OtlpReceiver extends AsyncDisposable {
	readonly url: string;
	readonly spans: ReceivedSpan[];
	readonly logs: Readonly<Record<string, unknown>>[];
	readonly headers: Readonly<Record<string, unknown>>[];
	/** Requests with spans, as they came. */
	readonly bodies: string[];
}

interface Wire {
	readonly [name: string]: Wire & Wire[];
}

/** Takes OTLP/JSON on an ephemeral port of the loopback interface. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
	const spans: ReceivedSpan[] = [];
	const logs: Readonly<Record<string, unknown>>[] = [];
	const headers: Readonly<Record<string, unknown>>[] = [];
	const bodies: string[] = [];
	const server = createServer((request, response) => {
		void readBody(request).then((text) => {
			headers.push(request.headers);
			if (request.url === "/v1/traces") bodies.push(text);
			if (request.url === "/v1/traces") spans.push(...readSpans(JSON.parse(text)));
			if (request.url === "/v1/logs") logs.push(...readLogs(JSON.parse(text)));
			response.setHeader("content-type", "application/json").end("{}");
		});
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		spans,
		logs,
		headers,
		bodies,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}

export async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString("utf8");
}

function readSpans(body: Wire): ReceivedSpan[] {
	return (body["resourceSpans"] ?? []).flatMap((resource: Wire) =>
		(resource["scopeSpans"] ?? []).flatMap((scope: Wire) =>
			(scope["spans"] ?? []).map((span: Wire) => ({
				...(span as unknown as ReceivedSpan),
				parentSpanId: String(span["parentSpanId"] ?? ""),
				attributes: readAttributes(span["attributes"]),
				links: (span["links"] ?? []).map((link: Wire) => ({
					spanId: String(link["spanId"]),
					attributes: readAttributes(link["attributes"]),
				})),
				events: (span["events"] ?? []).map((event: Wire) => ({
					name: String(event["name"]),
					attributes: readAttributes(event["attributes"]),
				})),
				status: (span["status"] ?? {}) as ReceivedSpan["status"],
				scope: String(scope["scope"]?.["name"]),
				resource: readAttributes(resource["resource"]?.["attributes"]),
			})),
		),
	);
}

function readLogs(body: Wire): Readonly<Record<string, unknown>>[] {
	return (body["resourceLogs"] ?? []).flatMap((resource: Wire) =>
		(resource["scopeLogs"] ?? []).flatMap((scope: Wire) =>
			(scope["logRecords"] ?? []).map((log: Wire) => ({
				...log,
				attributes: readAttributes(log["attributes"]),
			})),
		),
	);
}

function readAttributes(list: Wire | undefined): Record<string, unknown> {
	const entries = Array.isArray(list) ? (list as Wire[]) : [];
	return Object.fromEntries(entries.map((entry) => [String(entry["key"]), readValue(entry["value"])]));
}

function readValue(value: Wire | undefined): unknown {
	if (value === undefined) return undefined;
	const [kind, inner] = Object.entries(value)[0] ?? [];
	if (kind === "intValue") return Number(inner);
	if (kind === "arrayValue") return ((inner as Wire)["values"] ?? []).map(readValue);
	return inner;
}
