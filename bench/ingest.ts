/**
 * Spans per second from OTLP/HTTP to durable rows in the embedded ClickHouse, views filled, and how long an acknowledgement takes. One command:
 *
 *     npm run bench:ingest
 *
 * The receiver is a process of its own, so that its CPU is counted apart from the load generator's, which runs on the same cores: the
 * rate "on two cores" is what the receiver would reach if it had them for itself, spans ÷ (its CPU seconds ÷ 2). Ways to compare with, in
 * the same run: JSON lines (requests decoded to objects and inserted as JSONEachRow), and the engine alone, which reads the same rows from
 * one Native file.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Encoding, makePayload, type Payload, type Size, SPANS_PER_REQUEST } from "./ingest/payload.ts";

const { values } = parseArgs({
	options: {
		seconds: { type: "string", default: "8" },
		rounds: { type: "string", default: "2" },
		connections: { type: "string", default: "160" },
		only: { type: "string", default: "" },
		output: { type: "string", default: new URL("results/ingest.md", import.meta.url).pathname },
	},
});
const seconds = Number(values.seconds);
const CORES = 2;

interface Server {
	readonly port: number;
	ask<Answer>(
		question: "usage" | "counts" | { readonly size: Size; readonly seconds: number },
	): Promise<Answer>;
	stop(): Promise<void>;
}

async function startServer(way: string): Promise<Server> {
	const dataDir = await mkdtemp(join(tmpdir(), "faultline-bench-ingest-"));
	const child: ChildProcess = fork(new URL("ingest/serve.ts", import.meta.url), [dataDir, way], {
		execArgv: ["--conditions=source"],
	});
	const next = <Answer>(): Promise<Answer> =>
		new Promise((resolve, reject) => {
			child.once("message", (answer) => resolve(answer as Answer));
			child.once("exit", (code) => reject(new Error(`the receiver ended with ${code}`)));
		});
	const { port } = await next<{ port: number }>();
	return {
		port,
		ask: (question) => {
			const answer = next<never>();
			child.send(question);
			return answer;
		},
		stop: async () => {
			child.kill("SIGKILL");
			await new Promise((resolve) => child.once("exit", resolve));
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

interface Load {
	readonly spans: number;
	readonly seconds: number;
	readonly latencies: number[];
	readonly refused: number;
}

/** Sends as fast as the answers come, or at a rate. Latencies are from when a request was due, so that a stall counts for all it holds up. */
async function load(
	port: number,
	payloads: readonly Payload[],
	duration: number,
	spansPerSecond?: number,
): Promise<Load> {
	const agent = new Agent({ keepAlive: true, maxSockets: payloads.length });
	const started = performance.now();
	const end = started + duration * 1000;
	const latencies: number[] = [];
	let [sent, spans, refused] = [0, 0, 0];
	await Promise.all(
		payloads.map(async (payload) => {
			for (;;) {
				let due = performance.now();
				if (spansPerSecond !== undefined) {
					due = started + (sent++ * SPANS_PER_REQUEST * 1000) / spansPerSecond;
					if (due > end) return;
					if (due > performance.now())
						await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
				} else if (due > end) return;
				const status = await post(agent, port, payload);
				if (status === 200) {
					latencies.push(performance.now() - due);
					spans += SPANS_PER_REQUEST;
				} else {
					refused++;
					await new Promise((resolve) => setTimeout(resolve, 200));
				}
			}
		}),
	);
	const took = (performance.now() - started) / 1000;
	agent.destroy();
	return { spans, seconds: took, latencies, refused };
}

function post(agent: Agent, port: number, payload: Payload): Promise<number> {
	return new Promise((resolve, reject) => {
		const body = payload.next();
		const request = httpRequest(
			{
				agent,
				host: "127.0.0.1",
				port,
				path: "/v1/traces",
				method: "POST",
				headers: { "content-type": payload.contentType, "content-length": body.length },
			},
			(response) => {
				response.resume();
				response.on("end", () => resolve(response.statusCode ?? 0));
			},
		);
		request.on("error", reject);
		request.end(body);
	});
}

interface Row {
	readonly name: string;
	readonly bytes: number;
	/** Spans per second that were acknowledged, with the load generator on the same cores. */
	readonly wall: number;
	/** Spans per second that the receiver's CPU would do on two cores. */
	readonly twoCores: number;
	readonly microseconds: number;
	readonly p50: number;
	readonly p99: number;
	/** At half of the rate that was reached. */
	readonly halfP50: number;
	readonly halfP99: number;
	readonly peakMb: number;
}

async function measure(way: string, size: Size, encoding: Encoding): Promise<Row> {
	const server = await startServer(way);
	try {
		const payloads = Array.from({ length: Number(values.connections) }, (_, seed) =>
			makePayload(size, encoding, seed + 1),
		);
		await load(server.port, payloads, 2);
		const before = await server.ask<{ cpuSeconds: number }>("usage");
		const full = await load(server.port, payloads, seconds);
		const after = await server.ask<{ cpuSeconds: number; peakBytes: number }>("usage");
		const half = await load(server.port, payloads, seconds, full.spans / full.seconds / 2);
		const { spans, steps } = await server.ask<{ spans: number; steps: number }>("counts");
		if (spans !== steps || spans < full.spans + half.spans)
			throw new Error(
				`${full.spans + half.spans} acknowledged in this phase, but ${spans} spans and ${steps} steps are stored`,
			);
		const cpu = after.cpuSeconds - before.cpuSeconds;
		return {
			name: `${way === "receiver" ? "faultline" : "JSON lines"}, ${encoding}, ${size}`,
			bytes: payloads[0]?.bytesPerSpan ?? 0,
			wall: full.spans / full.seconds,
			twoCores: full.spans / (cpu / CORES),
			microseconds: (cpu * 1e6) / full.spans,
			p50: quantile(full.latencies, 0.5),
			p99: quantile(full.latencies, 0.99),
			halfP50: quantile(half.latencies, 0.5),
			halfP99: quantile(half.latencies, 0.99),
			peakMb: after.peakBytes / 1e6,
		};
	} finally {
		await server.stop();
	}
}

