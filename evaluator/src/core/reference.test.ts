import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import {
	finalOutput,
	learnReference,
	occurrences,
	sameTaskReferences,
	taskKey,
	taskPeers,
} from "./reference.ts";
import { stepsOf } from "./trace.ts";
import { hashWord, wordsOf } from "./words.ts";

const words = (text: string): Set<number> => new Set(wordsOf(text).map(hashWord));
const steps = (output: unknown, version = "1"): StepSpec[] => [
	{ kind: "tool_call", name: "price", version, output },
];

test("counts in how many executions a path and a word were, not how often", () => {
	const { components } = learnReference([
		makeRun({ traceId: "a", steps: [...steps({ price: 9, note: "new new new" }), ...steps({ price: 3 })] }),
		makeRun({ traceId: "b", steps: steps({ price: 4, note: "new" }) }),
	]);
	const price = components.get("tool_call/price");
	assert.equal(price?.executions, 3);
	assert.equal(price?.shape.get(".price: number"), 3);
	assert.equal(price?.shape.get(".note: string"), 2);
	assert.equal(price?.wordCounts.get(hashWord("new")), 2);
});

test("remembers the version that most executions had", () => {
	const runs = ["1", "2", "2"].map((version, at) =>
		makeRun({ traceId: `${at}`, steps: steps("x", version) }),
	);
	assert.equal(learnReference(runs).components.get("tool_call/price")?.version, "2");
});

test("learns components from the reference only, and tasks from every passing run", () => {
	const [a, b, c] = ["a", "b", "c"].map((traceId) =>
		makeRun({ traceId, taskId: "task", output: "nine euros", steps: steps("nine euros") }),
	);
	assert.ok(a && b && c);
	const reference = learnReference([a], [a, b, c]);
	assert.deepEqual([...reference.runs], ["a"]);
	assert.equal(reference.components.get("tool_call/price")?.executions, 1);
	const peers = (run: typeof b) => sameTaskReferences(taskPeers(reference, run), "tool_call/price", 0);
	assert.deepEqual(
		peers(b).map((other) => other.traceId),
		["a"],
		"where the reference has the task, other deploys' runs are no peers",
	);
	assert.deepEqual(peers(a), [], "no run is its own peer");
	assert.deepEqual(sameTaskReferences(taskPeers(reference, b), "tool_call/other", 0), []);
	assert.deepEqual(peers(makeRun({ taskId: "other" })), []);
});

test("where the reference never had a task, other passing runs of it are the peers", () => {
	const [a, b, c] = ["a", "b", "c"].map((traceId) =>
		makeRun({ traceId, taskId: traceId === "a" ? "other" : "task", output: "x", steps: steps("x") }),
	);
	assert.ok(a && b && c);
	const reference = learnReference([a], [a, b, c]);
	assert.deepEqual(
		taskPeers(reference, b).runs.map((other) => other.traceId),
		["c"],
	);
});

test("a task needs the words that all other passing runs of it ended with, less those of the question", () => {
	const run = (traceId: string, output: string) =>
		makeRun({ traceId, taskId: "task", input: "price in euros?", output, steps: steps("x") });
	const reference = learnReference([run("a", "It is nine euros."), run("b", "Nine euros, please.")]);
	assert.deepEqual(taskPeers(reference, run("c", "?")).key, words("nine"));
	assert.deepEqual(
		taskPeers(reference, run("a", "It is nine euros.")).key,
		words("nine please"),
		"no run vouches for itself",
	);
});

test("an execution is compared with all of its component in a peer, with the one of its number where it ran often", () => {
	const run = (traceId: string, size: number) =>
		makeRun({
			traceId,
			taskId: "task",
			steps: Array.from({ length: size }, (_, at) => steps(`x${at}`)).flat(),
		});
	const few = taskPeers(learnReference([run("a", 3)]), run("t", 3));
	assert.equal(sameTaskReferences(few, "tool_call/price", 1).length, 3);
	const many = taskPeers(learnReference([run("a", 30)]), run("t", 30));
	assert.deepEqual(
		sameTaskReferences(many, "tool_call/price", 7).map((other) => other.output.text),
		["x7"],
	);
});

test("learns what (nearly) always feeds a component", () => {
	const run = (traceId: string, text: string) =>
		makeRun({
			traceId,
			steps: [
				{ kind: "retrieval", name: "search", output: text },
				{ kind: "model", name: "answer", input: text, output: "ok" },
			],
		});
	const { usualSources } = learnReference(
		Array.from({ length: 12 }, (_, at) => run(`${at}`, `page ${at} says forty two`)),
	);
	assert.deepEqual([...(usualSources.get("model/answer") ?? [])], ["retrieval/search"]);
	assert.equal(learnReference([run("a", "page one says two")]).usualSources.get("model/answer")?.size, 0);
});

test("keeps a few runs of each task", () => {
	const runs = Array.from({ length: 100 }, (_, at) =>
		makeRun({ traceId: `${at}`, taskId: "task", steps: steps("x") }),
	);
	assert.ok((learnReference(runs).tasks.get("task")?.runs.length ?? 99) <= 10);
});

test("learns nothing from nothing", () => {
	const { runs, components, tasks } = learnReference([]);
	assert.deepEqual([runs.size, components.size, tasks.size], [0, 0, 0]);
});

test("runs without a task id are of one task when they ask the same", () => {
	assert.equal(taskKey(makeRun({ input: "a" })), taskKey(makeRun({ input: "a", traceId: "u" })));
	assert.notEqual(taskKey(makeRun({ input: "a" })), taskKey(makeRun({ input: "b" })));
	assert.equal(taskKey(makeRun({ input: "a", taskId: "1" })), taskKey(makeRun({ input: "b", taskId: "1" })));
});

test("numbers the executions of each component", () => {
	const run = makeRun({
		steps: [{ kind: "model" }, { kind: "tool_call", name: "model" }, { kind: "model" }],
	});
	assert.deepEqual(occurrences(stepsOf(run)), [0, 0, 1]);
});

test("the user saw the root's output, else the last step's", () => {
	assert.equal(finalOutput(makeRun({ output: "root", steps: steps("step") })).text, "root");
	assert.equal(finalOutput(makeRun({ steps: steps("step") })).text, "step");
	assert.equal(finalOutput(makeRun()).text, "");
});
