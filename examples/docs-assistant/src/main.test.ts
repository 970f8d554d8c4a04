import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { promisify } from "node:util";

interface Attribute {
	readonly key: string;
	readonly value: { readonly stringValue?: string };
}
interface Span {
	readonly name: string;
	readonly traceId: string;
	readonly parentSpanId?: string;
	readonly attributes: readonly Attribute[];
	readonly links?: readonly object[];
}

const MAIN = join(import.meta.dirname, "main.ts");

/** Starts the program as a user would, with an OTLP endpoint that keeps what it is sent. */
async function runMain(args: readonly string[]) {
	const spans: Span[] = [];
	const receiver = createServer(async (request, response) => {
		const body = JSON.parse(await text(request)) as {
			resourceSpans?: { scopeSpans: { spans: Span[] }[] }[];
		};
		for (const { scopeSpans } of body.resourceSpans ?? [])
			spans.push(...scopeSpans.flatMap((scope) => scope.spans));
		response.setHeader("content-type", "application/json").end("{}");
	}).listen(0, "127.0.0.1");
	await once(receiver, "listening");
	const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, NODE_TEST_CONTEXT: _context, ...env } = process.env;
	const command = ["--conditions=source", "--import", "@faultline/instrumentation/register", MAIN, ...args];
	try {
		const { stdout, stderr } = await promisify(execFile)(process.execPath, command, {
			cwd: import.meta.dirname,
			env: {
				...env,
				OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
			},
		});
		return { stdout, stderr, spans };
	} finally {
		receiver.close();
	}
}

const attribute = (span: Span | undefined, key: string): string | undefined =>
	span?.attributes.find((one) => one.key === key)?.value.stringValue;

test("a process answers its questions, says which model did, and has sent every run's spans when it ends", async () => {
	const { stdout, stderr, spans } = await runMain([
		"--deploy",
		"B",
		"--limit",
		"6",
		"--repeats",
		"2",
		"--seed",
		"3",
	]);
	const summary = JSON.parse(stdout) as { runs: number; passed: number; failed: number };
	assert.equal(summary.runs, 12);
	assert.equal(summary.passed + summary.failed, 12);
	assert.match(stderr, /local extractive model/);

	const roots = spans.filter((span) => (span.parentSpanId ?? "") === "");
	assert.equal(roots.length, 12);
	const passed = roots.filter((root) => attribute(root, "faultline.outcome") === "pass");
	assert.equal(passed.length, summary.passed);
	assert.equal(new Set(roots.map((root) => attribute(root, "faultline.task_id"))).size, 6);
	for (const root of roots) {
		const steps = spans.filter(
			({ traceId, attributes }) =>
				traceId === root.traceId && attributes.some(({ key }) => key === "faultline.step.kind"),
		);
		assert.deepEqual(steps.map((step) => attribute(step, "faultline.step.kind")).sort(), [
			"model",
			"post_process",
			"prompt_build",
			"render",
			"retrieval",
			"tool_call",
		]);
		// A package's name is too short a text to be recognised: where the tool's argument came from is inferred.
		const passedOn = steps.filter((step) => attribute(step, "faultline.step.kind") !== "tool_call");
		const linked = passedOn.filter(({ links = [] }) => links.length > 0);
		assert.deepEqual(linked.map((step) => attribute(step, "faultline.step.kind")).sort(), [
			"model",
			"post_process",
			"prompt_build",
			"render",
		]);
	}
});

test("no span holds what a right answer is", async () => {
	const { spans } = await runMain(["--limit", "3"]);
	assert.ok(!JSON.stringify(spans).includes("expected_"));
});

test("a free question is answered with text and HTML, and graded by nobody", async () => {
	const { stdout, spans } = await runMain([
		"--question",
		"How many times does the openai client retry errors by default?",
	]);
	assert.match(stdout, /2 times[\s\S]*<article/);
	assert.equal(
		attribute(
			spans.find((span) => (span.parentSpanId ?? "") === ""),
			"faultline.outcome",
		),
		undefined,
	);
});

test("an unknown fault is wrong use, and the error lists those that there are", async () => {
	await assert.rejects(
		runMain(["--fault", "no-such"]),
		(error: Error & { code?: number; stderr?: string }) => {
			assert.equal(error.code, 64);
			assert.match(error.stderr ?? "", /--fault is "no-such"; give one of none, stale-index/);
			return true;
		},
	);
});
