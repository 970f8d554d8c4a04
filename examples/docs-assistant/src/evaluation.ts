/**
 * How Faultline evaluates a release of the assistant: what runs it, what grades it, which models it may be compared with.
 *
 * @module
 */
import { defineConfig, type FaultlineConfig, type GradedCase } from "@faultline/evaluator";
import { createAssistant } from "./assistant.ts";
import { chooseModel } from "./choose-model.ts";
import { DOCUMENTED_PACKAGES, readCorpus } from "./corpus.ts";
import { composeDeploy, DEPLOYS, type DeployName, FAULTS, type Fault } from "./deploy.ts";
import { gradeAnswer } from "./grade.ts";
import { createParser } from "./parse-answer.ts";
import type { Prompt } from "./prompt-build.ts";
import { type Question, readQuestions } from "./question.ts";
import { createRenderer } from "./render-html.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Which release is evaluated, and the seed of the model. */
export interface Release {
	readonly deploy: DeployName;
	readonly fault: Fault;
	readonly seed: number;
}

interface Input {
	readonly question: string;
}

const HERE = import.meta.dirname;

/** The release that the environment names, as a deploy's would: `DEPLOY`, `FAULT`, `SEED`. */
export function releaseOf(env: Environment): Release {
	const oneOf = <const T extends string>(name: string, known: readonly T[], fallback: T): T => {
		const value = env[name] ?? fallback;
		const found = known.find((one) => one === value);
		if (found === undefined) throw new Error(`${name} is "${value}"; give one of ${known.join(", ")}`);
		return found;
	};
	return {
		deploy: oneOf("DEPLOY", DEPLOYS, "A"),
		fault: oneOf("FAULT", FAULTS, "none"),
		seed: Number(env["SEED"] ?? "1"),
	};
}

/** The configuration for one release; the model is the one that the environment configures, else the local one. */
export async function configureEvaluation(release: Release, env: Environment): Promise<FaultlineConfig> {
	const model = await chooseModel(env);
	const assistant = createAssistant(
		composeDeploy(release.deploy, release.fault, {
			pages: readCorpus(DOCUMENTED_PACKAGES, HERE),
			client: model.client,
			models: model.models,
			from: HERE,
		}),
	);
	const questions = new Map(readQuestions(HERE).map((question) => [question.question, question]));
	/** The questions that came with the assistant have an answer that is known to be right. */
	const questionOf = (input: unknown): Question | undefined => questions.get((input as Input).question);
	const gradeHtml = (input: unknown, html: unknown): "pass" | "fail" | null => {
		const question = questionOf(input);
		return question === undefined ? null : gradeAnswer(String(html), question);
	};
	return defineConfig({
		pipelines: {
			"docs-answer": {
				run: async (input: Input, { trial }) => {
					const known = questionOf(input);
					const sampling = { seed: 1000 * release.seed + trial, stream: known?.stream ?? false };
					return await assistant(known ?? { id: "free", question: input.question }, sampling);
				},
				grade: ({ input, output }) => gradeHtml(input, output),
				metrics: { answer_chars: ({ output }) => String(output).length },
				models: {
					"*": {
						baseURL: model.client.baseURL,
						parameters: { temperature: 0.3, max_tokens: 400, seed: 1000 * release.seed },
						price: { input: 0.25, output: 2 },
					},
				},
				gradeModel: ({ fixture, output }) => gradeHtml(fixture.input, renderModelText(fixture, output)),
			},
		},
	});
}

/** What a model said, parsed and rendered as a healthy release does: the sources are those of the recorded prompt. */
function renderModelText({ steps }: GradedCase["fixture"], output: unknown): string {
	const prompt = steps.find(({ step }) => step === "build_prompt")?.output as Prompt | null | undefined;
	if (prompt === null || prompt === undefined || String(output).trim() === "") return "";
	const answer = createParser({ dropBullets: true })({ text: String(output), model: "" }, prompt);
	return createRenderer({ rel: "noopener" })(answer);
}
