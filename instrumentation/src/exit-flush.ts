import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { getStringFromEnv } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { quietly } from "./quietly.ts";

/** What there is to do when the process ends. */
export interface ExitWork {
	/** Whether anything still waits to be sent. */
	readonly waiting: () => boolean;
	/** Sends it. May take as long as it likes: the wait is bounded here. */
	readonly flush: () => Promise<unknown>;
	/** Sends it without the event loop, which `process.exit()` has stopped. */
	readonly flushNow: () => void;
	/** Longest wait, in milliseconds. */
	readonly timeoutMs: number;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Sends what waits when the process ends by itself, by a signal, by `process.exit()` or by an uncaught error. The exit
 * code, or the signal that the parent sees, stays what it would have been. Answers the function that undoes it.
 *
 * @example const undo = flushAtExit({ waiting, flush, flushNow, timeoutMs: 3_000 });
 */
export function flushAtExit({ waiting, flush, flushNow, timeoutMs }: ExitWork): () => void {
	let busy = false;
	const bounded = async (): Promise<void> => {
		busy = true;
		try {
			await Promise.race([flush(), new Promise((done) => setTimeout(done, timeoutMs).unref())]);
		} catch {
			// The collector is away. The process has better things to do than to wait for it.
		} finally {
			busy = false;
		}
	};
	const onBeforeExit = (): void => {
		if (!busy && waiting()) void bounded();
	};
	const onSignal = (signal: NodeJS.Signals): void => {
		// A second signal means now.
		if (busy) raise(signal, onSignal);
		else void bounded().finally(() => raise(signal, onSignal));
	};
	const onExit = (): void => {
		if (waiting()) quietly("the last flush", flushNow);
	};
	process.on("beforeExit", onBeforeExit);
	process.on("exit", onExit);
	for (const signal of SIGNALS) process.on(signal, onSignal);
	return () => {
		process.off("beforeExit", onBeforeExit);
		process.off("exit", onExit);
		for (const signal of SIGNALS) process.off(signal, onSignal);
	};
}

/** An application that listens for the signal itself decides itself; else the signal does what it always does. */
function raise(signal: NodeJS.Signals, ours: (signal: NodeJS.Signals) => void): void {
	process.off(signal, ours);
	if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/** Posts standard input, the first line of which says where to. Runs as a program of its own. */
const POST = `
const [head, body] = require("node:fs").readFileSync(0, "utf8").split("\\n");
const { url, headers } = JSON.parse(head);
const { request } = require(url.startsWith("https:") ? "node:https" : "node:http");
request(url, { method: "POST", headers }, (response) => response.resume()).on("error", () => {}).end(body);
`;

/**
 * Sends spans over OTLP/HTTP before it returns, by way of another process: after `process.exit()` this one can wait, but
 * no longer do anything at the same time.
 */
export function sendSpansNow(
	spans: readonly ReadableSpan[],
	timeoutMs: number,
	url: string = tracesUrl(),
): void {
	const requireFromExporter = createRequire(import.meta.resolve("@opentelemetry/exporter-trace-otlp-http"));
	const { JsonTraceSerializer } = requireFromExporter("@opentelemetry/otlp-transformer") as {
		JsonTraceSerializer: { serializeRequest(spans: readonly ReadableSpan[]): Uint8Array | undefined };
	};
	const body = JsonTraceSerializer.serializeRequest(spans);
	if (body === undefined) return;
	const head = JSON.stringify({
		url,
		headers: { "content-type": "application/json", ...otlpHeaders() },
	});
	spawnSync(process.execPath, ["-e", POST], {
		input: `${head}\n${Buffer.from(body).toString("utf8")}`,
		// biome-ignore lint/style/noProcessEnv: the child needs the environment without NODE_OPTIONS, which may load this very module again
		env: { ...process.env, NODE_OPTIONS: "" },
		stdio: ["pipe", "ignore", "ignore"],
		timeout: timeoutMs,
		windowsHide: true,
	});
}

function tracesUrl(): string {
	const ofTraces = getStringFromEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
	if (ofTraces !== undefined) return ofTraces;
	const base = getStringFromEnv("OTEL_EXPORTER_OTLP_ENDPOINT") ?? "http://localhost:4318";
	return `${base.replace(/\/+$/, "")}/v1/traces`;
}

function otlpHeaders(): Record<string, string> {
	const names = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];
	const pairs = names.flatMap((name) => getStringFromEnv(name)?.split(",") ?? []);
	const entries = pairs.map((pair) => {
		const [key = "", ...value] = pair.split("=");
		return [key.trim().toLowerCase(), decodeURIComponent(value.join("=").trim())] as const;
	});
	return Object.fromEntries(entries.filter(([key]) => key !== ""));
}
