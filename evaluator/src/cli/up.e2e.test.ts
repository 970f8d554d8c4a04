import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type RunningCommand, runFaultline, startFaultline } from "../testing/run-faultline.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });

/** A run with one tool call, whose result tries to break out of the page. */
function request(now: number): object {
	const at = (offsetMs: number): string => `${BigInt(Math.round(now + offsetMs)) * 1_000_000n}`;
	return {
		resourceSpans: [
			{
				resource: { attributes: [attribute("service.name", "shop"), attribute("service.version", "7")] },
				scopeSpans: [
					{
						scope: { name: "test" },
						spans: [
							{
								traceId: TRACE,
								spanId: "b7ad6b7169203331",
								name: "shop-answer",
								kind: 1,
								startTimeUnixNano: at(0),
								endTimeUnixNano: at(20),
								attributes: [
									attribute("faultline.pipeline", "shop-answer"),
									attribute("faultline.outcome", "fail"),
									attribute("faultline.step.input", '{"question":"<img src=x onerror=alert(1)>"}'),
								],
							},
							{
								traceId: TRACE,
								spanId: "b7ad6b7169203332",
								parentSpanId: "b7ad6b7169203331",
								name: "execute_tool stock",
								kind: 1,
								startTimeUnixNano: at(1),
								endTimeUnixNano: at(9),
								attributes: [
									attribute("gen_ai.operation.name", "execute_tool"),
									attribute("gen_ai.tool.name", "stock"),
									attribute("gen_ai.tool.call.arguments", '{"sku":1}'),
									attribute("gen_ai.tool.call.result", '{"error":"<script>alert(1)</script>"}'),
								],
							},
						],
					},
				],
			},
		],
	};
}

describe("faultline up", { timeout: 60_000 }, () => {
	let folder = "";
	let up: RunningCommand;
	let otlp = "";
	let page = "";
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-up-"));
		const ports = [
			"--otlp-http-port",
			"0",
			"--otlp-grpc-port",
			"0",
			"--clickhouse-port",
			"0",
			"--page-port",
			"0",
		];
		up = startFaultline(["up", ...ports], folder);
		otlp = (await up.untilOut(/OTLP\/HTTP\s+(\S+)/))[1] ?? "";
		page = (await up.untilOut(/Page\s+(\S+)/))[1] ?? "";
	});
	after(async () => {
		await up.stop();
		await rm(folder, { recursive: true, force: true });
	});

	it("answers a broken body with 400 and says what is wrong", async () => {
		const response = await fetch(`${otlp}/v1/traces`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: '{"resourceSpans": [',
		});
		assert.equal(response.status, 400);
		assert.match(await response.text(), /JSON/);
	});

	it("takes spans, judges them by itself, and shows them to other commands and on the page", async () => {
		const response = await fetch(`${otlp}/v1/traces`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(request(Date.now() - 20_000)),
		});
		assert.equal(response.status, 200);
		const located = await runFaultline(["locate", "--trace", TRACE], folder);
		assert.equal(located.code, 0, located.err);
		assert.match(located.out, /The fault began in stock \(tool_call\)/);
		assert.ok(located.out.includes(`${page}/runs/${TRACE}`), located.out);
		const elsewhere = ["locate", "--trace", TRACE, "--json", "--page-url", "https://faultline.example/"];
		const { runs } = JSON.parse((await runFaultline(elsewhere, folder)).out) as { runs: { page: string }[] };
		assert.equal(runs[0]?.page, `https://faultline.example/runs/${TRACE}`);
		const nonsense = await runFaultline(["locate", "--page-url", "over there"], folder);
		assert.equal(nonsense.code, 64);
		let shown = "";
		for (let tries = 0; tries < 100 && !shown.includes("began in <strong>stock"); tries++) {
			await new Promise((resolve) => setTimeout(resolve, 200));
			shown = await (await fetch(`${page}/runs`)).text();
		}
		assert.match(shown, /began in <strong>stock/);
		assert.match(await (await fetch(page)).text(), /shop-answer/);
	});

	it("escapes what an application recorded, and lets the page load and run nothing", async () => {
		const response = await fetch(`${page}/runs/${TRACE}`);
		const text = await response.text();
		assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
		// One script, ours; no element that the application named.
		assert.deepEqual(
			text.match(/<script[^>]*>/g)?.map((tag) => /src="\/assets\/page\.js/.test(tag)),
			[true],
		);
		assert.ok(!text.includes("<img"));
		assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
	});

	it("answers 404 for a run that is not there, 405 for writing, and 403 for writing from elsewhere", async () => {
		assert.equal((await fetch(`${page}/runs/ffff`)).status, 404);
		const post = (origin: string): Promise<Response> => fetch(page, { method: "POST", headers: { origin } });
		assert.equal((await post(page)).status, 405);
		assert.equal((await post("https://elsewhere.example")).status, 403);
	});

	it("does not start twice on one folder", async () => {
		const { code, err } = await runFaultline(["up"], folder);
		assert.equal(code, 64);
		assert.match(err, /is running on .* already/);
	});

	it("names the port in use, what it is for and the option that changes it", async () => {
		const other = createServer().listen(0, "127.0.0.1");
		await new Promise((resolve) => other.once("listening", resolve));
		const { port } = other.address() as AddressInfo;
		const { code, err } = await runFaultline(
			["up", "--data-dir", "second", "--otlp-http-port", String(port)],
			folder,
		);
		other.close();
		assert.equal(code, 64);
		assert.match(err, new RegExp(`${port}.*--otlp-http-port`));
	});

	it("stops on SIGTERM with code 0", async () => {
		assert.equal(await up.stop(), 0);
	});
});

describe("faultline up --token", { timeout: 60_000 }, () => {
	it("lets nobody in without the token", async () => {
		const folder = await mkdtemp(join(tmpdir(), "faultline-up-"));
		const ports = [
			"--otlp-http-port",
			"0",
			"--otlp-grpc-port",
			"none",
			"--clickhouse-port",
			"0",
			"--page-port",
			"0",
		];
		const up = startFaultline(["up", "--token", "secret", "--no-evaluate", ...ports], folder);
		try {
			const [, otlp = ""] = await up.untilOut(/OTLP\/HTTP\s+(\S+)/);
			const [, page = ""] = await up.untilOut(/Page\s+(\S+)/);
			const [, clickhouse = ""] = await up.untilOut(/ClickHouse\s+(\S+)/);
			const send = (headers: Record<string, string>): Promise<Response> =>
				fetch(`${otlp}/v1/traces`, {
					method: "POST",
					headers: { "content-type": "application/json", ...headers },
					body: "{}",
				});
			assert.equal((await send({})).status, 401);
			assert.equal((await send({ authorization: "Bearer secret" })).status, 200);
			assert.equal((await fetch(page)).status, 401);
			assert.equal(
				(await fetch(page, { headers: { authorization: `Basic ${btoa("me:secret")}` } })).status,
				200,
			);
			assert.notEqual((await fetch(`${clickhouse}/?query=SELECT+1`)).status, 200);
			const { code, err } = await runFaultline(["evaluate"], folder);
			assert.equal(code, 2, err);
		} finally {
			await up.stop();
			await rm(folder, { recursive: true, force: true });
		}
	});
});
