import { embed, generateText, stepCountIs, tool } from "ai";
import { MockEmbeddingModelV4, MockLanguageModelV4 } from "ai/test";
import { z } from "zod";

const usage = { inputTokens: { total: 9 }, outputTokens: { total: 4 } };
const answers = [
	{
		content: [{ type: "tool-call", toolCallId: "call_1", toolName: "weather", input: '{"city":"Paris"}' }],
		finishReason: { unified: "tool-calls", raw: "tool_calls" },
	},
	{
		content: [{ type: "text", text: "It is sunny in Paris." }],
		finishReason: { unified: "stop", raw: "stop" },
	},
];
const model = new MockLanguageModelV4({
	provider: "openai",
	modelId: "model-1",
	doGenerate: async () => ({ ...answers.shift(), usage, warnings: [] }),
});
const { text } = await generateText({
	model,
	prompt: "how is the weather in Paris",
	telemetry: { functionId: "weather-agent" },
	stopWhen: stepCountIs(3),
	tools: {
		weather: tool({
			description: "of a city",
			inputSchema: z.object({ city: z.string() }),
			execute: ({ city }) => ({ city, sky: "sunny" }),
		}),
	},
});
const embedding = new MockEmbeddingModelV4({
	modelId: "embed-1",
	doEmbed: async () => ({ embeddings: [[0.25, 0.5]], warnings: [], usage: { tokens: 3 } }),
});
await embed({ model: embedding, value: "some text to embed" });
console.log(text);
