import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import type { JudgeConfig } from "../scoring-config.ts";
import { type ChatAnswer, type ChatRequestSeen, startChatServer } from "../testing/chat-server.ts";
import { docsRun } from "../testing/docs-pipeline.ts";
import { makeRun } from "../testing/make-run.ts";
import { askJudge } from "./ask-judge.ts";
import { openRubricJudge, questionsOf, type RubricJudge } from "./open-rubric-judge.ts";

const said = (verdict: string, reason = "because"): string => JSON.stringify({ reason, verdict });
const promptOf = (request: ChatRequestSeen): string =>
	request.messages.map(({ content }) => content).join("\n");

describe("the judge", () => {
	let store: Store;
	let discard: () => Promise<void>;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
	});
	after(() => discard());

	let questions = 0;
	/** A question that nobody has asked before. */
	const newRun = () => {
		questions++;
		return docsRun(`t${questions}`, questions);
	};
	const open = (
		url: string,
		config: Partial<JudgeConfig> = {},
		more: { now?: () => number; log?: (line: string) => void; pause?: (ms: number) => Promise<unknown> } = {},
	): RubricJudge =>
		openRubricJudge({
			store,
			env: {},
			config: { model: "judge-1", baseURL: url, ...config },
			random: () => 0,
			...more,
		});
	const ask = (judge: RubricJudge, run = newRun(), rubric = "end-to-end") =>
		askJudge(store, judge, run, { rubrics: [rubric] });

	test("sees the step, its inputs and what used its output, and its answer becomes a score", async () => {
		await using server = await startChatServer(() => said("fail", "it ignores the second page"));
		const judge = open(server.url, { temperature: 0.2, seed: 7, price: { input: 1, output: 10 } });
		const run = newRun();
		const [answer] = await ask(judge, run, "prompt_build");
		assert.equal(answer?.value, 0);
		assert.deepEqual(answer.tokens, { input: 100, output: 10 });
		assert.equal(answer.cost, 200 / 1e6);
		const [request] = server.requests;
		assert.ok(request !== undefined);
		assert.deepEqual(
			[request.temperature, request.seed, request.response_format?.type],
			[0.2, 7, "json_schema"],
		);
		const prompt = promptOf(request);
		assert.match(prompt, /does the prompt it produced carry what it was given/);
		assert.match(prompt, /given by search \(retrieval\)/);
		assert.match(prompt, /input of build \(prompt_build\), which is to be judged/);
		assert.match(prompt, /output of build \(prompt_build\), which is to be judged/);
		assert.match(prompt, /what answer \(model\) made of it afterwards/);
		const rows = await store.query(
			"SELECT scorer, source, span_id, step, kind, value, label, explanation, scorer_version, evidence FROM scores FINAL WHERE trace_id = {id: String}",
			{ id: run.traceId },
		);
		assert.deepEqual(rows, [
			{
				scorer: "judge/prompt_build",
				source: "judge",
				span_id: "s1",
				step: "build",
				kind: "prompt_build",
				value: 0,
				label: "fail",
				explanation: "it ignores the second page",
				scorer_version: answer.version,
				evidence: JSON.stringify({
					tokens: { input: 100, output: 10 },
					cost: 0.0002,
					repeats: 1,
					agreement: 1,
				}),
			},
		]);
	});

	test("every step, hand-off, the input and the whole run can be asked about; what used to be one actor's turns is one", async () => {
		const judge = open("http://127.0.0.1:9/v1");
		const asked = questionsOf(judge, newRun());
		assert.deepEqual(
			asked.map(({ rubric, step }) => `${rubric.name} ${step}`).sort(),
			[
				"end-to-end ",
				"edge hand-off to answer",
				"edge hand-off to build",
				"edge hand-off to page",
				"edge hand-off to parse",
				"input input",
				"model answer",
				"post_process parse",
				"prompt_build build",
				"render page",
				"retrieval search",
			].sort(),
		);
		const loop = makeRun({
			input: "sum it",
			output: "6",
			steps: [
				{ kind: "tool_call", name: "fetch", output: "one" },
				{ kind: "tool_call", name: "fetch", output: "two" },
				{ kind: "model", name: "say", input: "one two", output: "6", links: ["s0", "s1"] },
			],
		});
		const [whole] = questionsOf(judge, loop, { rubrics: ["end-to-end"] });
		assert.deepEqual(
			whole?.exhibits.map(({ label }) => label),
			[
				"the user's request",
				"output of fetch (tool_call)",
				"output of say (model)",
				"the final answer, which is to be judged",
			],
		);
		assert.equal(whole.exhibits[1]?.text, "one\ntwo");
	});

	test("asks as often as told, and says how far the answers agree", async () => {
		const verdicts = ["pass", "fail", "pass", "cannot_tell"];
		await using server = await startChatServer((_, count) => said(verdicts[count - 1] ?? "pass"));
		const [answer] = await ask(open(server.url, { repeats: 4, concurrency: 1, temperature: 1, seed: 3 }));
		assert.equal(answer?.value, 2 / 3);
		assert.equal(answer.agreement, 0.5);
		assert.deepEqual(
			server.requests.map(({ seed }) => seed),
			[3, 4, 5, 6],
			"the same seed would give the same answer",
		);
	});

	test("the same question is paid for once, in this process and in the next", async () => {
		await using server = await startChatServer(() => ({ text: said("pass"), afterMs: 20 }));
		const run = newRun();
		const judge = open(server.url);
		const [first, again] = await Promise.all([ask(judge, run), ask(judge, { ...run, traceId: "other" })]);
		assert.deepEqual([first[0]?.value, again[0]?.value, server.requests.length], [1, 1, 1]);
		const [later] = await ask(open(server.url), run);
		assert.deepEqual([later?.value, later?.cached, server.requests.length], [1, true, 1]);
		await ask(open(server.url, { repeats: 2 }), run);
		assert.equal(server.requests.length, 2, "of two repeats the first was known");
		await ask(open(server.url, { model: "judge-2" }), run);
		assert.equal(server.requests.length, 3, "another model is another question");
	});

	test("takes less where an endpoint refuses a schema, JSON, a seed or a temperature", async () => {
		await using server = await startChatServer((request) => {
			const refuse = (field: string) => ({ status: 400, message: `Unsupported parameter: ${field}` });
			if (request.response_format !== undefined) return refuse("response_format");
			if (request.temperature !== undefined) return refuse("temperature");
			if (request.seed !== undefined) return refuse("seed");
			if (request.max_tokens !== undefined) return refuse("max_tokens, use max_completion_tokens");
			return 'My judgement:\n```json\n{"verdict": "Fail", "reason": "no"}\n```';
		});
		const told: string[] = [];
		const judge = open(server.url, { seed: 1 }, { log: (line) => told.push(line) });
		assert.equal((await ask(judge))[0]?.value, 0);
		const before = server.requests.length;
		assert.equal((await ask(judge))[0]?.value, 0);
		assert.equal(server.requests.length, before + 1, "what it refuses is not tried again");
		assert.equal(told.length, 5);
	});

	test("waits as told where the endpoint is busy, and tries again where it is away", async () => {
		const answers: ChatAnswer[] = [{ status: 429, headers: { "retry-after": "2" } }, 503, said("pass")];
		await using server = await startChatServer((_, count) => answers[count - 1] ?? 500);
		const pauses: number[] = [];
		let clock = Date.parse("2026-07-01T00:00:00Z");
		const pause = async (ms: number): Promise<void> => {
			pauses.push(Math.round(ms));
			clock += ms;
		};
		const judge = open(server.url, {}, { now: () => clock, pause });
		assert.equal((await ask(judge))[0]?.value, 1);
		assert.deepEqual(
			pauses,
			[2_000, 1_000],
			"as the header says, then half of two seconds: jitter at its least",
		);
	});

	test("what could not be judged is null, says why, and is counted", async () => {
		await using server = await startChatServer((request) =>
			/rubric A/.test(promptOf(request))
				? "I would rather not."
				: /rubric B/.test(promptOf(request))
					? 500
					: said("cannot_tell", "no text"),
		);
		const judge = open(
			server.url,
			{ tries: 2, rubrics: { a: "rubric A", b: "rubric B", c: "rubric C" } },
			{ pause: async () => {} },
		);
		const answers = await askJudge(store, judge, newRun(), { rubrics: ["a", "b", "c"] });
		assert.deepEqual(
			answers.map(({ question, value, notJudged }) => [question.rubric.name, value, notJudged]),
			[
				["a", null, "unreadable"],
				["b", null, "endpoint"],
				["c", null, "cannot_tell"],
			],
		);
		const { notJudged, judged } = judge.counts();
		assert.deepEqual(
			{ notJudged, judged },
			{ judged: 0, notJudged: { unreadable: 1, endpoint: 1, cannot_tell: 1 } },
		);
		assert.match(answers[1]?.reason ?? "", /500/);
	});

	test("never more calls at a time than allowed, nor in a minute", async () => {
		await using server = await startChatServer(() => ({ text: said("pass"), afterMs: 15 }));
		const judge = open(server.url, { concurrency: 3 });
		await Promise.all(Array.from({ length: 12 }, () => ask(judge)));
		assert.equal(server.most(), 3);
		let clock = Date.parse("2026-07-01T00:00:00Z");
		const waits: number[] = [];
		const pause = async (ms: number): Promise<void> => {
			waits.push(ms);
			clock += ms;
		};
		const slow = open(server.url, { concurrency: 1, requestsPerMinute: 2 }, { now: () => clock, pause });
		for (let at = 0; at < 5; at++) await ask(slow);
		assert.deepEqual(waits, [60_000, 60_000]);
	});

	test("keeps a budget for each run and each day, over processes, and starts the next day anew", async () => {
		await using server = await startChatServer(() => ({ text: said("pass"), tokens: [900, 100] }));
		let clock = Date.parse("2027-03-01T08:00:00Z");
		const now = () => clock;
		const byRun = open(server.url, { budget: { tokensPerRun: 2_500 } }, { now });
		const run = newRun();
		const answers = await askJudge(store, byRun, run);
		assert.ok(answers.filter(({ value }) => value === 1).length >= 1);
		assert.ok(answers.some(({ notJudged }) => notJudged === "budget"));
		assert.ok(byRun.counts().tokens <= 2_500, String(byRun.counts().tokens));
		assert.equal(byRun.counts().bound, "tokensPerRun");
		clock = Date.parse("2027-03-05T08:00:00Z");
		const limits: Partial<JudgeConfig> = {
			price: { input: 1_000, output: 1_000 },
			budget: { costPerDay: 5 },
			concurrency: 8,
		};
		const first = open(server.url, limits, { now });
		await Promise.all(Array.from({ length: 10 }, () => ask(first)));
		const spent = first.counts().cost ?? 0;
		assert.ok(spent > 0 && spent <= 5, `together they spent ${spent}`);
		const second = open(server.url, limits, { now });
		await Promise.all(Array.from({ length: 10 }, () => ask(second)));
		assert.ok(spent + (second.counts().cost ?? 0) <= 5, "another process knows what was spent");
		clock += 86_400_000;
		const [next] = await ask(second);
		assert.equal(next?.value, 1, "the next day is free again");
	});
});

test("the key is looked up in the environment, and its lack is said", () => {
	const store = {} as Store;
	assert.throws(
		() => openRubricJudge({ store, config: { model: "m", apiKeyVariable: "JUDGE_KEY" }, env: {} }),
		/the judge "m" is asked at OpenAI, and JUDGE_KEY is not set; set it, or give a baseURL/,
	);
});
