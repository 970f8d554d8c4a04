/** An application as users have it: a pipeline of wrapped steps, started with `--import @faultline/instrumentation/register`. */
import { pipeline, step } from "@faultline/instrumentation";

const search = step.retrieval("search_docs", async (question: string) => [
	{ id: "1", content: `About ${question}` },
]);
const parse = step.postProcess("parse_answer", (text: string) => {
	if (text.includes("fail")) throw new Error("nothing to parse");
	return text.trim();
});

const answer = pipeline("docs-answer", async (question: string) => {
	const pages = await search(question);
	return parse(pages.map((page) => page.content).join("\n"));
});

for (const question of ["a key sk-abcdefghijklmnopqrstuvwx here", "this must fail"])
	await answer(question).catch(() => undefined);
