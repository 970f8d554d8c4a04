import assert from "node:assert/strict";
import { after, test } from "node:test";
import OpenAI from "openai";
import { startLocalModel } from "./local-model.ts";

const server = await startLocalModel();
after(() => server.close());
const client = new OpenAI({ baseURL: server.url, apiKey: "local", maxRetries: 0 });

const prompt = (limit: string): string => `<document marker="[1]" title="p > Limits">
A request is retried at most ${limit} times before the pool gives up and reports the failure to its caller.
</document>

<document marker="[2]" title="p > Colours">
The terminal shows errors in red and warnings in yellow, unless colours are switched off in the environment.
</document>

Question: How many times is a request retried?`;

const ask = (content: string, seed = 1) =>
	client.chat.completions.create({
		model: "extractive-large",
		messages: [{ role: "user", content }],
		temperature: 0,
		seed,
	});

test("the answer comes from the prompt, with the marker of its document and the usage", async () => {
	const completion = await ask(prompt("seven"));
	assert.match(completion.choices[0]?.message.content ?? "", /at most seven times .* \[1\]$/);
	assert.equal(completion.choices[0]?.finish_reason, "stop");
	assert.ok((completion.usage?.prompt_tokens ?? 0) > 40);
	assert.match((await ask(prompt("nine"))).choices[0]?.message.content ?? "", /at most nine times/);
});

test("a stream gives the same text piece by piece, and the usage where it is asked for", async () => {
	const stream = await client.chat.completions.create({
		model: "extractive-large",
		messages: [{ role: "user", content: prompt("seven") }],
		temperature: 0,
		seed: 1,
		stream: true,
		stream_options: { include_usage: true },
	});
	const pieces: string[] = [];
	let usage: OpenAI.CompletionUsage | null | undefined;
	for await (const chunk of stream) {
		pieces.push(chunk.choices[0]?.delta.content ?? "");
		usage = chunk.usage ?? usage;
	}
	const whole = await ask(prompt("seven"));
	assert.ok(pieces.length > 5);
	assert.equal(pieces.join(""), whole.choices[0]?.message.content);
	assert.deepEqual(usage, whole.usage);
});

test("the same prompt and seed give the same answer; a prompt without the answer gets none", async () => {
	const texts = await Promise.all([ask(prompt("six"), 5), ask(prompt("six"), 5)]);
	assert.equal(texts[0]?.choices[0]?.message.content, texts[1]?.choices[0]?.message.content);
	const none = await ask(
		`<document marker="[1]" title="p">\nBread is baked.\n</document>\n\nQuestion: What costs a boat?`,
	);
	assert.equal(none.choices[0]?.message.content, "I cannot answer that from the documentation.");
});

test("requests that the API would turn down get its errors", async () => {
	await assert.rejects(
		client.chat.completions.create({ model: "gpt-unknown", messages: [{ role: "user", content: "?" }] }),
		(error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found",
	);
	await assert.rejects(
		client.chat.completions.create({ model: "extractive-large", messages: [] }),
		(error) => error instanceof OpenAI.BadRequestError && /messages/.test(error.message),
	);
	const response = await fetch(`${server.url}/chat/completions`, { method: "POST", body: "{" });
	assert.equal(response.status, 400);
	assert.match(await response.text(), /could not parse the JSON body/);
});
