import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startModelServer } from "./testing/model-server.ts";
import { startOtlpReceiver } from "./testing/otlp-receiver.ts";

const APPS = join(import.meta.dirname, "testing", "apps");

interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
	readonly ms: number;
}

async function runApp(app: string, env: Readonly<Record<string, string>>): Promise<Ended> {
	const began = performance.now();
	const child = spawn(
		process.execPath,
		["--conditions=source", "--import", "@faultline/instrumentation/register", join(APPS, app)],
		{ env: { PATH: process.env["PATH"], ...env }, cwd: APPS },
	);
	let stdout = "";
	let stderr = "";
	child.stdout.on("data", (chunk) => (stdout += chunk));
	child.stderr.on("data", (chunk) => (stderr += chunk));
	return await new Promise((done) =>
		child.on("close", (code, signal) =>
			done({ code, signal, stdout, stderr, ms: performance.now() - began }),
		),
	);
}

describe("node --import @faultline/instrumentation/register", () => {
	for (const app of ["chat.mjs", "chat.cjs", "chat.ts"]) {
		it(`gives ${app} one model span with its messages, and flushes when it ends`, async () => {
			await using receiver = await startOtlpReceiver();
			await using model = await startModelServer();
			const ended = await runApp(app, {
				MODEL_URL: model.url,
				OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
				OTEL_SERVICE_NAME: "the-app",
				OTEL_RESOURCE_ATTRIBUTES: "service.version=41,deployment.environment.name=test",
				OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20t",
				GITHUB_SHA: "abc123",
			});
			assert.equal(ended.code, 0, ended.stderr);
			assert.equal(ended.stderr, "");
			assert.match(ended.stdout, /The answer to: hello/);
			const spans = receiver.spans.filter((span) => span.name === "chat model-1");
			assert.equal(spans.length, 1);
			const [span] = spans;
			assert.equal(span?.kind, 3);
			assert.equal(span?.attributes["faultline.step.kind"], "model");
			assert.match(String(span?.attributes["gen_ai.input.messages"]), /hello/);
			assert.match(String(span?.attributes["gen_ai.output.messages"]), /The answer to: hello/);
			assert.equal(span?.resource["service.name"], "the-app");
			assert.equal(span?.resource["service.version"], "41");
			assert.equal(span?.resource["vcs.ref.head.revision"], "abc123");
			assert.equal(receiver.headers[0]?.["authorization"], "Bearer t");
			if (app === "chat.ts") {
				const root = receiver.spans.find((one) => one.name === "typed");
				assert.equal(root?.attributes["faultline.outcome"], "pass");
				assert.equal(span?.parentSpanId, root?.spanId);
			}
		});
	}

	const ends: readonly (readonly [string, Record<string, string>, number | null, string | null])[] = [
		["process.exit(7)", { EXIT_WITH: "7" }, 7, null],
		["SIGTERM", { KILL_WITH: "SIGTERM" }, null, "SIGTERM"],
		["SIGINT", { KILL_WITH: "SIGINT" }, null, "SIGINT"],
		["an uncaught error", { THROW: "1" }, 1, null],
	];
	for (const [how, env, code, signal] of ends) {
		it(`sends the spans and keeps the exit code when the application ends by ${how}`, async () => {
			await using receiver = await startOtlpReceiver();
			await using model = await startModelServer();
			const ended = await runApp("chat.mjs", {
				MODEL_URL: model.url,
				OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
				...env,
			});
			assert.deepEqual([ended.code, ended.signal], [code, signal], ended.stderr);
			const spans = receiver.spans.filter((span) => span.name === "chat model-1");
			assert.deepEqual(
				spans.map(({ attributes }) => String(attributes["gen_ai.input.messages"])),
				['[{"role":"user","parts":[{"type":"text","content":"hello"}]}]'],
			);
		});
	}

	it("neither fails nor hangs when the collector is away", async () => {
		await using model = await startModelServer();
		const ended = await runApp("chat.mjs", {
			MODEL_URL: model.url,
			OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
			FAULTLINE_EXIT_TIMEOUT: "1000",
		});
		assert.equal(ended.code, 0);
		assert.equal(ended.stderr, "");
		assert.ok(ended.ms < 5_000, `took ${ended.ms} ms`);
	});

	it("does nothing when OTEL_SDK_DISABLED is true", async () => {
		await using receiver = await startOtlpReceiver();
		await using model = await startModelServer();
		const ended = await runApp("chat.mjs", {
			MODEL_URL: model.url,
			OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
			OTEL_SDK_DISABLED: "true",
		});
		assert.match(ended.stdout, /The answer to: hello/);
		assert.equal(receiver.spans.length, 0);
	});
});
