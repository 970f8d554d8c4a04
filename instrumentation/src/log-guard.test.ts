import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { context, logs, trace } from "@opentelemetry/api";
import { configureCapture } from "./capture.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { named, startOwnTelemetry } from "./testing/own-telemetry.ts";

const SECRET = `ghp_${"a1B2".repeat(8)}`;

describe("log records", () => {
	let telemetry: OwnTelemetry;
	before(async () => {
		telemetry = await startOwnTelemetry();
	});
	after(() => telemetry[Symbol.asyncDispose]());

	/** What the official instrumentation of openai does in a call. */
	function call(): void {
		const logger = logs.getLogger("another library");
		const span = trace.getTracer("another library").startSpan("chat model-1");
		const inside = trace.setSpan(context.active(), span);
		const emit = (name: string, body: object): void =>
			logger.emit({ context: inside, attributes: { "event.name": name }, body: body as never });
		emit("gen_ai.system.message", { content: "be short" });
		emit("gen_ai.user.message", { content: `my key is ${SECRET}` });
		emit("gen_ai.assistant.message", {
			tool_calls: [
				{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
			],
		});
		emit("gen_ai.tool.message", { id: "c1", content: "sunny" });
		emit("gen_ai.choice", { index: 0, finish_reason: "stop", message: { content: "It is sunny." } });
		span.end();
	}

	it("with what a model was told and said go onto the span of the call, redacted, and not out twice", async () => {
		const [span] = await telemetry.spansOf(call);
		assert.deepEqual(JSON.parse(String(span?.attributes["gen_ai.input.messages"])), [
			{ role: "system", parts: [{ type: "text", content: "be short" }] },
			{ role: "user", parts: [{ type: "text", content: "my key is [redacted secret]" }] },
			{
				role: "assistant",
				parts: [{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } }],
			},
			{ role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "sunny" }] },
		]);
		assert.deepEqual(JSON.parse(String(span?.attributes["gen_ai.output.messages"])), [
			{ role: "assistant", parts: [{ type: "text", content: "It is sunny." }], finish_reason: "stop" },
		]);
		assert.deepEqual(telemetry.receiver.logs, []);
	});

	it("of the convention's newer event do the same", async () => {
		const spans = await telemetry.spansOf(() =>
			trace.getTracer("another library").startActiveSpan("chat model-2", (span) => {
				const messages = [{ role: "user", parts: [{ type: "text", content: "hello" }] }];
				logs.getLogger("another library").emit({
					eventName: "gen_ai.client.inference.operation.details",
					attributes: { "gen_ai.input.messages": messages },
				});
				span.end();
			}),
		);
		assert.match(String(named(spans, "chat model-2").attributes["gen_ai.input.messages"]), /hello/);
	});

	it("hold no content where none is wanted", async () => {
		for (const content of ["off", "metadata"] as const) {
			configureCapture({ content });
			const [span] = await telemetry.spansOf(call);
			assert.equal(span?.attributes["gen_ai.input.messages"], undefined);
			const bytes = span?.attributes["gen_ai.input.messages.bytes"];
			assert.equal(typeof bytes, content === "off" ? "undefined" : "number");
			assert.deepEqual(telemetry.receiver.logs, []);
		}
		configureCapture({});
	});

	it("of any other kind are redacted wherever a text is, and otherwise passed on as they are", async () => {
		await telemetry.spansOf(() => {
			const logger = logs.getLogger("another library");
			logger.emit({ body: `failed with ${SECRET}`, attributes: { key: SECRET, count: 3 } });
			logger.emit({ body: { deep: [{ key: SECRET }, 7], text: "as it was" } });
		});
		const sent = JSON.stringify(telemetry.receiver.logs);
		assert.equal(telemetry.receiver.logs.length, 2);
		assert.doesNotMatch(sent, new RegExp(SECRET));
		assert.equal(sent.split("[redacted secret]").length - 1, 3);
		assert.match(sent, /as it was/);
	});
});
