import { once } from "node:events";
import { watchRuns } from "../service/watch-runs.ts";
import { type Command, parseOptions } from "./command.ts";
import { asUsage, EXIT, UsageError } from "./io.ts";
import { dataDirOf, findRunning } from "./open-database.ts";
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
	"no-evaluate": { type: "boolean", help: "only collect; evaluate elsewhere" },
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
			}),
		);
		io.out(
			[
				"Faultline is up.",
				`  OTLP/HTTP   http://${host}:${stack.receiver.httpPort}   (OTEL_EXPORTER_OTLP_ENDPOINT)`,
				...(stack.receiver.grpcPort === null ? [] : [`  OTLP/gRPC   ${host}:${stack.receiver.grpcPort}`]),
				`  ClickHouse  ${stack.clickhouseUrl}`,
				`  Page        ${stack.pageUrl}`,
				`  Data        ${dataDir}`,
				"Stop with Ctrl-C.",
			].join("\n"),
		);
		if (values["no-evaluate"] !== true)
			await watchRuns({ store: stack.store, signal: io.signal, now: io.now, err: io.err });
		else if (!io.signal.aborted) await once(io.signal, "abort");
		io.err("stopping; what has arrived is being stored");
		return EXIT.done;
	},
};

function portOf(name: string, text: string | undefined, fallback: number): number {
	if (text === undefined) return fallback;
	const port = Number(text);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) {
		throw new UsageError(`--${name} is "${text}"; give a port from 0 (any free one) to 65535`);
	}
	return port;
}
