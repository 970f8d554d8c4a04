"use strict";
// One call of each sort, for instrumentations of `openai` that are not ours.

exports.callOpenAI = async (OpenAI) => {
	const client = new OpenAI({ apiKey: "test", baseURL: process.env.MODEL_URL, maxRetries: 0 });
	const messages = [{ role: "user", content: "what is the time" }];
	await client.chat.completions.create({ model: "model-1", messages });
	const stream = await client.chat.completions.create({ model: "model-1", messages, stream: true });
	for await (const _chunk of stream);
	await client.responses.create({ model: "model-1", input: "good morning" });
	await client.embeddings.create({ model: "embed-1", input: "some text to embed" });
	console.log("done");
};
