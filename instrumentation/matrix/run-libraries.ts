/**
 * The published package beside the real libraries whose spans count as steps: packs it, installs it with them into a temporary
 * folder, runs one small application for each (as ECMAScript modules and as CommonJS) and looks at the spans that arrive.
 *
 *     npm run test:libraries -w @faultline/instrumentation                 # about a minute, half a gigabyte
 *     npm run test:libraries -w @faultline/instrumentation -- --record    # and keeps the spans for the collector's test
 *
 * @module
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startModelServer } from "../src/testing/model-server.ts";
import type { OtlpReceiver } from "../src/testing/otlp-receiver.ts";
import { startOtlpReceiver } from "../src/testing/otlp-receiver.ts";

interface Application {
	readonly file: string;
	/** Instrumentations to start by themselves. */
	readonly enabled: string;
	/** What it prints last. */
	readonly prints: string;
	/** Names of spans that must be there, each as often as it is here. */
	readonly spans: readonly string[];
	/** Name of the file in which the collector's test finds these spans. */
	readonly record?: string;
	readonly env?: Readonly<Record<string, string>>;
}

const CHAIN = [
	"Pages",
	"weather",
	"ChatPromptTemplate",
	"FakeListChatModel",
	"StrOutputParser",
	"RunnableSequence",
];

const LLAMAINDEX = [
	"base_embedding.get_query_embedding",
	"vector_index_retriever.retrieve",
	"chat gpt-4o",
	"compact_and_refine.synthesize",
	"retriever_query_engine.query",
];

const DATABASES = "pg,redis,ioredis,mysql2";
const DATABASES_SAY = "at nine, at ten, at ten, at eleven";
// The instrumentation of ioredis also sees the commands of the other client.
const DATABASE_SPANS = ["databases", "pg.query:SELECT docs", "redis-GET", "get", "get", "SELECT"];

const APPLICATIONS: readonly Application[] = [
	{
		file: "ai-sdk.mjs",
		enabled: "ai",
		prints: "It is sunny in Paris.",
		spans: [
			"invoke_agent model-1",
			"step 1",
			"chat model-1",
			"execute_tool weather",
			"step 2",
			"chat model-1",
		],
		record: "ai-sdk",
	},
	{
		file: "ai-sdk-5.mjs",
		enabled: "none",
		prints: "It is sunny in Paris.",
		spans: [
			"ai.generateText",
			"ai.generateText.doGenerate",
			"ai.toolCall",
			"ai.generateText.doGenerate",
			"ai.embed",
			"ai.embed.doEmbed",
		],
		record: "ai-sdk-5",
	},
	{
		file: "langchain.mjs",
		enabled: "langchain",
		prints: "It closes at nine.",
		spans: CHAIN,
		record: "langchain",
	},
	{ file: "langchain.cjs", enabled: "langchain", prints: "It closes at nine.", spans: CHAIN },
	{
		file: "qdrant.mjs",
		enabled: "qdrant",
		prints: "It closes at nine.",
		spans: ["qdrant.search"],
		record: "qdrant",
	},
	{ file: "qdrant.cjs", enabled: "qdrant", prints: "It closes at nine.", spans: ["qdrant.search"] },
	{
		file: "pinecone.mjs",
		enabled: "pinecone",
		prints: "It closes at nine.",
		spans: ["pinecone.query"],
		record: "pinecone",
	},
	{ file: "pinecone.cjs", enabled: "pinecone", prints: "It closes at nine.", spans: ["pinecone.query"] },
	{
		file: "anthropic.mjs",
		enabled: "anthropic",
		prints: "It closes at nine.",
		spans: ["anthropic.messages.create"],
		record: "anthropic",
	},
	{
		file: "anthropic.cjs",
		enabled: "anthropic",
		prints: "It closes at nine.",
		spans: ["anthropic.messages.create"],
	},
	{ file: "anthropic.cjs", enabled: "none", prints: "It closes at nine.", spans: [] },
	{
		file: "llamaindex.cjs",
		enabled: "llamaindex",
		prints: "done",
		spans: LLAMAINDEX,
		record: "llamaindex",
	},
	// One span for the model, although both could make one.
	{ file: "llamaindex.cjs", enabled: "llamaindex,openai", prints: "done", spans: LLAMAINDEX },
	// Of the ECMAScript build the instrumentation finds the model only; the application goes on.
	{ file: "llamaindex.mjs", enabled: "llamaindex", prints: "done", spans: ["chat gpt-4o"] },
	{ file: "databases.mjs", enabled: DATABASES, prints: DATABASES_SAY, spans: DATABASE_SPANS },
	{ file: "databases.cjs", enabled: DATABASES, prints: DATABASES_SAY, spans: DATABASE_SPANS },
	{ file: "fetch.mjs", enabled: "undici", prints: "at nine", spans: ["fetch", "GET"] },
	{ file: "fetch.cjs", enabled: "undici", prints: "at nine", spans: ["fetch", "GET"] },
	{ file: "mcp.mjs", enabled: "mcp", prints: "done", spans: ["mcp call"] },
	{ file: "mcp.cjs", enabled: "mcp", prints: "done", spans: ["mcp call"] },
	{ file: "http.mjs", enabled: "http", prints: "done", spans: ["GET"] },
	{ file: "http.cjs", enabled: "http", prints: "done", spans: ["GET"] },
	{
		file: "tokens.mjs",
		enabled: "none",
		prints: "Say hello world<|endoftext|>, Say bye",
		spans: ["counted", "unknown"],
	},
	{ file: "http.mjs", enabled: "none", prints: "done", spans: [] },
	{
		file: "openinference-openai.cjs",
		enabled: "none",
		prints: "done",
		spans: ["OpenAI Chat Completions", "OpenAI Chat Completions", "OpenAI Responses", "OpenAI Embeddings"],
		record: "openinference-openai",
	},
	{
		file: "official-openai.cjs",
		enabled: "none",
		prints: "done",
		spans: ["chat model-1", "chat model-1", "chat model-1", "embeddings embed-1"],
		record: "official-openai",
	},
	{
		file: "traceloop.cjs",
		enabled: "none",
		prints: "done",
		spans: ["answer.workflow", "search_docs.task", "weather.tool", "helper.agent"],
		record: "traceloop",
	},
	{
		file: "langsmith.mjs",
		enabled: "none",
		prints: "Answer to closing time",
		spans: ["answer", "search_docs", "weather", "ask_model", "parse_answer"],
		record: "langsmith",
		env: { LANGSMITH_TRACING: "true", LANGSMITH_OTEL_ENABLED: "true", LANGSMITH_API_KEY: "test" },
	},
];