function quantile(sample: readonly number[], share: number): number {
	const sorted = [...sample].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

type Way = "receiver" | "json-lines" | "engine alone";

const CASES: readonly (readonly [Way, Size, Encoding])[] = [
	["receiver", "1 kB", "protobuf"],
	["json-lines", "1 kB", "protobuf"],
	["engine alone", "1 kB", "protobuf"],
	["receiver", "1 kB", "json"],
	["receiver", "250 B", "protobuf"],
	["json-lines", "250 B", "protobuf"],
	["engine alone", "250 B", "protobuf"],
	["receiver", "250 B", "json"],
];

/** Rows from a file of Native blocks into the table and its views: what no receiver in front of this engine can be faster than. */
async function measureEngine(size: Size): Promise<Row> {
	const server = await startServer("engine");
	try {
		const ask = (duration: number) =>
			server.ask<{ rows: number; seconds: number; cpuSeconds: number }>({ size, seconds: duration });
		await ask(1);
		const done = await ask(seconds / 2);
		const { peakBytes } = await server.ask<{ peakBytes: number }>("usage");
		const none = Number.NaN;
		return {
			name: `engine alone, ${size}`,
			bytes: makePayload(size, "protobuf", 1).bytesPerSpan,
			wall: done.rows / done.seconds,
			twoCores: done.rows / (done.cpuSeconds / CORES),
			microseconds: (done.cpuSeconds * 1e6) / done.rows,
			p50: none,
			p99: none,
			halfP50: none,
			halfP99: none,
			peakMb: peakBytes / 1e6,
		};
	} finally {
		await server.stop();
	}
}

const loadBefore = loadavg()[1] ?? 0;
const rounds: Row[][] = [];
for (let round = 0; round < Number(values.rounds); round++)
	for (const [index, [way, size, encoding]] of CASES.entries()) {
		if (!`${way} ${size} ${encoding}`.includes(values.only)) continue;
		const row = way === "engine alone" ? await measureEngine(size) : await measure(way, size, encoding);
		rounds[index] = [...(rounds[index] ?? []), row];
		console.error(
			`${row.name}: ${Math.round(row.wall)} spans/s beside the load generator, ${Math.round(row.twoCores)} on two cores, ${row.microseconds.toFixed(1)} µs CPU a span, p99 ${Math.round(row.p99)} ms, at half load ${Math.round(row.halfP99)} ms, ${Math.round(row.peakMb)} MB`,
		);
	}

/** The round with the least CPU for a span: whatever else runs on the machine only ever adds to it. */
const best = rounds
	.filter((rows) => rows !== undefined)
	.map((rows) => rows.reduce((one, other) => (other.microseconds < one.microseconds ? other : one)));

function table(): string {
	const thousands = (value: number): string => `${(value / 1000).toFixed(1)} k`;
	const ms = (value: number): string => (Number.isNaN(value) ? "–" : `${Math.round(value)} ms`);
	const lines = best.map((row) => {
		const size = row.name.split(", ").at(-1);
		const before = best.find(({ name }) => name === `JSON lines, protobuf, ${size}`);
		const ratio = before === undefined ? "–" : `${(before.microseconds / row.microseconds).toFixed(1)}×`;
		const cells = [
			row.name,
			`${Math.round(row.bytes)} B`,
			row.microseconds.toFixed(1),
			thousands(row.twoCores),
			ratio,
			thousands(row.wall),
			`${ms(row.p50)} / ${ms(row.p99)}`,
			`${ms(row.halfP50)} / ${ms(row.halfP99)}`,
			`${Math.round(row.peakMb)} MB`,
		];
		return `| ${cells.join(" | ")} |`;
	});
	return [
		"| way, encoding, payload | span | µs CPU a span | spans/s on two cores | to JSON lines | spans/s beside the load generator | acknowledged p50 / p99, full load | at half load | peak memory |",
		"| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
		...lines,
	].join("\n");
}

const report = `# Ingest

\`npm run bench:ingest -- --rounds ${values.rounds} --seconds ${values.seconds} --connections ${values.connections}\` on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.

From OTLP/HTTP to rows in \`otel_traces\`, \`steps\`, \`runs\` and \`otel_traces_trace_id_ts\` of the embedded ClickHouse, acknowledged when all of
them are readable; merges included; what was acknowledged is counted in the database at the end of each case. Requests of
${SPANS_PER_REQUEST} spans, 8 attributes, traces of 8; the larger span has GenAI messages besides.

- **on two cores**: spans ÷ (the receiver's CPU seconds ÷ 2), the load generator's CPU counted apart: it is another process on the same cores.
- **beside the load generator**: what was really sent and acknowledged, everything on one machine.
- **JSON lines**: the same server with requests decoded to objects and inserted as JSONEachRow.
- **engine alone**: the same rows from files of Native blocks, no socket and no decoding.
- The load average was ${loadBefore.toFixed(1)} before the first case: above 0 other programs had the cores too, and CPU a span and latencies are higher
  than on a quiet machine (by about two at a load of 15). Ratios between lines hold.
- Of ${values.rounds} rounds the one with the least CPU a span. Latencies are measured from when a request was due.

${table()}
`;
if (values.only === "") await writeFile(values.output, report);
console.log(table());
