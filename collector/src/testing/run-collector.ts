import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";

export const PRODUCTION_CONFIG: string = path.join(import.meta.dirname, "../../otelcol/collector.yaml");

export interface RunningCollector {
	readonly httpPort: number;
	readonly process: ChildProcess;
	/** The sum of one of its own metrics over all label values that match. */
	metric(name: string, labels?: RegExp): Promise<number>;
	/** Everything it has logged. */
	log(): string;
	/** Ends it with a signal and waits until it is gone. */
	stop(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts the stock Collector on free ports and waits until it is healthy.
 * @param environment what the configuration reads; see otelcol/collector.yaml
 */
export async function runCollector(
	binary: string,
	config: string,
	environment: Readonly<Record<string, string>>,
): Promise<RunningCollector> {
	const [httpPort, grpcPort, healthPort] = [await freePort(), await freePort(), await freePort()];
	const metricsPort = await freePort();
	const health = `127.0.0.1:${healthPort}`;
	const child = spawn(binary, ["--config", config], {
		stdio: ["ignore", "pipe", "pipe"],
		env: {
			...process.env,
			OTLP_HTTP_PORT: String(httpPort),
			OTLP_GRPC_PORT: String(grpcPort),
			FAULTLINE_HEALTH_ENDPOINT: health,
			FAULTLINE_METRICS_PORT: String(metricsPort),
			...environment,
		},
	});
	let log = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk: Buffer) => {
			log += chunk.toString();
		});
	const exited = once(child, "exit");
	await waitUntil(`the Collector is healthy; it said:\n${log}`, async () => {
		if (child.exitCode !== null) throw new Error(`the Collector ended with ${child.exitCode}:\n${log}`);
		return await fetch(`http://${health}/`).then(
			(response) => response.ok,
			() => false,
		);
	});
	const stop = async (signal: NodeJS.Signals): Promise<void> => {
		child.kill(signal);
		await exited;
	};
	const metric = async (name: string, labels = /(?:)/): Promise<number> => {
		const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
		const lines = text.split("\n").filter((line) => line.startsWith(name) && labels.test(line));
		return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
	};
	return { httpPort, process: child, metric, log: () => log, stop };
}

/** A port that nobody uses at this moment. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (address === null || typeof address === "string") throw new Error("the server has no port");
	return address.port;
}

/** Asks ten times a second; throws after the timeout, saying what it waited for. */
export async function waitUntil(
	what: string,
	isSo: () => Promise<boolean>,
	timeoutMs = 30_000,
): Promise<void> {
	const end = Date.now() + timeoutMs;
	while (!(await isSo())) {
		if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