const { values } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const run = promisify(execFile);
const home = join(import.meta.dirname, "..");
const recordings = join(home, "../collector/src/testing/foreign-spans");

async function check(application: Application, folder: string, receiver: OtlpReceiver): Promise<void> {
	await using model = await startModelServer();
	const { file, enabled, prints, spans, env = {} } = application;
	const { stdout, stderr } = await run(
		process.execPath,
		["--import", "@faultline/instrumentation/register", join(folder, file)],
		{
			cwd: folder,
			timeout: 60_000,
			env: {
				PATH: process.env["PATH"] ?? "",
				MODEL_URL: model.url,
				OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
				OTEL_NODE_ENABLED_INSTRUMENTATIONS: enabled,
				OTEL_SERVICE_NAME: "library",
				OTEL_LOG_LEVEL: "error",
				// A recording says nothing of the machine that it was made on.
				...(values.record ? { OTEL_NODE_RESOURCE_DETECTORS: "env,serviceinstance" } : {}),
				...env,
			},
		},
	);
	assert.equal(stdout.trim().split("\n").at(-1), prints, stderr);
	const names = receiver.spans.map((span) => span.name);
	for (const name of new Set(spans)) {
		const wanted = spans.filter((other) => other === name).length;
		const found = names.filter((other) => other === name).length;
		assert.equal(found, wanted, `spans "${name}" among: ${names.join(", ")}`);
	}
	if (spans.length === 0) assert.deepEqual(names, []);
	// Three words, and what looks like a control token as seven tokens of text.
	const counted = receiver.spans.find((span) => span.name === "counted");
	if (counted !== undefined) assert.equal(counted.attributes["faultline.prompt.tokens"], 10);
	const call = receiver.spans.find((span) => span.name === "mcp call");
	if (call !== undefined) assert.equal(call.attributes["sent_along"], true, "MCP got no trace context");
}

const folder = await mkdtemp(join(tmpdir(), "faultline-libraries-"));
try {
	console.error("packing and installing …");
	await run("npm", ["pack", "--pack-destination", folder], { cwd: home });
	const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
	assert.ok(tarball !== undefined, "npm pack left no tarball");
	await cp(join(import.meta.dirname, "libraries"), folder, { recursive: true });
	// The libraries want the API of the SDK's last major version only; it is compatible, but npm does not know that.
	const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--legacy-peer-deps"];
	await run("npm", ["install", ...flags, `./${tarball}`], { cwd: folder, maxBuffer: 64e6 });
	let failed = 0;
	for (const application of APPLICATIONS) {
		await using receiver = await startOtlpReceiver();
		try {
			await check(application, folder, receiver);
			console.log(`ok      ${application.file}, ${application.enabled}`);
			if (values.record && application.record !== undefined) {
				const text = receiver.bodies.map((body) => `${body}\n`).join("");
				await writeFile(join(recordings, `${application.record}.jsonl`), text.replaceAll(folder, "/app"));
			}
		} catch (error) {
			failed += 1;
			console.log(`FAILED  ${application.file}\n${error instanceof Error ? error.message : String(error)}`);
		}
	}
	process.exitCode = failed === 0 ? 0 : 1;
} finally {
	await rm(folder, { recursive: true, force: true });
}
