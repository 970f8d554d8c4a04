import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { hashWord, wordsOf } from "./content.ts";
import { finalOutput, learnReference, occurrences, sameTaskReferences, taskKey } from "./reference.ts";
import { stepsOf } from "./trace.ts";

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
	const others = sameTaskReferences(reference, b, "tool_call/price#0");
	assert.deepEqual(
		others.map((other) => other.traceId),
		["a", "c"],
	);
	assert.deepEqual(sameTaskReferences(reference, b, "tool_call/price#1"), []);
	assert.deepEqual(sameTaskReferences(reference, makeRun({ taskId: "other" }), "tool_call/price#0"), []);
});

test("a task needs the words that all its passing runs ended with, less those of the question", () => {
	const run = (traceId: string, output: string) =>
		makeRun({ traceId, taskId: "task", input: "price in euros?", output, steps: steps("x") });
	const reference = learnReference([run("a", "It is nine euros."), run("b", "Nine euros, please.")]);
	assert.deepEqual(reference.tasks.get("task")?.key, words("nine"));
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
	assert.deepEqual(occurrences(stepsOf(run)), ["model/model#0", "tool_call/model#0", "model/model#1"]);
});

test("the user saw the root's output, else the last step's", () => {
	assert.equal(finalOutput(makeRun({ output: "root", steps: steps("step") })).text, "root");
	assert.equal(finalOutput(makeRun({ steps: steps("step") })).text, "step");
	assert.equal(finalOutput(makeRun()).text, "");
});
