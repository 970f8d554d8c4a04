import OpenAI from "openai";
import { pipeline, setOutcome } from "../../index.ts";

const client = new OpenAI({ apiKey: "test", baseURL: process.env["MODEL_URL"] ?? "", maxRetries: 0 });
const run = pipeline("typed", async (question: string): Promise<string | null> => {
	const answer = await client.chat.completions.create({
		model: "model-1",
		messages: [{ role: "user", content: question }],
	});
	setOutcome("pass");
	return answer.choices[0]?.message.content ?? null;
});
console.log(await run("hello"));
