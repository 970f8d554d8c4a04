import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { UsageError } from "../cli/io.ts";
import { stepsOf } from "../core/trace.ts";
import { startChatServer } from "../testing/chat-server.ts";
import { makeRun } from "../testing/make-run.ts";
import { openScorerThread, type Scored } from "./open-scorer-thread.ts";
import { targetsOf } from "./user-scorer.ts";

const AUTOEVALS = import.meta.resolve("autoevals");

const CONFIG = `
import { ExactMatch, JSONDiff, Levenshtein } from "${AUTOEVALS}";
const quick = { timeoutMs: 300 };
export default {
	pipelines: {},
	scorers: [
		{ name: "throws", scoreRun() { throw new Error("no such key"); } },
		{ name: "hangs", scoreRun: () => new Promise(() => {}), ...quick },
		{ name: "spins", scoreStep() { for (;;); }, kinds: ["retrieval"], ...quick },
		{ name: "spins-later", async scoreRun() { await null; await new Promise((r) => setTimeout(r, 5)); for (;;); }, ...quick },
		{ name: "leaves", scoreRun() { process.exit(3); } },
		{ name: "out-of-range", scoreRun: () => 7 },
		{ name: "says", scoreRun() { console.log("printed by a scorer"); return true; } },
		{ name: "uses-inputs", kinds: ["model"], sort: "local",
			scoreStep: ({ inputs, input, output }) => ({ value: inputs[0]?.step === "retrieval" && input === "ask" && output.text === "thirty days" ? 1 : 0, explanation: "as given" }) },
		{ name: "slow", async scoreRun() { await new Promise((r) => setTimeout(r, 100)); return { score: 0.5, metadata: { rationale: "half" } }; } },
		{ name: "close", scoreStep: Levenshtein, kinds: ["retrieval"], expected: () => "thirty day" },
		{ name: "same", scoreRun: ExactMatch, expected: (run) => run.attributes?.gold },
		{ name: "alike", scoreRun: JSONDiff, expected: () => ({ days: 30, note: "a" }) },
		{ name: "elsewhere", scoreRun: () => 1, pipelines: ["other"] },
		{ name: "abstains", scoreRun: () => null },
	],
};
`;

describe("scorers of the user's, in a thread of their own", () => {
	let folder: string;
	const printed: string[] = [];
	let scored: readonly Scored[] = [];
	const run = makeRun({
		input: "how long?",
		output: { days: 30, note: "b" },
		attributes: { gold: "x" },
		steps: [
			{ kind: "retrieval", input: "how long?", output: "thirty days", spanId: "s0" },
			{ kind: "model", input: "ask", output: { text: "thirty days" }, links: ["s0"] },
		],
	});
	const of = (name: string): Scored => {
		const found = scored.find(({ target }) => target.scorer.name === name);
		assert.ok(found !== undefined, `${name} was not called`);
		return found;
	};
	const valueOfScorer = (name: string): number | null => {
		const found = of(name);
		assert.ok("answer" in found, `${name}: ${"failure" in found ? found.failure : ""}`);
		return found.answer.value;
	};

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-scorers-"));
		await writeFile(join(folder, "faultline.config.mjs"), CONFIG);
		await using thread = await openScorerThread({ folder, log: (line) => printed.push(line) });
		scored = await thread.score(run, targetsOf(run, stepsOf(run), thread.scorers));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	test("one that throws, hangs, spins or leaves is by itself, and says what it did", () => {
		const failures = Object.fromEntries(
			scored.flatMap((one) => ("failure" in one ? [[one.target.scorer.name, one.failure]] : [])),
		);
		assert.match(failures["out-of-range"] ?? "", /it returned 7; give a number from 0 to 1/);
		assert.deepEqual(
			{ ...failures, "out-of-range": "" },
			{
				throws: "no such key",
				hangs: "it did not answer within 0.3 s",
				spins: "it did not answer within 0.3 s",
				"spins-later": "it did not answer within 0.3 s",
				leaves: "its thread ended",
				"out-of-range": "",
			},
		);
	});

	test("all others answer all the same", () => {
		assert.equal(valueOfScorer("says"), 1);
		assert.equal(valueOfScorer("uses-inputs"), 1);
		assert.equal(valueOfScorer("slow"), 0.5);
		assert.equal(valueOfScorer("abstains"), null);
		const slow = of("slow");
		assert.ok("answer" in slow);
		assert.equal(slow.answer.explanation, "half");
		assert.ok(!scored.some(({ target }) => target.scorer.name === "elsewhere"));
		assert.ok(
			printed.some((line) => line === "scorer: printed by a scorer"),
			printed.join("\n"),
		);
	});

	test("scorers of autoevals are used as they are", () => {
		// One deletion among eleven characters; see Levenshtein's own definition.
		assert.equal(valueOfScorer("close"), 1 - 1 / 11);
		assert.equal(valueOfScorer("same"), 0);
		const alike = valueOfScorer("alike") ?? 0;
		assert.ok(alike > 0.4 && alike < 1, String(alike));
	});
});

