import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { chooseStreams, streamKey, streamOfKey, textsOf } from "./drift-streams.ts";

const INPUT = streamKey({ step: "", kind: "", text: "input" });
const of = (step: string, kind: string, text: "input" | "response"): string =>
	streamKey({ step, kind, text });

describe("the streams of texts", () => {
	it("are what the run and each of its steps was given, and gave, without JSON's punctuation", () => {
		const run = makeRun({
			traceId: "t1",
			input: { question: "how do I return it" },
			output: "send it back",
			steps: [
				{ kind: "retrieval", name: "search", input: "return", output: [{ content: "page on returns" }] },
				{ kind: "model", name: "write", input: "page on returns", output: "send it back" },
			],
		});
		const streams = textsOf([run]);
		assert.equal(streams.get(INPUT)?.[0]?.text, "how do I return it");
		assert.equal(streams.get(of("search", "retrieval", "response"))?.[0]?.text, "page on returns");
		assert.deepEqual(
			chooseStreams(streams)
				.map(streamOfKey)
				.map(({ step, text }) => `${step} ${text}`),
			[" input", " response", "search input", "search response", "write input", "write response"],
		);
		assert.deepEqual(streams.get(INPUT)?.[0]?.traceId, "t1");
	});

	it("leave out what was not recorded, and take a component's first execution", () => {
		const streams = textsOf([
			makeRun({
				input: "hello",
				steps: [
					{ kind: "tool_call", name: "a", output: "first" },
					{ kind: "tool_call", name: "a", output: "second" },
				],
			}),
		]);
		assert.deepEqual([...streams.keys()].sort(), [INPUT, of("a", "tool_call", "response")].sort());
		assert.deepEqual(
			streams.get(of("a", "tool_call", "response"))?.map(({ text }) => text),
			["first"],
		);
	});

	it("count a repeated question once, and take a few of what one user asks as a cluster", () => {
		const ask = (at: number, input: string, attributes: Record<string, string> = {}) =>
			makeRun({ traceId: `t${at}`, input, attributes });
		const repeated = textsOf([ask(1, "same"), ask(2, "same"), ask(3, "other")]).get(INPUT);
		assert.deepEqual(
			repeated?.map(({ traceId }) => traceId),
			["t1", "t3"],
		);
		const ofUsers = textsOf([
			...Array.from({ length: 8 }, (_, at) => ask(at, `question ${at}`, { "user.id": "ann" })),
			ask(9, "question nine", { "session.id": "s" }),
		]).get(INPUT);
		assert.deepEqual(
			ofUsers?.map(({ cluster }) => cluster),
			[...Array.from({ length: 5 }, () => "user.id:ann"), "session.id:s"],
		);
	});

	it("measure the whole text, though only its beginning is read", () => {
		const [text] = textsOf([makeRun({ input: "word ".repeat(4000) })]).get(INPUT) ?? [];
		assert.deepEqual([text?.length, text?.text.length], [20_000, 8000]);
	});

	it("are those of the twelve components that run most often", () => {
		const steps = Array.from({ length: 20 }, (_, at) => ({
			kind: "tool_call" as const,
			name: `tool${at}`,
			output: "x",
		}));
		const runs = Array.from({ length: 20 }, (_, at) =>
			makeRun({ input: `q${at}`, steps: steps.slice(0, 1 + at) }),
		);
		const chosen = chooseStreams(textsOf(runs)).map(streamOfKey);
		assert.equal(chosen.filter(({ step }) => step !== "").length, 12);
		assert.ok(chosen.some(({ step }) => step === "tool0") && !chosen.some(({ step }) => step === "tool19"));
	});
});
