import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { presentModels } from "../cli/eval-model.ts";
import { renderModels } from "../cli/render-models.ts";
import { openRubricJudge } from "../rubrics/open-rubric-judge.ts";
import { startChatServer } from "../testing/chat-server.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { compareModels } from "./compare-models.ts";
import { type ModelSaid, runModelEval } from "./model.ts";

let store: Store;
let discard: () => Promise<void>;
before(async () => {
	({ store, discard } = await openTemporaryStore());
});
after(() => discard());

test("a judge compares the answers of two models, pair by pair and in both orders", async () => {
	const fixtures = Array.from({ length: 12 }, (_, at) =>
		makeFixture({
			id: `f${at}`,
			input: `question ${at}`,
			steps: [{ step: "model", kind: "model", input: `question ${at}` }],
		}),
	);
	// The judge prefers the answer that says "bravo"; the other model says it in three of four.
	await using server = await startChatServer(({ model, messages }) => {
		const text = messages.at(-1)?.content ?? "";
		if (model === "judge") {
			const [first = "", second = ""] = text.split("the second answer, to compare it with");
			const verdict = first.includes("bravo") ? "pass" : second.includes("bravo") ? "fail" : "cannot_tell";
			return JSON.stringify({ reason: "r", verdict });
		}
		const at = Number(/\d+/.exec(text)?.[0]);
		return model === "other" && at % 4 !== 0 ? `bravo ${at}` : `plain ${at}`;
	});
	const said: ModelSaid[] = [];
	const models = { "*": { baseURL: server.url } };
	const evaluations = await runModelEval({
		store,
		pipeline: "answer",
		config: { models },
		models: ["current", "other"],
		fixtures,
		evalId: "model-1",
		env: {},
		now: Date.now,
		onAnswer: (answer) => said.push(answer),
	});
	const judge = openRubricJudge({ store, env: {}, config: { model: "judge", baseURL: server.url } });
	const found = await compareModels(judge, said, { evalIds: evaluations.map(({ run }) => run.evalId) });
	assert.equal(found[0], null);
	const [, other] = found;
	assert.ok(other !== null && other !== undefined);
	// Nine are better; in three both models say the same, which is a tie and costs nothing.
	assert.deepEqual(
		[other.pairs, other.ties, other.by_position, other.not_judged, other.raw],
		[12, 3, 0, 0, 0.875],
	);
	assert.equal(judge.counts().calls, 18);
	assert.ok((other.interval?.[0] ?? 0) > 0.5);
	const shown = renderModels("answer", presentModels(evaluations, found));
	assert.match(
		shown,
		/other is preferred to current in \d+\.\d % \(95 %: .*\), length taken out \(as counted 87\.5 %\), of 12 pairs; 3 ties/,
	);
});