test("a scorer of autoevals that asks a model does so", async () => {
	const folder = await mkdtemp(join(tmpdir(), "faultline-scorers-"));
	await using server = await startChatServer((request) => ({
		tool: (request.tools?.[0] as { function: { name: string } } | undefined)?.function.name ?? "",
		arguments: { reasons: "they say the same", choice: "C" },
	}));
	try {
		await writeFile(
			join(folder, "faultline.config.mjs"),
			`import { Factuality, init } from "${AUTOEVALS}";
			import { OpenAI } from "${import.meta.resolve("openai")}";
			init({ client: new OpenAI({ apiKey: "none", baseURL: ${JSON.stringify(server.url)} }) });
			export default { pipelines: {}, scorers: [
				{ name: "fact", scoreRun: (given) => Factuality({ ...given, model: "local" }), expected: () => "thirty days" },
			] };`,
		);
		await using thread = await openScorerThread({ folder, log: () => {} });
		const run = makeRun({ input: "how long?", output: "30 days" });
		const [scored] = await thread.score(run, targetsOf(run, [], thread.scorers));
		assert.ok(scored !== undefined && "answer" in scored, JSON.stringify(scored));
		assert.equal(scored.answer.value, 1);
		assert.equal(server.requests.length, 1);
		assert.match(JSON.stringify(server.requests[0]?.messages), /30 days/);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

test("a scorer that hangs again and again is given up and costs no more time", async () => {
	const folder = await mkdtemp(join(tmpdir(), "faultline-scorers-"));
	const printed: string[] = [];
	try {
		await writeFile(
			join(folder, "faultline.config.mjs"),
			`export default { pipelines: {}, scorers: [{ name: "spins", scoreRun() { for (;;); }, timeoutMs: 50 }, { name: "fine", scoreRun: () => 1 }] };`,
		);
		await using thread = await openScorerThread({ folder, log: (line) => printed.push(line) });
		const runs = Array.from({ length: 12 }, (_, at) => makeRun({ traceId: `t${at}` }));
		const scored = await Promise.all(
			runs.map((run) => thread.score(run, targetsOf(run, [], thread.scorers))),
		);
		const failures = scored.flat().flatMap((one) => ("failure" in one ? [one.failure] : []));
		assert.equal(failures.length, 12);
		assert.equal(failures.filter((text) => /given up/.test(text)).length, 9);
		assert.equal(scored.flat().filter((one) => "answer" in one && one.answer.value === 1).length, 12);
		assert.deepEqual(printed, ["scorer spins hung 3 times and is given up"]);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

test("a configuration that cannot be loaded is wrong use", async () => {
	const folder = await mkdtemp(join(tmpdir(), "faultline-scorers-"));
	try {
		await writeFile(join(folder, "faultline.config.mjs"), "export default { pipelines: {}, scorers: [{}] };");
		await assert.rejects(
			openScorerThread({ folder, log: () => {} }),
			(error: unknown) =>
				error instanceof UsageError && /scorers\[0\]\.name must be a text/.test(error.message),
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});
