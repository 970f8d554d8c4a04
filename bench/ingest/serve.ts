/** The receiving side of `bench/ingest.ts`, a process of its own: its CPU and memory are nobody else's. Speaks over IPC. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeTraces, migrate, openStore, startReceiver } from "@faultline/collector";
import { transcodeTraces } from "../../collector/src/otlp/transcode-traces.ts";
import { makePayload, type Size, SPANS_PER_REQUEST } from "./payload.ts";

const [dataDir = "", way = "receiver"] = process.argv.slice(2);
const store = await openStore({ dataDir });
await migrate(store);

/** Requests to objects to JSON lines, merged by 5,000: how rows got in before there were Native blocks. */
async function startJsonLines(): Promise<number> {
	let rows: object[] = [];
	let answers: (() => void)[] = [];
	let storing = false;
	const drain = async (): Promise<void> => {
		if (storing) return;
		storing = true;
		while (answers.length > 0) {
			const [batch, waiting] = [rows, answers];
			[rows, answers] = [[], []];
			await store.insert("otel_traces", batch);
			for (const answer of waiting) answer();
		}
		storing = false;
	};
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			const body = Buffer.concat(chunks);
			const json = request.headers["content-type"] === "application/json";
			rows.push(...decodeTraces(json ? body.toString() : body).rows);
			answers.push(() => response.end());
			void drain();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return (server.address() as AddressInfo).port;
}

const port =
	way === "json-lines"
		? await startJsonLines()
		: (await startReceiver({ store, httpPort: 0, grpcPort: null })).httpPort;
let peak = 0;
setInterval(() => {
	peak = Math.max(peak, process.memoryUsage.rss());
}, 100).unref();
/** The engine by itself, without a socket: the same rows in inserts of about 50,000, one after another. */
async function insertAlone(
	size: Size,
	seconds: number,
): Promise<{ rows: number; seconds: number; cpuSeconds: number }> {
	const payloads = Array.from({ length: 48 }, (_, seed) => makePayload(size, "protobuf", seed + 1));
	let [rows, took, cpu] = [0, 0, 0];
	while (took < seconds) {
		const blocks = [...payloads, ...payloads].map((payload) => transcodeTraces(payload.next()).block);
		const before = process.cpuUsage();
		const started = performance.now();
		await store.insertNative("otel_traces", blocks);
		took += (performance.now() - started) / 1000;
		const { user, system } = process.cpuUsage(before);
		cpu += (user + system) / 1e6;
		rows += blocks.length * SPANS_PER_REQUEST;
	}
	return { rows, seconds: took, cpuSeconds: cpu };
}

process.on("message", (message: string | { readonly size: Size; readonly seconds: number }) => {
	if (typeof message !== "string") {
		void insertAlone(message.size, message.seconds).then((result) => process.send?.(result));
		return;
	}
	if (message === "usage") {
		const { user, system } = process.cpuUsage();
		process.send?.({ cpuSeconds: (user + system) / 1e6, peakBytes: peak });
		peak = 0;
	} else
		void store
			.query<{ spans: string; steps: string }>(
				"SELECT (SELECT count() FROM otel_traces) AS spans, (SELECT count() FROM steps FINAL) AS steps",
			)
			.then(([counts]) => process.send?.({ spans: Number(counts?.spans), steps: Number(counts?.steps) }));
});
process.send?.({ port });
