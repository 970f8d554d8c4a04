const OpenAI = require("openai");

const client = new OpenAI({ apiKey: "test", baseURL: process.env.MODEL_URL, maxRetries: 0 });
client.chat.completions
	.create({ model: "model-1", messages: [{ role: "user", content: "hello" }] })
	.then((answer) => console.log(answer.choices[0].message.content));
