import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import OpenAI from "openai";
import { isInfrastructureError } from "./infrastructure-error.ts";

test("tells the surroundings' errors from the pipeline's own, also inside others", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "none", maxRetries: 0 });
	const unreachable = await client.models.list().then(
		() => null,
		(error: unknown) => error,
	);
	const refused = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
	const yes: readonly unknown[] = [
		unreachable,
		new Error("while answering", { cause: unreachable }),
		refused,
		Object.assign(new Error("slow down"), { status: 429 }),
		Object.assign(new Error("gateway"), { status: 503 }),
		Object.assign(new Error("reset"), { code: "ECONNRESET" }),
	];
	const no: readonly unknown[] = [
		null,
		"ECONNRESET",
		new Error("no documents"),
		new TypeError("x is not a function"),
		Object.assign(new Error("bad request"), { status: 400 }),
		Object.assign(new Error("missing"), { code: "ENOENT" }),
	];
	for (const error of yes) assert.equal(isInfrastructureError(error), true, String(error));
	for (const error of no) assert.equal(isInfrastructureError(error), false, String(error));
});
