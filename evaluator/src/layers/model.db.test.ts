import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { presentModels } from "../cli/eval-model.ts";
import { renderModels } from "../cli/render-models.ts";
import type { PipelineConfig } from "../config.ts";
import { readEvaluation } from "../store/evaluations.ts";
import { type ChatServer, startChatServer } from "../testing/chat-server.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { runModelEval } from "./model.ts";

const CAPITALS = ["Paris", "Rome", "Madrid", "Berlin", "Vienna", "Lisbon", "Oslo", "Dublin"];

const fixtures = CAPITALS.map((city, at) =>
	makeFixture({
		id: `f${at}`,
		input: { question: `Which capital has number ${at}?` },
		steps: [
			{ step: "search", kind: "retrieval", output: [] },
			{ step: "model", kind: "model", input: [{ role: "user", parts: [{ type: "text", content: "plan" }] }] },
			{
				step: "model",
				kind: "model",
				input: [
					{ role: "system", parts: [{ type: "text", content: "Answer in a word." }] },
					{ role: "user", parts: [{ type: "text", content: `Capital number ${at}?` }] },
				],
			},
			{ step: "embeddings", kind: "model", input: "text" },
		],
		expected: { contains: [city] },
	}),
);

describe("comparing models on recorded prompts", { timeout: 60_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	let server: ChatServer;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		server = await startChatServer(({ model, messages }, count) => {
			const at = Number(/\d+/.exec(messages.at(-1)?.content ?? "")?.[0]);
			if (model === "unsteady" && count === 1) return 429;
			if (model === "gone") return 404;
			return model === "small-1" && at < 6 ? "I do not know." : `It is ${CAPITALS[at]}.`;
		});
	});
	after(async () => {
		await server[Symbol.asyncDispose]();
		await discard();
	});

	const evaluate = (models: readonly string[], config: PipelineConfig, more = {}) =>
		runModelEval({
			store,
			pipeline: "answer",
			config,
			models,
			fixtures,
			evalId: `models-${models.join("-")}`,
			env: {},
			backoffMs: 5,
			now: Date.now,
			...more,
		});

	it("puts models side by side: quality, paired difference, cost and latency", async () => {
		const chat = { baseURL: server.url, parameters: { temperature: 0.5 }, price: { input: 1, output: 10 } };
		const config: PipelineConfig = { models: { "*": chat, small: { ...chat, model: "small-1" } } };
		const evaluations = await evaluate(["large", "small", "unsteady", "gone"], config);
		const [large, small, unsteady, gone] = presentModels(evaluations);
		assert.deepEqual([large?.passed, small?.passed, unsteady?.passed], [8, 2, 8]);
		assert.equal(large?.against_first, null);
		// Exact McNemar of 6 worsened and none improved: 2 · ½⁶
		assert.equal(small?.against_first?.difference, -0.75);
		assert.equal(small?.against_first?.p, 0.03125);
		assert.deepEqual(small?.against_first?.worse, ["f0", "f1", "f2", "f3", "f4", "f5"]);
		assert.deepEqual(large?.cost, { n: 8, total: 0.0016, per_case: 0.0002 });
		assert.equal(large?.latency_ms.n, 8);
		assert.ok((large?.latency_ms.median ?? 0) > 0);
		assert.deepEqual([gone?.rate, gone?.counts.errored, gone?.cost.total], [null, 8, null]);
		const [first] = server.requests;
		assert.deepEqual(first?.messages, [
			{ role: "system", content: "Answer in a word." },
			{ role: "user", content: "Capital number 0?" },
		]);
		assert.equal(first?.temperature, 0.5);
		assert.ok(server.requests.some(({ model }) => model === "small-1"));
		const table = renderModels("answer", presentModels(evaluations));
		assert.match(table, /small +2\/8 +25\.0 %.*-75\.0 %.*p 0\.031, 8 pairs/);
		const stored = await readEvaluation(store, large?.eval_id ?? "");
		assert.deepEqual([stored?.run.layer, stored?.run.model, stored?.cases.length], ["model", "large", 8]);
	});

	it("takes functions of the user's own, trials, and a grader for models", async () => {
		const config: PipelineConfig = {
			models: { mine: (model, input, { trial }) => `${model} ${trial} ${JSON.stringify(input).length > 20}` },
			gradeModel: ({ output }) => (String(output) === "mine 0 true" ? 1 : 0.2),
		};
		const [mine] = await evaluate(["mine"], config, { trials: 2 });
		assert.deepEqual(
			mine?.cases.slice(0, 2).map(({ outcome, trial }) => [outcome, trial]),
			[
				["pass", 0],
				["fail", 1],
			],
		);
		assert.equal(mine?.cases[0]?.metrics["cost"], null);
	});

	it("says what is missing: a model, a key, a recorded prompt", async () => {
		const known = { models: { mine: {} } };
		await assert.rejects(evaluate(["other"], known), /has no "other", and no "\*".*it has mine/);
		await assert.rejects(evaluate(["mine"], known), /OPENAI_API_KEY is not set/);
		const bare = [makeFixture({ steps: [{ step: "search" }] })];
		await assert.rejects(evaluate(["mine"], known, { fixtures: bare }), /no fixture of answer records/);
	});
});
