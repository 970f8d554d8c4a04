import { trace } from "@opentelemetry/api";
import { Client } from "langsmith";
import { initializeOTEL } from "langsmith/experimental/otel/setup";
import { traceable } from "langsmith/traceable";

initializeOTEL({ globalTracerProvider: trace.getTracerProvider(), skipGlobalContextManagerSetup: true });
const client = new Client({ apiKey: "test", apiUrl: "http://127.0.0.1:9" });
const common = { client, tracingEnabled: true };
const search = traceable(
	async (query) => [{ page_content: `About ${query}`, type: "Document", metadata: {} }],
	{
		...common,
		name: "search_docs",
		run_type: "retriever",
	},
);
const weather = traceable(async ({ city }) => `sunny in ${city}`, {
	...common,
	name: "weather",
	run_type: "tool",
});
const model = traceable(
	async ({ messages }) => ({
		choices: [{ message: { role: "assistant", content: `Answer to ${messages[0].content}` } }],
	}),
	{
		...common,
		name: "ask_model",
		run_type: "llm",
		metadata: { ls_provider: "openai", ls_model_name: "model-1" },
	},
);
const parse = traceable(async (answer) => answer.choices[0].message.content.trim(), {
	...common,
	name: "parse_answer",
	run_type: "parser",
});
const answer = traceable(
	async (question) => {
		await search(question);
		await weather({ city: "Paris" });
		return parse(await model({ messages: [{ role: "user", content: question }] }));
	},
	{ ...common, name: "answer", run_type: "chain" },
);
console.log(await answer("closing time"));
await client.awaitPendingTraceBatches();
