import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { type ChatRequestSeen, startChatServer } from "../testing/chat-server.ts";
import { type AnswerPair, compareAnswers } from "./compare-answers.ts";
import { openRubricJudge } from "./open-rubric-judge.ts";

describe("comparing two answers", () => {
	let store: Store;
	let discard: () => Promise<void>;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
	});
	after(() => discard());

	/** What the judge was shown first and second. */
	const shown = ({ messages }: ChatRequestSeen): readonly [string, string] => {
		const text = messages[1]?.content ?? "";
		const [, first = ""] = /the first answer, which is to be judged\n([\s\S]*?)\nRECORDED-/.exec(text) ?? [];
		const [, second = ""] = /the second answer, to compare it with\n([\s\S]*?)\nRECORDED-/.exec(text) ?? [];
		return [first, second];
	};
	const compare = async (
		prefers: (first: string, second: string) => "pass" | "fail" | "cannot_tell" | number,
		pair: Partial<AnswerPair> = {},
	) => {
		await using server = await startChatServer((request) => {
			const verdict = prefers(...shown(request));
			return typeof verdict === "number" ? verdict : JSON.stringify({ reason: "r", verdict });
		});
		const config = { model: `judge ${Math.random()}`, baseURL: server.url, tries: 1 };
		const judge = openRubricJudge({ store, env: {}, config });
		const found = await compareAnswers(judge, {
			id: "case-1",
			request: "why?",
			a: "short",
			b: "long, long",
			...pair,
		});
		return { ...found, calls: server.requests.length };
	};

	test("counts what is said in both orders", async () => {
		const likes = (good: string) => (first: string) => (first === good ? "pass" : "fail") as "pass" | "fail";
		assert.equal((await compare(likes("short"))).preferred, "a");
		assert.equal((await compare(likes("long, long"))).preferred, "b");
		assert.equal((await compare(() => "cannot_tell")).preferred, "tie");
	});

	test("a judge that takes the first answer, whichever it is, prefers none", async () => {
		const { preferred, byPosition, calls } = await compare(() => "pass");
		assert.deepEqual([preferred, byPosition, calls], ["tie", true, 2]);
	});

	test("a failing endpoint is no tie, and equal answers need no judge", async () => {
		const failed = await compare(() => 500);
		assert.deepEqual([failed.preferred, failed.notJudged], [null, "endpoint"]);
		assert.deepEqual(await compare(() => "pass", { b: "short" }), {
			preferred: "tie",
			notJudged: null,
			byPosition: false,
			reasons: ["the answers are the same"],
			calls: 0,
		});
	});
});
