import assert from "node:assert/strict";
import { it } from "node:test";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { startModelServer } from "./testing/model-server.ts";
import { startOwnTelemetry } from "./testing/own-telemetry.ts";
import { EXPECTED_EDGES, factsOfEdges, runOfEdges } from "./testing/run-of-edges.ts";

it("writes content at once, and redacted, where another span processor looks on", async () => {
	const seen: { name: string; input: unknown; output: unknown; links: number }[] = [];
	const processor: SpanProcessor = {
		onStart: () => undefined,
		onEnd: ({ name, attributes, links }: ReadableSpan) =>
			void seen.push({
				name,
				input: attributes["faultline.step.input"],
				output: attributes["faultline.step.output"],
				links: links.length,
			}),
		forceFlush: () => Promise.resolve(),
		shutdown: () => Promise.resolve(),
	};
	await using model = await startModelServer();
	await using telemetry = await startOwnTelemetry({ spanProcessors: [processor] });
	const spans = await telemetry.spansOf(() => runOfEdges(model));
	assert.deepEqual(factsOfEdges(spans), EXPECTED_EDGES);
	assert.deepEqual(
		seen.find(({ name }) => name === "parse"),
		{
			name: "parse",
			input: JSON.stringify('{"city":"Rome","sky":"clear","token":"[redacted secret]"}'),
			output: '{"city":"Rome","sky":"clear","token":"[redacted secret]"}',
			links: 1,
		},
	);
});
