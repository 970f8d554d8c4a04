import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, it } from "node:test";
import { openStore } from "@faultline/collector";
import { type RunningCommand, startFaultline } from "../testing/run-faultline.ts";

let dataDir: string;
before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-killed-"));
});
after(async () => await rm(dataDir, { recursive: true, force: true }));

/** A test that fails leaves its stacks running. */
const started: RunningCommand[] = [];
afterEach(async () => {
	for (const command of started.splice(0)) {
		command.kill("SIGKILL");
		await command.ended;
	}
});

/** The embedded stack as a process of its own, on free ports. */
async function start(): Promise<{
	readonly command: RunningCommand;
	readonly otlp: string;
	readonly clickhouse: string;
}> {
	const free = [
		"--otlp-http-port",
		"0",
		"--otlp-grpc-port",
		"none",
		"--clickhouse-port",
		"0",
		"--page-port",
		"0",
	];
	const command = startFaultline(["up", "--no-evaluate", "--data-dir", dataDir, ...free], dataDir);
	started.push(command);
	const [, otlp = "", clickhouse = ""] = await command.untilOut(
		/OTLP\/HTTP\s+(\S+)[\s\S]*ClickHouse\s+(\S+)[\s\S]*Ctrl-C/,
	);
	return { command, otlp, clickhouse };
}

/** A span that is sent again is the same span, so it has the same time. */
const BASE_MS = Date.now() - 60_000;

const idOf = (number: number): string => number.toString(16).padStart(32, "0");

/** One run of one root and one step. True where the receiver acknowledged it. */
async function send(otlp: string, number: number): Promise<boolean> {
	const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
	const at = `${BASE_MS + number}000000`;
	const span = (spanId: string, parentSpanId: string, attributes: object[]): object => ({
		traceId: idOf(number),
		spanId: spanId.padStart(16, "0"),
		...(parentSpanId === "" ? {} : { parentSpanId: parentSpanId.padStart(16, "0") }),
		name: "span",
		startTimeUnixNano: at,
		endTimeUnixNano: at,
		attributes,
	});
	const spans = [
		span("1", "", [attribute("faultline.pipeline", "shop")]),
		span("2", "1", [attribute("faultline.step.kind", "render"), attribute("faultline.step.name", "page")]),
	];
	const body = {
		resourceSpans: [
			{ resource: { attributes: [attribute("service.name", "shop")] }, scopeSpans: [{ spans }] },
		],
	};
	try {
		const response = await fetch(`${otlp}/v1/traces`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		await response.text();
		return response.ok;
	} catch {
		return false;
	}
}

it("a receiver that is killed while spans stream in loses none that it acknowledged, and what is sent again counts once", async () => {
	const first = await start();
	const acknowledged = new Set<number>();
	const sent = new Set<number>();
	let next = 0;
	let killed = false;
	const sender = async (): Promise<void> => {
		while (!killed) {
			const number = ++next;
			sent.add(number);
			if (await send(first.otlp, number)) acknowledged.add(number);
			if (acknowledged.size === 150 && !killed) {
				killed = true;
				first.command.kill("SIGKILL");
			}
		}
	};
	await Promise.all(Array.from({ length: 64 }, sender));
	await first.command.ended;
	assert.ok(sent.size > acknowledged.size, "the kill came between two requests and shows nothing");

	const second = await start();
	const store = await openStore({ url: second.clickhouse });
	const rows = await store.query<{ trace_id: string }>("SELECT DISTINCT trace_id FROM runs");
	const there = new Set(rows.map((row) => row.trace_id));
	assert.deepEqual(
		[...acknowledged].filter((number) => !there.has(idOf(number))),
		[],
	);

	// What was not acknowledged is sent again, as an exporter does, and some of what was.
	for (const number of [...sent].slice(-80)) assert.equal(await send(second.otlp, number), true);
	const [counts] = await store.query<{ runs: string; steps: string }>(
		"SELECT (SELECT count() FROM runs FINAL) AS runs, (SELECT count() FROM steps FINAL WHERE kind != '') AS steps",
	);
	assert.deepEqual([Number(counts?.runs), Number(counts?.steps)], [sent.size, sent.size]);
	await store.close();
	assert.equal(await second.command.stop(), 0);
});
