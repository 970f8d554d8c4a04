import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startModelServer } from "./testing/model-server.ts";

/** Runs a program of its own, because the tracer provider is global; gives what it printed. */
async function run(program: string, env: Record<string, string> = {}, flags: readonly string[] = []) {
	const child = spawn(
		process.execPath,
		["--conditions=source", ...flags, "--input-type=module", "-e", program],
		{ cwd: join(import.meta.dirname, ".."), env: { PATH: process.env["PATH"] ?? "", ...env } },
	);
	const [out, errors] = ["", ""].map(() => ({ text: "" }));
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		if (out !== undefined) out.text += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		if (errors !== undefined) errors.text += text;
	});
	const [code] = (await once(child, "close")) as [number];
	assert.equal(code, 0, errors?.text);
	return out?.text ?? "";
}

/** What an application does with everything that this package gives it. */
const APPLICATION = `
	import OpenAI from "openai";
	import { patchOpenAI, pipeline, promptTemplate, recordFeedback, setOutcome, step } from "@faultline/instrumentation";
	patchOpenAI(OpenAI);
	const client = new OpenAI({ apiKey: "test", baseURL: process.env.MODEL_URL, maxRetries: 0 });
	const search = step.retrieval("search", async (query) => [{ id: 1, content: "about " + query }]);
	const prompt = promptTemplate("prompt", "From {{pages}} answer");
	const words = step.custom("words", async function* () { yield "a"; yield "b"; });
	const fails = step.toolCall("fails", () => { throw new RangeError("the application's own"); });
	const answer = pipeline("answer", async (question) => {
		const pages = await search(question);
		const messages = [{ role: "user", content: prompt({ pages: pages[0].content }) }];
		const whole = await client.chat.completions.create({ model: "model-1", messages });
		let text = "";
		for await (const chunk of await client.chat.completions.create({ model: "model-1", messages, stream: true }))
			text += chunk.choices[0]?.delta.content ?? "";
		for await (const word of words()) text += word;
		try { fails(); } catch (error) { text += error.name; }
		setOutcome("pass");
		recordFeedback("0".repeat(31) + "1", { kind: "thumb_up" });
		return [whole.choices[0].message.content, text].join(" | ");
	}, { outcome: () => "pass", taskId: () => "t" });
	console.log(await answer("doors"));
`;
const SAID = "The answer to: From about doors answer | The answer to: From about doors answerabRangeError\n";

describe("an application whose telemetry is broken", () => {
	const thrower = `const broken = () => { throw new Error("broken telemetry"); };`;
	const sdk = (processor: string) => `
		import { NodeSDK } from "@opentelemetry/sdk-node";
		${thrower}
		new NodeSDK({ spanProcessors: [${processor}], logRecordProcessors: [], metricReaders: [] }).start();`;
	const provider = (tracer: string) => `
		import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
		${thrower}
		trace.setGlobalTracerProvider({ getTracer: () => (${tracer}), shutdown() {} });`;
	const spanOf = (more: string) => `{ startSpan: () => new Proxy({}, { get: (_, name) => ${more} }) }`;
	const ways: Readonly<Record<string, string>> = {
		"a span processor throws when a span starts": sdk(
			"{ onStart: broken, onEnd() {}, async forceFlush() {}, async shutdown() {} }",
		),
		"a span processor throws when a span ends": sdk(
			"{ onStart() {}, onEnding: broken, onEnd: broken, async forceFlush() {}, async shutdown() {} }",
		),
		"no span can be started": provider("{ startSpan: broken }"),
		"everything that a span can do throws": provider(spanOf("broken")),
		"everything but telling its ids throws": provider(
			spanOf(
				`name === "spanContext" ? () => ({ traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags: 1 }) : name === "isRecording" ? () => true : broken`,
			),
		),
		"a span has no methods": provider("{ startSpan: () => ({}) }"),
		"there is no tracer": provider("undefined"),
	};
	for (const [what, setUp] of Object.entries(ways)) {
		it(`goes on as ever: ${what}`, async () => {
			await using model = await startModelServer();
			assert.equal(await run(`${setUp}\n${APPLICATION}`, { MODEL_URL: model.url }), SAID);
		});
	}

	it("keeps no more than the queue's length while the collector is away", async () => {
		const said = await run(
			`import { register, step } from "@faultline/instrumentation";
			register();
			const make = step.custom("make", (text) => text + "!");
			const used = [];
			for (let round = 0; round < 4; round += 1) {
				for (let call = 0; call < 3_000; call += 1) {
					make("words and " + round + " " + call + " ".repeat(5_000) + call);
					if (call % 100 === 0) await new Promise(setImmediate);
				}
				gc();
				used.push(process.memoryUsage().heapUsed / 1e6);
			}
			console.log(JSON.stringify(used));
			process.exit();`,
			{
				OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
				OTEL_LOG_LEVEL: "none",
				FAULTLINE_EXIT_TIMEOUT: "100",
			},
			["--expose-gc"],
		);
		const used = JSON.parse(said) as number[];
		const [second = 0, last = 0] = [used[1], used.at(-1)];
		// A queue of 2048 spans with two texts of 5 kB each, and a batch on its way.
		assert.ok(last < 120, `${used.join(", ")} MB`);
		assert.ok(last - second < 10, `grows: ${used.join(", ")} MB`);
	});
});
