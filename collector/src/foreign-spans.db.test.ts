import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Receiver } from "./receiver/start-receiver.ts";
import { startReceiver } from "./receiver/start-receiver.ts";
import { openTemporaryStore } from "./testing/open-temporary-store.ts";

interface Step {
	readonly span_id: string;
	readonly kind: string;
	readonly name: string;
	readonly input: string;
	readonly output: string;
}

/**
 * Requests that the real libraries sent, kept by `npm run test:libraries -w @faultline/instrumentation -- --record`: the
 * libraries themselves are half a gigabyte. What is expected is one step per span; those of one name stand in the order in which they ended.
 */
const folder = new URL("testing/foreign-spans/", import.meta.url);

type Expected = readonly [kind: string, name: string, input: RegExp | "", output: RegExp | ""];

const EXPECTED: Readonly<Record<string, readonly Expected[]>> = {
	"ai-sdk": [
		["model", "chat", /how is the weather/, /"tool_call"/],
		["tool_call", "weather", /^\{"city":"Paris"\}$/, /"sky":"sunny"/],
		["agent", "agent_step", "", ""],
		["model", "chat", /how is the weather/, /It is sunny in Paris/],
		["agent", "agent_step", "", ""],
		["agent", "weather-agent", /how is the weather/, /It is sunny in Paris/],
		["model", "embeddings", "", ""],
		["model", "embeddings", "", ""],
	],
	langchain: [
		["retrieval", "Pages", /^closing time$/, /About closing time/],
		["tool_call", "weather", /Paris/, /^sunny in Paris$/],
		["prompt_build", "ChatPromptTemplate", /About closing time/, /say when it closes/],
		["model", "FakeListChatModel", /say when it closes/, /It closes at nine/],
		["", "StrOutputParser", /It closes at nine/, /^It closes at nine\.$/],
		["", "RunnableSequence", /About closing time/, /^It closes at nine\.$/],
	],
	langsmith: [
		["retrieval", "search_docs", /closing time/, /About closing time/],
		["tool_call", "weather", /Paris/, /sunny in Paris/],
		["model", "ask_model", /closing time/, /Answer to closing time/],
		["post_process", "parse_answer", /Answer to closing time/, /Answer to closing time/],
		["", "answer", /closing time/, /Answer to closing time/],
	],
	"ai-sdk-5": [
		["", "ai.embed", /some text to embed/, ""],
		["agent", "ai.generateText", /how is the weather/, /It is sunny in Paris/],
		["model", "ai.embed.doEmbed", /some text to embed/, ""],
		["model", "ai.generateText.doGenerate", /how is the weather/, /weather/],
		["model", "ai.generateText.doGenerate", /how is the weather/, /It is sunny in Paris/],
		["tool_call", "weather", /^\{"city":"Paris"\}$/, /"sky":"sunny"/],
	],
	anthropic: [["model", "chat", /when does it close/, /It closes at nine/]],
	llamaindex: [
		["", "compact_and_refine.synthesize", /It closes at nine/, /The answer to/],
		["", "retriever_query_engine.retrieve", /when does it close/, /It closes at nine/],
		["agent", "retriever_query_engine.query", /when does it close/, /The answer to/],
		["model", "base_embedding.get_query_embedding", /when does it close/, /^\[0\.1,0\.2\]$/],
		["model", "chat", /It closes at nine/, /The answer to/],
		["retrieval", "vector_index_retriever.retrieve", /when does it close/, /It closes at nine/],
	],
	// It sends its messages as log records, which `register` puts onto the spans.
	"official-openai": [
		["model", "chat", /what is the time/, /The answer to/],
		["model", "chat", /what is the time/, /The answer to/],
		["model", "chat", /good morning/, /Answered/],
		["model", "embeddings", "", ""],
	],
	"openinference-openai": [
		["model", "OpenAI Chat Completions", /what is the time/, /The answer to/],
		["model", "OpenAI Chat Completions", /what is the time/, /The answer to/],
		["model", "OpenAI Responses", /good morning/, /Answered/],
		["model", "OpenAI Embeddings", /^some text to embed$/, ""],
	],
	pinecone: [["retrieval", "pinecone.query", "", /^\[\{"id":"page-7","score":0\.9,/]],
	qdrant: [
		[
			"retrieval",
			"handbook",
			"",
			/^\[\{"id":"7","score":0\.9,"metadata":\{"text":"It closes at nine\."\}\}\]$/,
		],
	],
	traceloop: [
		["", "search_docs", /closing time/, /About closing time/],
		["tool_call", "weather", /Paris/, /sunny in Paris/],
		["model", "chat", /what is the time/, /The answer to/],
		["model", "chat", /what is the time/, /The answer to/],
		["model", "chat", /good morning/, /Answered/],
		["agent", "helper", /"kwargs":\{\}/, ""],
		["agent", "answer", /closing time/, /at nine/],
	],
};

describe("spans of other libraries", () => {
	let database: Awaited<ReturnType<typeof openTemporaryStore>>;
	let receiver: Receiver;
	before(async () => {
		database = await openTemporaryStore();
		receiver = await startReceiver({ store: database.store, httpPort: 0, grpcPort: null, commitDelayMs: 1 });
	});
	after(async () => {
		await receiver.close();
		await database.discard();
	});

	async function stepsOf(library: string): Promise<Step[]> {
		for (const table of ["otel_traces", "steps", "runs"]) {
			await database.store.command(`TRUNCATE TABLE ${table}`);
		}
		const requests = readFileSync(new URL(`${library}.jsonl`, folder), "utf8")
			.trim()
			.split("\n");
		for (const body of requests) {
			const answer = await fetch(`http://127.0.0.1:${receiver.httpPort}/v1/traces`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body,
			});
			assert.equal(answer.status, 200);
		}
		await receiver.flush();
		const steps = await database.store.query<Step>(
			"SELECT span_id, kind, name, input, output FROM steps FINAL",
		);
		const sent = requests.join("\n");
		const place = (step: Step): number => sent.indexOf(`"spanId":"${step.span_id}"`);
		return steps.sort((a, b) => place(a) - place(b));
	}

	const title = ({ kind, name }: Pick<Step, "kind" | "name">): string => `${kind} ${name}`;
	for (const [library, listed] of Object.entries(EXPECTED)) {
		it(`become steps: ${library}`, async () => {
			const steps = (await stepsOf(library)).sort((a, b) => title(a).localeCompare(title(b)));
			const expected = listed.toSorted(([aKind, aName], [bKind, bName]) =>
				title({ kind: aKind, name: aName }).localeCompare(title({ kind: bKind, name: bName })),
			);
			assert.deepEqual(
				steps.map(({ kind, name }) => [kind, name]),
				expected.map(([kind, name]) => [kind, name]),
			);
			for (const [index, [, name, input, output]] of expected.entries()) {
				const step = steps[index];
				if (input === "") assert.equal(step?.input, "", `${name}: input`);
				else assert.match(step?.input ?? "", input);
				if (output === "") assert.equal(step?.output, "", `${name}: output`);
				else assert.match(step?.output ?? "", output);
			}
		});
	}

	it("has an expectation for every recording", () => {
		const recorded = readdirSync(folder).map((file) => file.replace(/\.jsonl$/, ""));
		assert.deepEqual(recorded.sort(), Object.keys(EXPECTED).sort());
	});

	it("makes a run of a trace whose root is another library's", async () => {
		await stepsOf("langsmith");
		const [run] = await database.store.query<{ pipeline: string; input: string; output: string }>(
			"SELECT pipeline, input, output FROM runs FINAL",
		);
		assert.deepEqual(run, {
			pipeline: "answer",
			input: '{"input":"closing time"}',
			output: '{"outputs":"Answer to closing time"}',
		});
	});
});
