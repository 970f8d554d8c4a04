import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { trace } from "@opentelemetry/api";
import OpenAI from "openai";
import { patchOpenAI } from "./openai-instrumentation.ts";
import { pipeline } from "./pipeline.ts";
import { step } from "./step.ts";
import type { ModelServer } from "./testing/model-server.ts";
import { startModelServer } from "./testing/model-server.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { linkedNames, named, startOwnTelemetry } from "./testing/own-telemetry.ts";

const messages = [{ role: "user" as const, content: "what is the time" }];
const weather = {
	type: "function" as const,
	function: { name: "weather", description: "of a city", parameters: { type: "object", properties: {} } },
};

describe("calls of the openai package", () => {
	let telemetry: OwnTelemetry;
	let model: ModelServer;
	let client: OpenAI;

	before(async () => {
		telemetry = await startOwnTelemetry();
		model = await startModelServer();
		assert.ok(patchOpenAI(OpenAI));
		client = new OpenAI({ apiKey: "test", baseURL: model.url, maxRetries: 0 });
	});
	after(async () => {
		await model[Symbol.asyncDispose]();
		await telemetry[Symbol.asyncDispose]();
	});

	async function modelSpan(work: () => unknown) {
		const spans = await telemetry.spansOf(work);
		assert.equal(spans.length, 1, `expected one span, got ${spans.map((span) => span.name).join(", ")}`);
		return named(spans, spans[0]?.name ?? "");
	}

	it("records a chat completion with messages, usage, tools and finish reason", async () => {
		const span = await modelSpan(() =>
			client.chat.completions.create({ model: "model-1", messages, temperature: 0.5, tools: [weather] }),
		);
		assert.equal(span.name, "chat model-1");
		const { attributes } = span;
		assert.equal(attributes["gen_ai.operation.name"], "chat");
		assert.equal(attributes["gen_ai.provider.name"], "openai");
		assert.equal(attributes["gen_ai.request.temperature"], 0.5);
		assert.equal(attributes["gen_ai.response.model"], "model-1-2026");
		assert.equal(attributes["gen_ai.usage.input_tokens"], 9);
		assert.equal(attributes["gen_ai.usage.output_tokens"], 4);
		assert.deepEqual(attributes["gen_ai.response.finish_reasons"], ["tool_calls"]);
		assert.deepEqual(JSON.parse(String(attributes["gen_ai.input.messages"])), [
			{ role: "user", parts: [{ type: "text", content: "what is the time" }] },
		]);
		assert.deepEqual(JSON.parse(String(attributes["gen_ai.output.messages"])), [
			{
				role: "assistant",
				parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Paris" } }],
				finish_reason: "tool_call",
			},
		]);
		assert.equal(JSON.parse(String(attributes["gen_ai.tool.definitions"]))[0].name, "weather");
	});

	it("records a stream that was read to its end, with the usage where the application asked for it", async () => {
		let text = "";
		const span = await modelSpan(async () => {
			const stream = await client.chat.completions.create({
				model: "model-1",
				messages,
				stream: true,
				stream_options: { include_usage: true },
			});
			for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
		});
		assert.equal(text, "The answer to: what is the time");
		assert.match(String(span.attributes["gen_ai.output.messages"]), /The answer to: what is the time/);
		assert.equal(span.attributes["gen_ai.usage.output_tokens"], 4);
		assert.equal(span.attributes["gen_ai.request.stream"], true);
		assert.ok(Number(span.attributes["gen_ai.response.time_to_first_chunk"]) > 0);
	});

	it("ends the span of a stream whose reader stops early, with what was received", async () => {
		const span = await modelSpan(async () => {
			const stream = await client.chat.completions.create({ model: "model-1", messages, stream: true });
			for await (const _chunk of stream) break;
		});
		assert.equal(span.status.code ?? 0, 0);
		const [message] = JSON.parse(String(span.attributes["gen_ai.output.messages"]));
		assert.deepEqual(message, {
			role: "assistant",
			parts: [{ type: "text", content: "The " }],
			finish_reason: "",
		});
	});

	it("records a stream that fails on its way, and passes the failure on", async () => {
		const span = await modelSpan(async () => {
			const stream = await client.chat.completions.create({ model: "broken", messages, stream: true });
			await assert.rejects(async () => {
				for await (const _chunk of stream);
			}, OpenAI.APIError);
		});
		assert.equal(span.status.code, 2);
		assert.match(String(span.attributes["gen_ai.output.messages"]), /The answer to/);
	});

	it("puts tool calls of a stream together", async () => {
		const span = await modelSpan(async () => {
			const stream = await client.chat.completions.create({
				model: "model-1",
				messages,
				tools: [weather],
				stream: true,
			});
			for await (const _chunk of stream);
		});
		const [message] = JSON.parse(String(span.attributes["gen_ai.output.messages"]));
		assert.deepEqual(message.parts[0].arguments, { city: "Paris" });
	});

	const waysToStream: Readonly<Record<string, () => Promise<unknown>>> = {
		"tee()": async () => {
			const stream = await client.chat.completions.create({ model: "model-1", messages, stream: true });
			const [left, right] = stream.tee();
			for await (const _chunk of left);
			for await (const _chunk of right);
		},
		"toReadableStream()": async () => {
			const stream = await client.chat.completions.create({ model: "model-1", messages, stream: true });
			await new Response(stream.toReadableStream()).text();
		},
		"chat.completions.stream()": () =>
			client.chat.completions.stream({ model: "model-1", messages }).finalContent(),
	};
	for (const [way, consume] of Object.entries(waysToStream)) {
		it(`sees the whole of a stream that is consumed with ${way}`, async () => {
			const span = await modelSpan(consume);
			assert.match(String(span.attributes["gen_ai.output.messages"]), /what is the time/);
		});
	}

	it("records responses, streamed or not", async () => {
		const whole = await modelSpan(() =>
			client.responses.create({ model: "model-1", input: "good morning", instructions: "be brief" }),
		);
		const streamed = await modelSpan(async () => {
			const stream = await client.responses.create({ model: "model-1", input: "good morning", stream: true });
			for await (const _event of stream);
		});
		for (const span of [whole, streamed]) {
			assert.deepEqual(JSON.parse(String(span.attributes["gen_ai.output.messages"])), [
				{
					role: "assistant",
					parts: [{ type: "text", content: "Answered: good morning" }],
					finish_reason: "stop",
				},
			]);
			assert.equal(span.attributes["gen_ai.usage.reasoning.output_tokens"], 2);
		}
		assert.match(String(whole.attributes["gen_ai.system_instructions"]), /be brief/);
	});

	it("records legacy completions, streamed or not", async () => {
		const whole = await modelSpan(() => client.completions.create({ model: "model-1", prompt: "once upon" }));
		const streamed = await modelSpan(async () => {
			const stream = await client.completions.create({ model: "model-1", prompt: "once upon", stream: true });
			for await (const _chunk of stream);
		});
		for (const span of [whole, streamed]) {
			assert.equal(span.name, "text_completion model-1");
			assert.match(String(span.attributes["gen_ai.input.messages"]), /"content":"once upon"/);
			assert.match(String(span.attributes["gen_ai.output.messages"]), /"content":"Completed: once upon"/);
			assert.deepEqual(span.attributes["gen_ai.response.finish_reasons"], ["stop"]);
			assert.equal(span.attributes["gen_ai.usage.output_tokens"], 3);
		}
	});

	it("records responses that are parsed or streamed by a helper, and tool calls in them", async () => {
		const ways = {
			parse: () => client.responses.parse({ model: "model-1", input: "good morning" }),
			stream: () => client.responses.stream({ model: "model-1", input: "good morning" }).finalResponse(),
		};
		for (const [way, consume] of Object.entries(ways)) {
			const span = await modelSpan(consume);
			assert.match(String(span.attributes["gen_ai.output.messages"]), /Answered: good morning/, way);
		}
	});

	it("leaves a call to the library around it that has said it is a model's", async () => {
		const said: readonly Record<string, string>[] = [
			{ "gen_ai.operation.name": "chat" },
			{ "openinference.span.kind": "LLM" },
			{ "llm.request.type": "chat" },
		];
		for (const attributes of said) {
			const spans = await telemetry.spansOf(() =>
				trace.getTracer("another library").startActiveSpan("ask", { attributes }, async (span) => {
					await client.chat.completions.create({ model: "model-1", messages });
					span.end();
				}),
			);
			assert.deepEqual(
				spans.map(({ name }) => name),
				["ask"],
			);
		}
		const spans = await telemetry.spansOf(() =>
			trace.getTracer("another library").startActiveSpan("GET /ask", async (span) => {
				await client.chat.completions.create({ model: "model-1", messages });
				span.end();
			}),
		);
		assert.deepEqual(spans.map(({ name }) => name).sort(), ["GET /ask", "chat model-1"]);
	});

	it("is one span for a call that the client retried", async () => {
		const retrying = client.withOptions({ maxRetries: 2 });
		const before = model.requests.length;
		const span = await modelSpan(() => retrying.chat.completions.create({ model: "busy", messages }));
		assert.equal(model.requests.length - before, 2);
		assert.equal(span.status.code ?? 0, 0);
		assert.equal(span.attributes["http.response.status_code"], 200);
	});

	it("records a call that takes too long", async () => {
		const span = await modelSpan(() =>
			assert.rejects(
				client.chat.completions.create({ model: "slow", messages }, { timeout: 50 }),
				OpenAI.APIConnectionTimeoutError,
			),
		);
		assert.equal(span.attributes["error.type"], "APIConnectionTimeoutError");
	});

	it("leaves images and audio as they are", async () => {
		const spans = await telemetry.spansOf(async () => {
			const image = await client.images.generate({ model: "image-1", prompt: "a door" });
			assert.equal(image.data?.[0]?.b64_json, "AAAA");
			const file = new File([new Uint8Array(8)], "speech.wav");
			const { text } = await client.audio.transcriptions.create({ model: "audio-1", file });
			assert.equal(text, "what was said");
		});
		assert.deepEqual(spans, []);
	});

	it("keeps what a responses stream had said when its reader stopped", async () => {
		const span = await modelSpan(async () => {
			const stream = await client.responses.create({ model: "model-1", input: "good morning", stream: true });
			for await (const event of stream) if (event.type === "response.output_text.delta") break;
		});
		assert.match(String(span.attributes["gen_ai.output.messages"]), /"content":"Answered: "/);
	});

	it("records embeddings without their vectors", async () => {
		let vector: number[] | undefined;
		const span = await modelSpan(async () => {
			const answer = await client.embeddings.create({ model: "embed-1", input: "some text to embed" });
			vector = answer.data[0]?.embedding;
		});
		assert.deepEqual(Array.from(vector ?? []), [0.25, 0.5, 1]);
		assert.equal(span.name, "embeddings embed-1");
		assert.equal(span.attributes["gen_ai.embeddings.dimension.count"], 3);
		assert.doesNotMatch(JSON.stringify(span.attributes), /0\.25/);
	});

	it("records a refused call and rejects as the client does", async () => {
		const span = await modelSpan(() =>
			assert.rejects(client.chat.completions.create({ model: "refuse", messages }), OpenAI.BadRequestError),
		);
		assert.equal(span.status.code, 2);
		assert.equal(span.attributes["error.type"], "BadRequestError");
		assert.equal(span.attributes["http.response.status_code"], 400);
	});

	it("leaves nothing unhandled when the application handles the failure, whichever promise it took", async () => {
		const unhandled: unknown[] = [];
		const note = (reason: unknown) => unhandled.push(reason);
		process.on("unhandledRejection", note);
		const call = () => client.chat.completions.create({ model: "refuse", messages });
		const ways: Readonly<Record<string, () => Promise<unknown>>> = {
			await: async () => await call(),
			catch: () => call().catch((error: unknown) => Promise.reject(error)),
			withResponse: () => call().withResponse(),
			asResponse: () => call().asResponse(),
			parse: () => client.chat.completions.parse({ model: "refuse", messages }),
			stream: () => client.chat.completions.stream({ model: "refuse", messages }).finalContent(),
			responses: async () => await client.responses.create({ model: "refuse", input: "x" }),
			embeddings: async () => await client.embeddings.create({ model: "refuse", input: "x" }),
		};
		for (const [way, consume] of Object.entries(ways)) {
			const span = await modelSpan(() => assert.rejects(consume(), OpenAI.BadRequestError));
			assert.equal(span.attributes["error.type"], "BadRequestError", way);
		}
		await new Promise((done) => setTimeout(done, 20));
		process.off("unhandledRejection", note);
		assert.deepEqual(unhandled, []);
	});

	it("records a call that the application aborts", async () => {
		const span = await modelSpan(() =>
			assert.rejects(
				client.chat.completions.create({ model: "slow", messages }, { signal: AbortSignal.timeout(50) }),
				OpenAI.APIUserAbortError,
			),
		);
		assert.equal(span.attributes["error.type"], "APIUserAbortError");
	});

	it("keeps withResponse(), asResponse() and parse() working, with one span each", async () => {
		const call = () => client.chat.completions.create({ model: "model-1", messages });
		await modelSpan(async () => {
			const { data, response, request_id } = await call().withResponse();
			assert.match(data.choices[0]?.message.content ?? "", /The answer/);
			assert.equal(response.status, 200);
			assert.equal(request_id, "req_1");
		});
		const raw = await modelSpan(async () => {
			const response = await call().asResponse();
			assert.match(await response.text(), /The answer/);
		});
		assert.equal(raw.attributes["http.response.status_code"], 200);
		const parsed = await modelSpan(async () => {
			const completion = await client.chat.completions.parse({
				model: "model-1",
				messages,
				response_format: {
					type: "json_schema",
					json_schema: { name: "v", schema: { type: "object" }, strict: true },
				},
			});
			assert.match(completion.choices[0]?.message.content ?? "", /all is well/);
		});
		assert.match(String(parsed.attributes["gen_ai.output.messages"]), /all is well/);
	});

	it("gives every turn of runTools its own span, linked through the tool", async () => {
		const lookUp = step.toolCall("weather", (args: { city: string }) => `It is sunny in ${args.city} today`);
		const ask = pipeline("tools", async () =>
			client.chat.completions
				.runTools({
					model: "model-1",
					messages,
					tools: [
						{
							type: "function",
							function: {
								name: "weather",
								description: "of a city",
								parameters: { type: "object", properties: {} },
								parse: JSON.parse,
								function: lookUp,
							},
						},
					],
				})
				.finalContent(),
		);
		const spans = await telemetry.spansOf(ask);
		const turns = spans.filter((span) => span.name === "chat model-1");
		assert.equal(turns.length, 2);
		const tool = named(spans, "execute_tool weather");
		assert.deepEqual(linkedNames(spans, tool), ["chat model-1"]);
		const last = turns.find((span) => span.links.length > 0);
		assert.ok(last !== undefined && linkedNames(spans, last).includes("execute_tool weather"));
	});

	it("links the model to the prompt it was given and the next step to the model's answer", async () => {
		const build = step.promptBuild("build_prompt", (question: string) => `Answer briefly: ${question}`);
		const parse = step.postProcess("parse", (text: string) => ({ text: text.trim() }));
		const inspect = step.custom("inspect", (completion: OpenAI.ChatCompletion) => completion.choices.length);
		const run = pipeline("qa", async (question: string) => {
			const prompt = build(question);
			const answer = await client.chat.completions.create({
				model: "model-1",
				messages: [{ role: "user", content: prompt }],
			});
			inspect(answer);
			return parse(answer.choices[0]?.message.content ?? "");
		});
		const spans = await telemetry.spansOf(() => run("where is the exit"));
		assert.deepEqual(linkedNames(spans, named(spans, "chat model-1")), ["build_prompt"]);
		assert.deepEqual(linkedNames(spans, named(spans, "parse")), ["chat model-1"]);
		assert.deepEqual(linkedNames(spans, named(spans, "inspect")), ["chat model-1"]);
		assert.equal(named(spans, "parse").links[0]?.attributes["faultline.edge"], "recorded");
	});
});
