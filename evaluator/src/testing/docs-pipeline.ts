import type { Outcome, Run } from "../core/trace.ts";
import { makeRun, type StepSpec } from "./make-run.ts";

/** Where a fault can be planted in `docsRun`. */
export const DOCS_STEPS = ["search", "build", "answer", "parse", "page"] as const;

export type DocsStep = (typeof DOCS_STEPS)[number];

const TOPICS = ["refund", "delivery", "warranty", "invoice", "password", "gift"];
const FACTS = ["thirty days", "two weeks", "five years", "every month", "eight letters", "one voucher"];

/**
 * A run of a pipeline of five steps that answers a question from documents, with real texts, and with a real fault at one step: search
 * finds other pages, the prompt loses its documents, the model is cut off, parsing loses the sources, the page shows an object.
 *
 * @param question number of the question: the same number asks the same.
 */
export function docsRun(
	traceId: string,
	question: number,
	{
		fault = null,
		outcome = fault === null ? "pass" : "fail",
		version = "1",
	}: { readonly fault?: DocsStep | null; readonly outcome?: Outcome; readonly version?: string } = {},
): Run {
	const at = question % TOPICS.length;
	const topic = TOPICS[at] ?? "";
	const fact = `${FACTS[at]} of group${question}`;
	const asked = `How long does ${topic} number ${question} last?`;
	const page = (about: string, says: string): string =>
		`About ${about}: the ${about} number ${question} lasts ${says}. Ask our team for more on ${about}.`;
	const elsewhere = [page("weather", "all day"), page("parking", "one hour")];
	const found = fault === "search" ? elsewhere : [page(topic, fact), page(`${topic} abroad`, "longer")];
	const documents = found.map((content, rank) => ({
		id: `${topic}-${rank}`,
		score: 0.9 - 0.2 * rank - 0.001 * (question % 7),
		content,
	}));
	const given = fault === "build" ? "" : found.join("\n");
	const prompt = `Answer from these documents only.\n${given}\nQuestion: ${asked}`;
	const knows = fault !== "search" && fault !== "build" && fault !== "answer";
	const said =
		fault === "answer"
			? `The ${topic} lasts`
			: knows
				? `The ${topic} number ${question} lasts ${fact}.`
				: `I do not know about ${topic}.`;
	const raw = JSON.stringify({ answer: said, sources: [`${topic}-0`] });
	const parsed =
		fault === "parse"
			? { answer: said.split(" ").slice(0, 2).join(" ") }
			: { answer: said, sources: [`${topic}-0`] };
	const shown = fault === "page" ? "[object Object]" : parsed.answer;
	const html = `<article><p>${shown}</p></article>`;
	const steps: StepSpec[] = [
		{ kind: "retrieval", input: asked, output: documents },
		{ kind: "prompt_build", input: { question: asked, documents }, output: prompt },
		{
			kind: "model",
			input: prompt,
			output: raw,
			attributes: { "gen_ai.response.finish_reasons": fault === "answer" ? '["length"]' : '["stop"]' },
		},
		{ kind: "post_process", input: raw, output: parsed },
		{ kind: "render", input: parsed, output: html },
	];
	return makeRun({
		traceId,
		taskId: `question-${question}`,
		outcome,
		serviceVersion: version,
		input: asked,
		output: html,
		steps: steps.map((step, index) => ({
			...step,
			name: DOCS_STEPS[index] ?? "",
			links: index > 0 ? [`s${index - 1}`] : [],
		})),
	});
}
