/**
 * The assistant: a deploy's components, each wrapped as a step, in the order in which a question goes through them. This file is all that
 * Faultline asks of an application.
 *
 * @module
 */
import { pipeline, step } from "@faultline/instrumentation";
import type { Deploy } from "./deploy.ts";
import { gradeAnswer } from "./grade.ts";
import type { Completion, Sampling } from "./model.ts";
import { PACKAGE_INFO_PARAMETERS, PACKAGE_INFO_RESULT } from "./package-info.ts";
import { type Prompt, SYSTEM_TEMPLATE, TOKEN_BUDGET, USER_TEMPLATE } from "./prompt-build.ts";
import type { Question } from "./question.ts";

/** What is asked: a question of the set, or any other with an empty expectation. */
export type Asked = Pick<Question, "id" | "question"> & Partial<Question>;

/** Answers a question with HTML. */
export type Assistant = (asked: Asked, sampling: Sampling) => Promise<string>;

/** The instruction, the package and the question take up to this much beside the documents. */
const TOKENS_BESIDE_DOCUMENTS = 600;

/** Wraps a deploy's components as the steps of the pipeline `docs-answer`. */
export function createAssistant({
	search,
	packageInfo,
	buildPrompt,
	askModel,
	parseAnswer,
	renderHtml,
}: Deploy): Assistant {
	const searchDocs = step.retrieval("search_docs", search.run, {
		version: search.version,
		index: { name: search.index.name, version: search.index.build, embeddingModel: search.index.analyser },
		queryEmbeddingModel: search.queryAnalyser,
	});
	const lookUpPackage = step.toolCall("package_info", packageInfo.run, {
		version: packageInfo.version,
		description: "Looks up what an npm package says about itself",
		parameters: PACKAGE_INFO_PARAMETERS,
		resultSchema: PACKAGE_INFO_RESULT,
		safe: true,
	});
	const build = step.promptBuild("build_prompt", buildPrompt.run, {
		version: buildPrompt.version,
		template: `${SYSTEM_TEMPLATE}\n\n${USER_TEMPLATE}`,
		tokens: (prompt: Prompt) => prompt.tokens,
		tokenLimit: TOKEN_BUDGET + TOKENS_BESIDE_DOCUMENTS,
	});
	const parse = step.postProcess("parse_answer", parseAnswer.run, {
		version: parseAnswer.version,
		input: (completion: Completion, prompt: Prompt) => ({ text: completion.text, sources: prompt.sources }),
	});
	const render = step.render("render_html", renderHtml.run, { version: renderHtml.version });
	return pipeline(
		"docs-answer",
		async (asked: Asked, sampling: Sampling) => {
			const documents = searchDocs(asked.question);
			const best = documents[0];
			const info = best === undefined ? undefined : lookUpPackage({ package: best.package });
			const prompt = build(asked.question, documents, info);
			return render(parse(await askModel(prompt, sampling), prompt));
		},
		{
			input: (asked: Asked) => ({ question: asked.question }),
			taskId: (asked: Asked) => (asked.expected_page === undefined ? undefined : asked.id),
			outcome: (html: string, asked: Asked) =>
				asked.expected_page === undefined ? undefined : gradeAnswer(html, asked as Question),
		},
	);
}
