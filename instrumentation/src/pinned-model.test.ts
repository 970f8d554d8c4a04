import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import { patchOpenAI } from "./openai-instrumentation.ts";
import { pipeline } from "./pipeline.ts";
import { type RecordedCall, withReplay } from "./replay.ts";
import { step } from "./step.ts";
import type { ModelServer } from "./testing/model-server.ts";
import { startModelServer } from "./testing/model-server.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { collect, linkedNames, named, startOwnTelemetry } from "./testing/own-telemetry.ts";

const messages = [{ role: "user" as const, content: "what is the time" }];
const request = { model: "model-1", messages };
const recorded = [
	{
		role: "assistant",
		parts: [
			{ type: "text", content: "pinned text that is long enough to be known again" },
			{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } },
		],
		finish_reason: "tool_call",
	},
];

describe("model calls in a replay", () => {
	let telemetry: OwnTelemetry;
	let model: ModelServer;
	let client: OpenAI;
	before(async () => {
		telemetry = await startOwnTelemetry();
		model = await startModelServer();
		assert.ok(patchOpenAI(OpenAI));
		client = new OpenAI({ apiKey: "test", baseURL: model.url });
	});
	after(async () => {
		await model[Symbol.asyncDispose]();
		await telemetry[Symbol.asyncDispose]();
	});

	it("answers with what was recorded, without asking the server, and calls beyond the recording ask it", async () => {
		const before = model.requests.length;
		const calls: RecordedCall[] = [];
		const spans = await telemetry.spansOf(() =>
			withReplay({ pins: { model: [recorded] }, record: (call) => calls.push(call) }, async () => {
				const pinned = await client.chat.completions.create(request);
				const [choice] = pinned.choices;
				assert.equal(choice?.message.content, "pinned text that is long enough to be known again");
				assert.equal(choice?.finish_reason, "tool_calls");
				assert.deepEqual(choice?.message.tool_calls, [
					{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
				]);
				assert.equal(pinned.usage?.total_tokens, 0);
				assert.equal(model.requests.length, before);
				await client.chat.completions.create(request);
			}),
		);
		assert.equal(model.requests.length, before + 1);
		assert.deepEqual(
			spans.map((span) => [span.attributes["faultline.replay.pinned"], span.name]),
			[
				[true, "chat model-1"],
				[undefined, "chat model-1"],
			],
		);
		assert.deepEqual(JSON.parse(String(spans[0]?.attributes["gen_ai.output.messages"])), recorded);
		assert.deepEqual(
			calls.map(({ step, kind, index, pinned }) => ({ step, kind, index, pinned })),
			[
				{ step: "model", kind: "model", index: 0, pinned: true },
				{ step: "model", kind: "model", index: 1, pinned: false },
			],
		);
	});

	it("streams the recording where the application streams, and records it as it was", async () => {
		const spans = await telemetry.spansOf(() =>
			withReplay({ pins: { model: [recorded] } }, async () => {
				const stream = await client.chat.completions.create({
					...request,
					stream: true,
					stream_options: { include_usage: true },
				});
				const chunks = await collect(stream);
				assert.equal(
					chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""),
					"pinned text that is long enough to be known again",
				);
				assert.equal(chunks.at(-1)?.usage?.total_tokens, 0);
			}),
		);
		assert.deepEqual(JSON.parse(String(spans[0]?.attributes["gen_ai.output.messages"])), recorded);
	});

	it("pins the responses API, whole and streamed, and the client's helpers see the pin", async () => {
		await withReplay({ pins: { model: [recorded, recorded, recorded] } }, async () => {
			const response = await client.responses.create({ model: "model-1", input: "time?" });
			assert.equal(response.output_text, "pinned text that is long enough to be known again");
			assert.equal(response.output.at(-1)?.type, "function_call");
			const events = await collect(
				await client.responses.create({ model: "model-1", input: "time?", stream: true }),
			);
			const texts = events.map((event) => (event.type === "response.output_text.delta" ? event.delta : ""));
			assert.equal(texts.join(""), "pinned text that is long enough to be known again");
			const last = events.at(-1);
			assert.equal(last?.type === "response.completed" ? last.response.status : "", "completed");
			const text = await client.chat.completions.stream(request).finalContent();
			assert.equal(text, "pinned text that is long enough to be known again");
		});
	});

	it("takes a whole answer of the API as a pin, and says which pins it cannot take", async () => {
		const whole = {
			id: "x",
			object: "chat.completion",
			created: 1,
			model: "m",
			choices: [{ index: 0, message: { role: "assistant", content: "whole" }, finish_reason: "stop" }],
		};
		await withReplay({ pins: { model: [whole, "just text"], embeddings: [[{ parts: [] }]] } }, async () => {
			const answer = await client.chat.completions.create(request);
			assert.equal(answer.choices[0]?.message.content, "whole");
			await assert.rejects(
				client.chat.completions.create(request),
				/neither recorded messages .* nor an answer/,
			);
			await assert.rejects(client.embeddings.create({ model: "e", input: "x" }), /neither recorded messages/);
		});
	});

	it("keeps the edges of the data flow through a pinned call", async () => {
		const shout = step.postProcess("shout", (text: string) => text.toUpperCase());
		const answer = pipeline("answer", async () => {
			const said = await client.chat.completions.create(request);
			return shout(said.choices[0]?.message.content ?? "");
		});
		const spans = await telemetry.spansOf(() => withReplay({ pins: { model: [recorded] } }, () => answer()));
		assert.deepEqual(linkedNames(spans, named(spans, "shout")), ["chat model-1"]);
	});

	it("leaves a call at a hole of the pins to run, and pins a tool that is not safe only where nothing else does", async () => {
		let ran = 0;
		const count = step.custom("count", () => ++ran);
		const mail = step.toolCall("mail", () => `sent ${++ran}`);
		const look = step.toolCall("look", () => `seen ${++ran}`, { safe: true });
		// biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
		withReplay({ pins: { count: [, "second"] } }, () =>
			assert.deepEqual([count(), count(), count()], [1, "second", 2]),
		);
		const unsafeToolPins = { mail: ["recorded mail"], look: ["recorded look"] };
		withReplay({ unsafeToolPins }, () => assert.deepEqual([mail(), look()], ["recorded mail", "seen 3"]));
		withReplay({ unsafeToolPins, pins: { mail: ["pinned mail"] } }, () => {
			assert.equal(mail(), "pinned mail");
			assert.throws(() => mail(), /may have side effects/);
		});
		assert.equal(ran, 3);
	});
});
