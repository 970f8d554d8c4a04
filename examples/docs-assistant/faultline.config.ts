/**
 * How Faultline evaluates the assistant: `faultline eval system --config examples/docs-assistant/faultline.config.ts`. Which release it is comes
 * from the environment, as a deploy's would: `DEPLOY` (A or B), `FAULT` (see deploy.ts), `SEED`.
 *
 * @module
 */
import { defineConfig, type FaultlineConfig, type GradedCase } from "@faultline/evaluator";
import { createAssistant } from "./src/assistant.ts";
import { chooseModel } from "./src/choose-model.ts";
import { DOCUMENTED_PACKAGES, readCorpus } from "./src/corpus.ts";
import { composeDeploy, DEPLOYS, FAULTS } from "./src/deploy.ts";
import { gradeAnswer } from "./src/grade.ts";
import { createParser } from "./src/parse-answer.ts";
import type { Prompt } from "./src/prompt-build.ts";
import { type Question, readQuestions } from "./src/question.ts";
import { createRenderer } from "./src/render-html.ts";

const HERE = import.meta.dirname;
const { env } = process;

const questions = new Map(readQuestions(HERE).map((question) => [question.question, question]));
const model = await chooseModel(env);
const assistant = createAssistant(
	composeDeploy(oneOf("DEPLOY", DEPLOYS, "A"), oneOf("FAULT", FAULTS, "none"), {
		pages: readCorpus(DOCUMENTED_PACKAGES, HERE),
		client: model.client,
		models: model.models,
		from: HERE,
	}),
);
const seed = Number(env["SEED"] ?? "1");

function oneOf<const T extends string>(name: string, known: readonly T[], fallback: T): T {
	const value = env[name] ?? fallback;
	const found = known.find((one) => one === value);
	if (found === undefined) throw new Error(`${name} is "${value}"; give one of ${known.join(", ")}`);
	return found;
}

interface Input {
	readonly question: string;
}

/** The questions that came with the assistant have an answer that is known to be right. */
const questionOf = (input: unknown): Question | undefined => questions.get((input as Input).question);

function gradeHtml(input: unknown, html: unknown): "pass" | "fail" | null {
	const question = questionOf(input);
	return question === undefined ? null : gradeAnswer(String(html), question);
}

/** What a model said, parsed and rendered as the healthy release does: the sources are those of the recorded prompt. */
function gradeModelText({ fixture, output }: GradedCase): "pass" | "fail" | null {
	const prompt = fixture.steps.find(({ step }) => step === "build_prompt")?.output as
		| Prompt
		| null
		| undefined;
	if (prompt === null || prompt === undefined) return null;
	if (String(output).trim() === "") return "fail";
	const answer = createParser({ dropBullets: true })({ text: String(output), model: "" }, prompt);
	return gradeHtml(fixture.input, createRenderer({ rel: "noopener" })(answer));
}

const config: FaultlineConfig = defineConfig({
	pipelines: {
		"docs-answer": {
			run: async (input: Input, { trial }) => {
				const known = questionOf(input);
				const sampling = { seed: 1000 * seed + trial, stream: known?.stream ?? false };
				return await assistant(known ?? { id: "free", question: input.question }, sampling);
			},
			grade: ({ input, output }) => gradeHtml(input, output),
			metrics: { answer_chars: ({ output }) => String(output).length },
			models: {
				"*": {
					baseURL: model.client.baseURL,
					parameters: { temperature: 0.3, max_tokens: 400, seed },
					price: { input: 0.25, output: 2 },
				},
			},
			gradeModel: gradeModelText,
		},
	},
});

export default config;
