import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import { patchOpenAI } from "./openai-instrumentation.ts";
import { pipeline } from "./pipeline.ts";
import type { Pin, RecordedCall } from "./replay.ts";
import { withReplay } from "./replay.ts";
import { step } from "./step.ts";
import type { ModelServer } from "./testing/model-server.ts";
import { startModelServer } from "./testing/model-server.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { linkedNames, named, startOwnTelemetry } from "./testing/own-telemetry.ts";

const chat = { model: "model-1", messages: [{ role: "user" as const, content: "what is the time" }] };
const weather = {
	type: "function" as const,
	function: { name: "weather", parameters: { type: "object", properties: {} } },
};

describe("calls of openai in a replay", () => {
	let telemetry: OwnTelemetry;
	let server: ModelServer;
	let client: OpenAI;

	before(async () => {
		telemetry = await startOwnTelemetry();
		server = await startModelServer();
		assert.ok(patchOpenAI(OpenAI));
		client = new OpenAI({ apiKey: "test", baseURL: server.url, maxRetries: 0 });
	});
	after(async () => {
		await server[Symbol.asyncDispose]();
		await telemetry[Symbol.asyncDispose]();
	});

	async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
		let text = "";
		for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
		return text;
	}

	/** Every way to call a model, and what it says as a text. */
	const ways: Readonly<Record<string, () => Promise<string>>> = {
		"chat.completions.create": async () =>
			(await client.chat.completions.create(chat)).choices[0]?.message.content ?? "",
		"with stream": async () => textOf(await client.chat.completions.create({ ...chat, stream: true })),
		"with a tool": async () =>
			JSON.stringify(
				(await client.chat.completions.create({ ...chat, tools: [weather] })).choices[0]?.message.tool_calls,
			),
		"withResponse()": async () =>
			(await client.chat.completions.create(chat).withResponse()).data.choices[0]?.message.content ?? "",
		"chat.completions.parse": async () =>
			(await client.chat.completions.parse(chat)).choices[0]?.message.content ?? "",
		"chat.completions.stream": async () => (await client.chat.completions.stream(chat).finalContent()) ?? "",
		"responses.create": async () =>
			(await client.responses.create({ model: "model-1", input: "good morning" })).output_text,
		"responses.stream": async () =>
			(await client.responses.stream({ model: "model-1", input: "good morning" }).finalResponse())
				.output_text,
		"completions.create": async () =>
			(await client.completions.create({ model: "model-1", prompt: "once" })).choices[0]?.text ?? "",
		"embeddings.create": async () => {
			const answer = await client.embeddings.create({ model: "embed-1", input: "once" });
			return JSON.stringify(Array.from(answer.data[0]?.embedding ?? []));
		},
	};

	for (const [way, call] of Object.entries(ways)) {
		it(`gives back what was recorded, without the network: ${way}`, async () => {
			const calls: RecordedCall[] = [];
			let said = "";
			await telemetry.spansOf(async () => {
				said = await withReplay({ record: (one) => calls.push(one) }, call);
			});
			assert.equal(calls.length, 1);
			const recorded = JSON.parse(JSON.stringify(calls[0])) as RecordedCall;
			assert.equal(recorded.kind, "model");
			const before = server.requests.length;
			const spans = await telemetry.spansOf(async () => {
				const pins = { [recorded.step]: [recorded.output] };
				assert.equal(await withReplay({ pins }, call), said);
			});
			assert.equal(server.requests.length, before);
			assert.equal(spans.length, 1);
			assert.equal(spans[0]?.attributes["faultline.replay.pinned"], true);
			assert.notEqual(said, "");
		});
	}

	const messages = [
		{ role: "assistant", parts: [{ type: "text", content: "It is noon." }], finish_reason: "stop" },
	];
	const pins: Readonly<Record<string, Pin>> = {
		"a text": ["It is noon."],
		"the messages of a span": [messages],
		"a function of the request": ([body]) =>
			`It is noon${(body as { model: string }).model === "model-1" ? "." : "?"}`,
	};
	for (const [what, pin] of Object.entries(pins)) {
		it(`takes ${what} as a pin, for chat, responses and completions alike`, async () => {
			for (const way of [
				"chat.completions.create",
				"with stream",
				"responses.create",
				"responses.stream",
				"completions.create",
			]) {
				const said = await withReplay({ pins: { model: pin } }, () => ways[way]?.());
				assert.equal(said, "It is noon.", way);
			}
		});
	}

	it("gives a pinned tool call to the application's loop, and runs the call after the last pin", async () => {
		const parts = [{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } }];
		const asked: string[] = [];
		const run = pipeline("loop", () =>
			client.chat.completions
				.runTools({
					...chat,
					tools: [
						{
							type: "function",
							function: {
								name: "weather",
								description: "of a city",
								parameters: { type: "object", properties: {} },
								parse: JSON.parse,
								function: ({ city }: { city: string }) => {
									asked.push(city);
									return "sunny";
								},
							},
						},
					],
				})
				.finalContent(),
		);
		const before = server.requests.length;
		const said = await withReplay({ pins: { model: [[{ role: "assistant", parts }]] } }, run);
		assert.deepEqual(asked, ["Rome"]);
		assert.match(said ?? "", /The answer/);
		assert.equal(server.requests.length - before, 1);
	});

	it("records of a pinned call what the recording said, whole and streamed, and counts no tokens", async () => {
		const recorded = [
			{
				role: "assistant",
				parts: [
					{ type: "reasoning", content: "the clock is on the wall" },
					{ type: "text", content: "It is noon." },
					{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } },
				],
				finish_reason: "tool_call",
			},
		];
		const refused = [
			{
				role: "assistant",
				parts: [{ type: "text", content: "I will not.", refusal: true }],
				finish_reason: "stop",
			},
		];
		const cut = [
			{
				role: "assistant",
				parts: [{ type: "text", content: "It is" }],
				finish_reason: "length",
			},
		];
		const cases = [
			{ way: "chat.completions.create", pin: recorded },
			{ way: "with stream", pin: recorded },
			{ way: "chat.completions.create", pin: refused },
			{ way: "with stream", pin: refused },
			{ way: "responses.create", pin: refused },
			{ way: "responses.stream", pin: refused },
			{ way: "chat.completions.create", pin: cut },
			{ way: "responses.create", pin: cut },
			{ way: "responses.stream", pin: cut },
		];
		for (const { way, pin } of cases) {
			const spans = await telemetry.spansOf(() =>
				withReplay({ pins: { model: [pin] } }, () => ways[way]?.()),
			);
			assert.deepEqual(JSON.parse(String(spans[0]?.attributes["gen_ai.output.messages"])), pin, way);
			if (way !== "with stream") assert.equal(spans[0]?.attributes["gen_ai.usage.output_tokens"], 0);
		}
	});

	it("keeps the edges of the data flow through a pinned call", async () => {
		const shout = step.postProcess("shout", (text: string) => text.toUpperCase());
		const answer = pipeline("answer", async () => {
			const said = await client.chat.completions.create(chat);
			return shout(said.choices[0]?.message.content ?? "");
		});
		const text = "pinned text that is long enough to be known again";
		const spans = await telemetry.spansOf(() => withReplay({ pins: { model: [text] } }, () => answer()));
		assert.deepEqual(linkedNames(spans, named(spans, "shout")), ["chat model-1"]);
	});

	it("lets the client throw its own error for a pinned failure", async () => {
		const pin = () => {
			throw Object.assign(new Error("overloaded"), { status: 429 });
		};
		await withReplay({ pins: { model: pin } }, () =>
			assert.rejects(client.chat.completions.create(chat), OpenAI.RateLimitError),
		);
	});

	it("says what can be pinned, and does not call the model instead", async () => {
		const before = server.requests.length;
		await withReplay({ pins: { model: [42] } }, () =>
			assert.rejects(client.chat.completions.create(chat), (error: Error) =>
				/give the provider's answer, a list of messages with parts, or a text/.test(String(error.cause)),
			),
		);
		assert.equal(server.requests.length, before);
	});
});
