import { embed, generateText, stepCountIs, tool } from "ai-5";
import { MockEmbeddingModelV2, MockLanguageModelV2 } from "ai-5/test";
import { z } from "zod";

const usage = { inputTokens: 9, outputTokens: 4, totalTokens: 13 };
const answers = [
	{
		content: [{ type: "tool-call", toolCallId: "call_1", toolName: "weather", input: '{"city":"Paris"}' }],
		finishReason: "tool-calls",
	},
	{ content: [{ type: "text", text: "It is sunny in Paris." }], finishReason: "stop" },
];
const model = new MockLanguageModelV2({
	provider: "openai",
	modelId: "model-1",
	doGenerate: async () => ({ ...answers.shift(), usage, warnings: [] }),
});
// Before version 7 every call asks for its own telemetry, in names of the SDK's own.
const experimental_telemetry = { isEnabled: true, functionId: "weather-agent" };
const { text } = await generateText({
	model,
	prompt: "how is the weather in Paris",
	experimental_telemetry,
	stopWhen: stepCountIs(3),
	tools: {
		weather: tool({
			description: "of a city",
			inputSchema: z.object({ city: z.string() }),
			execute: ({ city }) => ({ city, sky: "sunny" }),
		}),
	},
});
const embedding = new MockEmbeddingModelV2({
	modelId: "embed-1",
	doEmbed: async () => ({ embeddings: [[0.25, 0.5]], usage: { tokens: 3 } }),
});
await embed({ model: embedding, value: "some text to embed", experimental_telemetry });
console.log(text);
