/**
 * Asks the assistant its questions, or one free question.
 *
 *     node --import @faultline/instrumentation/register src/main.ts --deploy B --fault stale-index
 *
 * @module
 */
import { parseArgs } from "node:util";
import { createAssistant } from "./assistant.ts";
import { chooseModel } from "./choose-model.ts";
import { DOCUMENTED_PACKAGES, readCorpus } from "./corpus.ts";
import { composeDeploy, DEPLOYS, FAULTS } from "./deploy.ts";
import { gradeAnswer, visibleText } from "./grade.ts";
import { readQuestions } from "./question.ts";
import { seededRandom, shuffle } from "./random.ts";

const USAGE = `usage: main.ts [--deploy ${DEPLOYS.join("|")}] [--fault NAME] [--seed N] [--repeats N] [--limit N] [--question TEXT]
faults: ${FAULTS.join(", ")}`;
const CONCURRENCY = 4;
const HERE = import.meta.dirname;

process.exitCode = await main();

async function main(): Promise<number> {
	let settings: ReturnType<typeof readSettings>;
	try {
		settings = readSettings();
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
		return 64;
	}
	await using model = await chooseModel(process.env);
	const pages = readCorpus(DOCUMENTED_PACKAGES, HERE);
	const deploy = composeDeploy(settings.deploy, settings.fault, {
		pages,
		client: model.client,
		models: model.models,
		from: HERE,
	});
	const assistant = createAssistant(deploy);
	console.error(
		`${pages.length} pages of ${DOCUMENTED_PACKAGES.length} packages are indexed; answers come from ${model.description}`,
	);
	if (settings.question !== undefined) {
		const html = await assistant(
			{ id: "free", question: settings.question },
			{ seed: settings.seed, stream: false },
		);
		console.log(`${visibleText(html).trim()}\n\n${html}`);
		return 0;
	}
	const { passed, failed } = await askAll(assistant, settings);
	console.log(JSON.stringify({ runs: passed + failed, passed, failed, model: model.description }));
	return 0;
}

function readSettings() {
	const { values } = parseArgs({
		options: {
			deploy: { type: "string", default: "A" },
			fault: { type: "string", default: process.env["FAULT"] ?? "none" },
			seed: { type: "string", default: "1" },
			repeats: { type: "string", default: "1" },
			limit: { type: "string", default: "1000" },
			question: { type: "string" },
		},
	});
	return {
		deploy: oneOf("deploy", values.deploy, DEPLOYS),
		fault: oneOf("fault", values.fault, FAULTS),
		seed: integer("seed", values.seed),
		repeats: integer("repeats", values.repeats),
		limit: integer("limit", values.limit),
		question: values.question,
	};
}

function oneOf<const T extends string>(name: string, value: string, known: readonly T[]): T {
	const found = known.find((one) => one === value);
	if (found === undefined) throw new Error(`--${name} is "${value}"; give one of ${known.join(", ")}`);
	return found;
}

function integer(name: string, text: string): number {
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 0)
		throw new Error(`--${name} is "${text}"; give a whole number`);
	return value;
}

async function askAll(
	assistant: ReturnType<typeof createAssistant>,
	{ seed, repeats, limit }: { readonly seed: number; readonly repeats: number; readonly limit: number },
): Promise<{ passed: number; failed: number }> {
	const questions = readQuestions(HERE).slice(0, limit);
	const trials = Array.from({ length: repeats }, (_, trial) =>
		questions.map((question) => ({ question, trial })),
	).flat();
	const waiting = shuffle(trials, seededRandom(`order ${seed}`));
	const total = waiting.length;
	const counts = { passed: 0, failed: 0 };
	const work = async (): Promise<void> => {
		for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
			const { question, trial } = next;
			const sampling = { seed: 1000 * seed + trial, stream: question.stream ?? false };
			// A run that throws has failed; the next question is asked all the same.
			const html = await assistant(question, sampling).catch(() => "");
			if (gradeAnswer(html, question) === "pass") counts.passed++;
			else counts.failed++;
			const done = counts.passed + counts.failed;
			if (done % 100 === 0 || done === total) console.error(`${done} of ${total} questions answered`);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, work));
	return counts;
}
