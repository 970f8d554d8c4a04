import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { promisify } from "node:util";

interface Span {
	readonly traceId: string;
	readonly parentSpanId?: string;
	readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** Starts the program as a user would, with an OTLP endpoint that keeps what it is sent. */
async function runMain(args: readonly string[]) {
	const spans: Span[] = [];
	const receiver = createServer(async (request, response) => {
		const body = JSON.parse(await text(request)) as { resourceSpans?: { scopeSpans: { spans: Span[] }[] }[] };
		for (const { scopeSpans } of body.resourceSpans ?? [])
			spans.push(...scopeSpans.flatMap((scope) => scope.spans));
		response.setHeader("content-type", "application/json").end("{}");
	}).listen(0, "127.0.0.1");
	await once(receiver, "listening");
	const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, NODE_TEST_CONTEXT: _context, ...env } = process.env;
	const main = join(import.meta.dirname, "main.ts");
	const command = ["--conditions=source", "--import", "@faultline/instrumentation/register", main, ...args];
	try {
		const { stdout } = await promisify(execFile)(process.execPath, command, {
			cwd: import.meta.dirname,
			env: {
				...env,
				OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
			},
		});
		return { stdout, spans };
	} finally {
		receiver.close();
	}
}

const attribute = (span: Span | undefined, key: string): string =>
	span?.attributes.find((one) => one.key === key)?.value.stringValue ?? "";

test("a process answers its customers with tools, and every step of the loop is a span of the run", async () => {
	const { stdout, spans } = await runMain(["--limit", "12", "--seed", "3"]);
	const summary = JSON.parse(stdout) as { runs: number; passed: number; failed: number };
	assert.equal(summary.runs, 12);
	assert.ok(summary.passed >= 10, `${summary.passed} of 12 passed`);
	const roots = spans.filter((span) => (span.parentSpanId ?? "") === "");
	assert.equal(roots.length, 12);
	const refund = roots.find((root) => attribute(root, "faultline.task_id").startsWith("refund-en"));
	const kinds = spans
		.filter(({ traceId }) => traceId === refund?.traceId)
		.map((span) => attribute(span, "faultline.step.kind"));
	assert.deepEqual(
		["retrieval", "prompt_build", "agent", "model", "tool_call", "post_process", "render"].map(
			(kind) => kinds.filter((one) => one === kind).length,
		),
		[1, 1, 1, 4, 3, 1, 1],
	);
});

test("no span holds what a right answer is", async () => {
	const { spans } = await runMain(["--limit", "3"]);
	assert.ok(spans.length > 0 && !JSON.stringify(spans).includes("expected"));
});

test("a free message is answered in its language, with the shop's terms", async () => {
	const { stdout } = await runMain(["--message", "Wie lange ist ein Gutschein gültig?", "--locale", "de"]);
	assert.match(stdout, /Guten Tag,\n\nEin Gutschein gilt 36 Monate[\s\S]*terms\/vouchers-de/);
});

test("an unknown fault is wrong use, and the error lists those that there are", async () => {
	await assert.rejects(
		runMain(["--fault", "no-such"]),
		(error: Error & { code?: number; stderr?: string }) => {
			assert.equal(error.code, 64);
			assert.match(error.stderr ?? "", /--fault is "no-such"; give one of none, stale-terms/);
			return true;
		},
	);
});
