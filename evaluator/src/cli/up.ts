import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Store, TlsOptions } from "@faultline/collector";
import { watchDriftDays } from "../service/watch-drift-days.ts";
import { watchRuns } from "../service/watch-runs.ts";
import { type Command, parseOptions } from "./command.ts";
import { asUsage, EXIT, type Io, UsageError } from "./io.ts";
import { dataDirOf, findRunning } from "./open-database.ts";
import { openScoring, type ScoringValues, scoringOptions } from "./open-scoring.ts";
import { startStack } from "./start-stack.ts";

const options = {
	"data-dir": { type: "string", help: "folder of the embedded database (default .faultline)", value: "DIR" },
	host: {
		type: "string",
		help: "address to listen on (default 127.0.0.1; others need --token)",
		value: "ADDRESS",
	},
	"otlp-http-port": { type: "string", help: "OTLP over HTTP (default 4318)", value: "PORT" },
	"otlp-grpc-port": {
		type: "string",
		help: "OTLP over gRPC (default 4317; none leaves it out)",
		value: "PORT",
	},
	"clickhouse-port": { type: "string", help: "ClickHouse over HTTP (default 8123)", value: "PORT" },
	"page-port": { type: "string", help: "the page (default 4319)", value: "PORT" },
	token: { type: "string", help: "token that senders and readers must show", value: "TOKEN" },
	"tls-cert": { type: "string", help: "certificate (PEM): OTLP over TLS", value: "FILE" },
	"tls-key": { type: "string", help: "its key (PEM)", value: "FILE" },
	"tls-client-ca": {
		type: "string",
		help: "authority that senders' certificates must be signed by",
		value: "FILE",
	},
	...scoringOptions,
	"no-evaluate": { type: "boolean", help: "only collect; evaluate elsewhere" },
	"no-drift": { type: "boolean", help: "do not watch for drift; run `faultline drift` yourself" },
} as const;

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export const up: Command = {
	name: "up",
	summary: "start the embedded stack in one process: OTLP, ClickHouse, evaluator and page",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`up takes no arguments, got "${positionals[0]}"`);
		const host = values.host ?? "127.0.0.1";
		const token = values.token ?? io.env["FAULTLINE_TOKEN"];
		if (!LOOPBACK.has(host) && token === undefined) {
			throw new UsageError(
				`--host ${host} lets other machines in; give a --token (or FAULTLINE_TOKEN) that they must show`,
			);
		}
		const tls = await readTls(values, io.cwd);
		const dataDir = dataDirOf(values, io);
		const running = await findRunning(dataDir);
		if (running !== null) {
			throw new UsageError(
				`a stack is running on ${dataDir} already (process ${running.pid}, ${running.clickhouseUrl})`,
			);
		}
		await using stack = await asUsage(
			startStack({
				dataDir,
				host,
				otlpHttpPort: portOf("otlp-http-port", values["otlp-http-port"], 4318),
				otlpGrpcPort:
					values["otlp-grpc-port"] === "none"
						? null
						: portOf("otlp-grpc-port", values["otlp-grpc-port"], 4317),
				clickhousePort: portOf("clickhouse-port", values["clickhouse-port"], 8123),
				pagePort: portOf("page-port", values["page-port"], 4319),
				...(token === undefined ? {} : { token }),
				...(tls === undefined ? {} : { tls }),
			}),
		);
		io.out(
			[
				"Faultline is up.",
				`  OTLP/HTTP   http${tls === undefined ? "" : "s"}://${host}:${stack.receiver.httpPort}   (OTEL_EXPORTER_OTLP_ENDPOINT)`,
				...(stack.receiver.grpcPort === null ? [] : [`  OTLP/gRPC   ${host}:${stack.receiver.grpcPort}`]),
				`  ClickHouse  ${stack.clickhouseUrl}`,
				`  Page        ${stack.pageUrl}`,
				`  Data        ${dataDir}`,
				"Stop with Ctrl-C.",
			].join("\n"),
		);
		if (values["no-evaluate"] !== true) await evaluateNew(stack.store, values, io);
		else if (!io.signal.aborted) await once(io.signal, "abort");
		io.err("stopping; what has arrived is being stored");
		return EXIT.done;
	},
};

interface EvaluateValues extends ScoringValues {
	readonly "no-drift"?: boolean | undefined;
}

/** Evaluates runs as they settle, with the scorers and the judge of the configuration, and watches for drift. */
async function evaluateNew(store: Store, values: EvaluateValues, io: Io): Promise<void> {
	const range = { sinceMs: 0, untilMs: io.now() };
	await using scoring = await openScoring(store, values, io, { range, watch: true });
	const watching = { store, signal: io.signal, now: io.now, err: io.err };
	await Promise.all([
		watchRuns({ ...watching, ...(scoring === null ? {} : { scoring }) }),
		values["no-drift"] === true ? null : watchDriftDays(watching),
	]);
}

async function readTls(
	values: Readonly<Partial<Record<"tls-cert" | "tls-key" | "tls-client-ca", string>>>,
	cwd: string,
): Promise<TlsOptions | undefined> {
	const read = async (name: keyof typeof values): Promise<Buffer | undefined> => {
		const file = values[name];
		if (file === undefined) return undefined;
		return await readFile(resolve(cwd, file)).catch((cause: unknown) => {
			throw new UsageError(
				`--${name} ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
				{ cause },
			);
		});
	};
	const [cert, key, clientCa] = await Promise.all([read("tls-cert"), read("tls-key"), read("tls-client-ca")]);
	if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
	if (cert === undefined || key === undefined)
		throw new UsageError("TLS needs both --tls-cert FILE and --tls-key FILE, in PEM");
	return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
}

function portOf(name: string, text: string | undefined, fallback: number): number {
	if (text === undefined) return fallback;
	const port = Number(text);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) {
		throw new UsageError(`--${name} is "${text}"; give a port from 0 (any free one) to 65535`);
	}
	return port;
}
