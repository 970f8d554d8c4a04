import OpenAI from "openai";

const client = new OpenAI({ apiKey: "test", baseURL: process.env.MODEL_URL, maxRetries: 0 });
const answer = await client.chat.completions.create({
	model: "model-1",
	messages: [{ role: "user", content: "hello" }],
});
console.log(answer.choices[0].message.content);
if (process.env.EXIT_WITH !== undefined) process.exit(Number(process.env.EXIT_WITH));
if (process.env.KILL_WITH !== undefined) {
	setInterval(() => undefined, 1_000);
	process.kill(process.pid, process.env.KILL_WITH);
}
if (process.env.THROW !== undefined) throw new Error("the application fails");
