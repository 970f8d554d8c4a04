import { type ChildProcess, fork } from "node:child_process";
import { Agent, request as httpRequest } from "node:http";
import { openStore } from "../store/open-store.ts";

export interface KillOptions {
	readonly dataDir: string;
	readonly rounds: number;
	/** Draws when each round's process is killed. */
	readonly random: () => number;
	readonly onRound?: (round: number, acknowledged: number) => void;
}

export interface KillResult {
	/** Spans whose request was answered with 200 before a kill. */
	readonly acknowledged: number;
	/** Spans that were sent and whose request got no answer. */
	readonly unanswered: number;
	/** Acknowledged spans that are not exactly once in `otel_traces`. */
	readonly lost: number;
	/** Acknowledged spans that are not exactly once in `steps`. */
	readonly lostSteps: number;
	/** Spans of any sort that are there more than once. */
	readonly twice: number;
	/** Spans that are in the base table and not in the view's, or the other way round. */
	readonly apart: number;
	/** Acknowledged log records that are not exactly once in `otel_logs`. */
	readonly lostLogs: number;
}

const SENDERS = 6;
const SPANS_PER_REQUEST = 200;
const SENDER = "00000000000000000000000000000000";

/**
 * Starts a receiver, sends to it from many connections, kills it with SIGKILL at a random moment, starts it again on the same directory,
 * and so on; then counts in the database what was acknowledged. Kills also fall into the start, when what a kill cut short is finished.
 * @example const { lost } = await surviveKills({ dataDir, rounds: 5, random: makeRandom(1) });
 */
export async function surviveKills({ dataDir, rounds, random, onRound }: KillOptions): Promise<KillResult> {
	const sent: Sent = { next: 1, spans: [], logs: [], unanswered: 0 };
	for (let round = 0; round < rounds; round++) {
		// Every third process dies while it starts, or soon after.
		await runUntilKilled(dataDir, sent, round % 3 === 2 ? "starting" : "working", random);
		onRound?.(round + 1, sent.spans.length);
	}
	const { spans, logs, unanswered } = sent;
	return { ...(await count(dataDir, spans, logs)), acknowledged: spans.length, unanswered };
}

interface Sent {
	/** The first id that was not used yet. */
	next: number;
	/** Acknowledged. */
	readonly spans: number[];
	readonly logs: number[];
	unanswered: number;
}

async function runUntilKilled(
	dataDir: string,
	sent: Sent,
	when: "starting" | "working",
	random: () => number,
): Promise<void> {
	const child = fork(new URL("receiver-process.ts", import.meta.url), [dataDir], {
		execArgv: ["--conditions=source"],
		stdio: ["ignore", "ignore", "inherit", "ipc"],
	});
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	const kill = (afterMs: number): void => {
		setTimeout(() => child.kill("SIGKILL"), afterMs);
	};
	if (when === "starting") kill(300 + random() * 900);
	const port = await portOf(child);
	if (port !== undefined) {
		const agent = new Agent({ keepAlive: true });
		// From the first acknowledgement on, so that a slow machine acknowledges something too.
		let armed = when === "starting";
		const onAcknowledged = (): void => {
			if (!armed) kill(random() * 900);
			armed = true;
		};
		const senders = Array.from({ length: SENDERS }, (_, sender) =>
			sendUntilSilence(agent, port, sender === 0 ? "logs" : "traces", sent, onAcknowledged),
		);
		await Promise.all(senders);
		agent.destroy();
	}
	child.kill("SIGKILL");
	await ended;
}

async function sendUntilSilence(
	agent: Agent,
	port: number,
	signal: "traces" | "logs",
	sent: Sent,
	onAcknowledged: () => void,
): Promise<void> {
	for (;;) {
		const first = sent.next;
		sent.next += SPANS_PER_REQUEST;
		const answered = await send(agent, port, signal, first);
		if (answered === undefined) {
			if (signal === "traces") sent.unanswered += SPANS_PER_REQUEST;
			return;
		}
		const into = signal === "traces" ? sent.spans : sent.logs;
		if (!answered) continue;
		for (let index = 0; index < SPANS_PER_REQUEST; index++) into.push(first + index);
		if (signal === "traces") onAcknowledged();
	}
}

async function portOf(child: ChildProcess): Promise<number | undefined> {
	return await new Promise((resolve) => {
		child.once("message", (message) => resolve((message as { httpPort: number }).httpPort));
		child.once("exit", () => resolve(undefined));
	});
}

/** True where it was acknowledged, false where it was refused, undefined where nobody answered. */
async function send(
	agent: Agent,
	port: number,
	signal: "traces" | "logs",
	first: number,
): Promise<boolean | undefined> {
	const body = JSON.stringify(signal === "traces" ? traces(first) : logRecords(first));
	return await new Promise((resolve) => {
		const request = httpRequest(
			{
				agent,
				host: "127.0.0.1",
				port,
				path: `/v1/${signal}`,
				method: "POST",
				headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
			},
			(response) => {
				response.resume();
				response.on("end", () => resolve(response.statusCode === 200));
				response.on("error", () => resolve(undefined));
			},
		);
		request.on("error", () => resolve(undefined));
		request.end(body);
	});
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

function traces(first: number): object {
	const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index) => ({
		traceId: hex(first, SENDER.length),
		spanId: hex(first + index, 16),
		name: `step-${index % 7}`,
		// Over two days, so that an insert makes several parts.
		startTimeUnixNano: `${1793500000 + (index % 2) * 86_400}000000000`,
		endTimeUnixNano: `${1793500001 + (index % 2) * 86_400}000000000`,
		...(index === 0 ? {} : { parentSpanId: hex(first, 16) }),
		attributes: [{ key: "text", value: { stringValue: "word ".repeat(100) } }],
	}));
	return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function logRecords(first: number): object {
	const records = Array.from({ length: SPANS_PER_REQUEST }, (_, index) => ({
		timeUnixNano: "1793500000000000000",
		spanId: hex(first + index, 16),
		body: { stringValue: `record ${first + index}` },
	}));
	return { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] };
}

async function count(
	dataDir: string,
	acknowledged: readonly number[],
	logs: readonly number[],
): Promise<Omit<KillResult, "acknowledged" | "unanswered">> {
	await using store = await openStore({ dataDir });
	const countsOf = async (sql: string): Promise<Map<number, number>> => {
		const rows = await store.query<{ id: string; n: string }>(sql);
		return new Map(rows.map(({ id, n }) => [Number.parseInt(id, 16), Number(n)]));
	};
	const spans = await countsOf("SELECT SpanId AS id, count() AS n FROM otel_traces GROUP BY id");
	const steps = await countsOf("SELECT span_id AS id, count() AS n FROM steps FINAL GROUP BY id");
	const records = await countsOf("SELECT SpanId AS id, count() AS n FROM otel_logs GROUP BY id");
	const missing = (ids: readonly number[], stored: ReadonlyMap<number, number>): number =>
		ids.filter((id) => stored.get(id) !== 1).length;
	return {
		lost: missing(acknowledged, spans),
		lostSteps: missing(acknowledged, steps),
		lostLogs: missing(logs, records),
		twice: [...spans.values(), ...records.values()].filter((n) => n > 1).length,
		apart:
			[...spans.keys()].filter((id) => !steps.has(id)).length +
			[...steps.keys()].filter((id) => !spans.has(id)).length,
	};
}
