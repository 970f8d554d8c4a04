import assert from "node:assert/strict";
import { after, test } from "node:test";
import OpenAI from "openai";
import { createAssistant } from "./assistant.ts";
import { DOCUMENTED_PACKAGES, readCorpus } from "./corpus.ts";
import { composeDeploy, type Deploy, type DeployName, FAULTS, type Fault } from "./deploy.ts";
import { gradeAnswer } from "./grade.ts";
import { startLocalModel } from "./local-model.ts";
import { readQuestions } from "./question.ts";

const HERE = import.meta.dirname;
const server = await startLocalModel();
after(() => server.close());
const surroundings = {
	pages: readCorpus(DOCUMENTED_PACKAGES, HERE),
	client: new OpenAI({ baseURL: server.url, apiKey: "local" }),
	models: { good: "extractive-large", weaker: "extractive-small" },
	from: HERE,
};
const questions = readQuestions(HERE);

async function passRate(name: DeployName, fault: Fault, seeds: readonly number[]): Promise<number> {
	const assistant = createAssistant(composeDeploy(name, fault, surroundings));
	let passed = 0;
	for (const seed of seeds) {
		for (const question of questions) {
			const html = await assistant(question, { seed, stream: question.stream ?? false }).catch(() => "");
			if (gradeAnswer(html, question) === "pass") passed++;
		}
	}
	return passed / (questions.length * seeds.length);
}

const healthy = await passRate("A", "none", [1, 2, 3]);

test("the healthy assistant passes most questions, as real ones do not pass all", () => {
	assert.ok(healthy >= 0.88 && healthy <= 0.96, `it passes ${healthy}`);
});

test("a deploy B without a fault differs in versions only: the same questions pass as in deploy A", async () => {
	assert.equal(await passRate("B", "none", [1, 2, 3]), healthy);
	const versions = ({ search, parseAnswer, renderHtml }: Deploy): string[] => [
		search.index.build,
		parseAnswer.version,
		renderHtml.version,
	];
	const before = versions(composeDeploy("A", "none", surroundings));
	for (const [index, version] of versions(composeDeploy("B", "none", surroundings)).entries()) {
		assert.notEqual(version, before[index]);
	}
});

for (const fault of FAULTS.filter((name) => name !== "none")) {
	test(`${fault} costs at least ten points of the pass rate, and leaves some questions`, async () => {
		const rate = await passRate("B", fault, [1]);
		assert.ok(rate <= healthy - 0.1, `${rate} against ${healthy}`);
		assert.ok(rate > 0, "nothing passes");
	});
}

test("a question that the documentation does not answer gets a page that says so", async () => {
	const assistant = createAssistant(composeDeploy("A", "none", surroundings));
	const html = await assistant({ id: "free", question: "zzxq vvbk?" }, { seed: 1, stream: false });
	assert.match(html, /I cannot answer that from the documentation/);
});
