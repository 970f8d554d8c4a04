import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { trace } from "@opentelemetry/api";
import { detectDeploy } from "./deploy-resource.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { named, startOwnTelemetry } from "./testing/own-telemetry.ts";
import { VERSION } from "./version.ts";

const HOME = join(import.meta.dirname, "..");
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("register()", () => {
	it("adds to an SDK that runs already and does not replace it", () => {
		const program = `
			import { trace } from "@opentelemetry/api";
			import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
			import { NodeSDK } from "@opentelemetry/sdk-node";
			import { pipeline, register } from "@faultline/instrumentation";
			const exporter = new InMemorySpanExporter();
			new NodeSDK({ spanProcessors: [new SimpleSpanProcessor({ exporter })], logRecordProcessors: [], metricReaders: [] }).start();
			console.log(register().sdk);
			pipeline("p", () => 1)();
			await trace.getTracerProvider().getDelegate().forceFlush();
			console.log(exporter.getFinishedSpans().map((span) => span.name).join());`;
		const ended = spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", program], {
			cwd: HOME,
			encoding: "utf8",
		});
		assert.equal(ended.stdout, "joined\np\n", ended.stderr);
	});

	it("keeps foreign spans to the same rules, and finds the run's root above the pipeline", async () => {
		const telemetry: OwnTelemetry = await startOwnTelemetry({ limitBytes: 1_000 });
		const { pipeline } = await import("./pipeline.ts");
		const run = pipeline("inside", () => 1, { outcome: () => "fail" });
		const secret = `ghp_${"a1B2".repeat(8)}`;
		const spans = await telemetry.spansOf(() =>
			trace.getTracer("another library").startActiveSpan("GET /ask", (span) => {
				span.setAttribute("gen_ai.input.messages", `${secret} ${"x".repeat(5_000)}`);
				span.setAttribute("url.path", `/ask/${secret}`);
				run();
				span.end();
			}),
		);
		await telemetry[Symbol.asyncDispose]();
		const root = named(spans, "GET /ask");
		assert.doesNotMatch(JSON.stringify(spans), new RegExp(secret));
		assert.equal(String(root.attributes["gen_ai.input.messages"]).length, 1_000);
		assert.equal(root.attributes["gen_ai.input.messages.bytes"], 5_001 + "[redacted secret]".length);
		assert.equal(root.attributes["faultline.pipeline"], "inside");
		assert.equal(root.attributes["faultline.outcome"], "fail");
	});

	for (const [logsTo, printed] of [
		["console", /said \[redacted secret\]/],
		["none", /^(?!.*said)/s],
	] as const) {
		it(`keeps log records and the command line to the rules with OTEL_LOGS_EXPORTER=${logsTo}, and messages in them on their span`, () => {
			const program = `
				import { context, logs, trace } from "@opentelemetry/api";
				import { register } from "@faultline/instrumentation";
				register();
				logs.getLogger("other").emit({ body: "said ghp_${"a1B2".repeat(8)}" });
				trace.getTracer("other").startActiveSpan("chat", (span) => {
					const attributes = { "event.name": "gen_ai.user.message" };
					logs.getLogger("other").emit({ attributes, body: { content: "told ghp_${"a1B2".repeat(8)}" } });
					span.end();
				});`;
			const flags = ["--conditions=source", "--input-type=module", "-"];
			const ended = spawnSync(process.execPath, [...flags, `--key=ghp_${"a1B2".repeat(8)}`], {
				cwd: HOME,
				input: program,
				encoding: "utf8",
				env: {
					PATH: process.env["PATH"],
					OTEL_LOGS_EXPORTER: logsTo,
					OTEL_TRACES_EXPORTER: "console",
				},
			});
			assert.equal(ended.status, 0, ended.stderr);
			assert.match(ended.stdout, printed);
			assert.match(ended.stdout, /gen_ai\.input\.messages.*told \[redacted secret\]/);
			assert.match(ended.stdout, /--key=\[redacted secret\]/);
			assert.doesNotMatch(ended.stdout, /ghp_/);
		});
	}

	it("carries the version that package.json has", () => {
		assert.equal(VERSION, JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")).version);
	});
});

describe("detectDeploy", () => {
	const files = (texts: Readonly<Record<string, string>>) => (path: string) => texts[path];
	const cases: readonly (readonly [
		string,
		Record<string, string>,
		Record<string, string>,
		Record<string, string>,
	])[] = [
		[
			"package.json upwards and a branch in .git",
			{},
			{
				"/app/package.json": '{"name":"shop","version":"1.2.3"}',
				"/app/.git/HEAD": "ref: refs/heads/main\n",
				"/app/.git/refs/heads/main": `${COMMIT}\n`,
			},
			{ "service.name": "shop", "service.version": "1.2.3", "vcs.ref.head.revision": COMMIT },
		],
		[
			"a packed ref",
			{},
			{ "/app/.git/HEAD": "ref: refs/heads/main\n", "/app/.git/packed-refs": `${COMMIT} refs/heads/main\n` },
			{ "vcs.ref.head.revision": COMMIT },
		],
		[
			"a worktree",
			{},
			{
				"/app/.git": "gitdir: /repo/.git/worktrees/app\n",
				"/repo/.git/worktrees/app/HEAD": "ref: refs/heads/x\n",
				"/repo/.git/worktrees/app/commondir": "../..\n",
				"/repo/.git/refs/heads/x": COMMIT,
			},
			{ "vcs.ref.head.revision": COMMIT },
		],
		[
			"CI variables before files",
			{ GITHUB_SHA: "from-ci", SERVICE_VERSION: "9", NODE_ENV: "production" },
			{ "/app/package.json": '{"version":"1.2.3"}', "/app/.git/HEAD": COMMIT },
			{
				"service.version": "9",
				"vcs.ref.head.revision": "from-ci",
				"deployment.environment.name": "production",
			},
		],
		["broken files", {}, { "/app/package.json": "{", "/app/.git/HEAD": "nonsense" }, {}],
		["nothing at all", {}, {}, {}],
	];
	for (const [what, env, texts, expected] of cases) {
		it(`reads ${what}`, () => {
			const found = detectDeploy({ env: (name) => env[name], directory: "/app/src", readText: files(texts) });
			assert.deepEqual(found, expected);
		});
	}
});
