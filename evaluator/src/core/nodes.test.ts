import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import { makeRun } from "../testing/make-run.ts";
import { readNodes } from "./nodes.ts";

const documents = "alpha beta gamma delta epsilon";
const search = { kind: "retrieval", name: "search", input: "which letters", output: documents } as const;
const build = { kind: "prompt_build", name: "build", input: documents, output: `use ${documents}` } as const;
const log = { kind: "custom", name: "log", input: "which letters", output: "written to the log" } as const;

test("the question comes first, and a hand-off before every step that was given something", () => {
	const { nodes, sources, edges } = readNodes(
		makeRun({ input: "which letters", output: `use ${documents}`, steps: [search, build] }),
	);
	assert.deepEqual(
		nodes.map(({ kind, name }) => `${kind}/${name}`),
		["input/input", "retrieval/search", "edge/hand-off to build", "prompt_build/build"],
	);
	assert.deepEqual(sources, [[], [0], [1], [2]]);
	assert.deepEqual(edges, [{ from: "s0", to: "s1", source: "inferred" }]);
	assert.equal(nodes[2]?.spanId, "s0->s1");
});

for (const [title, given, taken] of [
	["what was given was cut", { attributes: { [`${ATTR.stepOutput}${CUT_BYTES_SUFFIX}`]: "9999" } }, {}],
	["what was received was cut", {}, { attributes: { [`${ATTR.stepInput}${CUT_BYTES_SUFFIX}`]: "9999" } }],
	["what was given was not recorded", { output: "" }, {}],
	["what was received was not recorded", {}, { input: "" }],
] as const) {
	test(`no hand-off is seen where ${title}`, () => {
		const { nodes, sources } = readNodes(
			makeRun({
				steps: [
					{ ...search, ...given },
					{ ...build, ...taken, links: ["s0"] },
				],
			}),
		);
		assert.deepEqual(
			nodes.map(({ kind }) => kind),
			["input", "retrieval", "prompt_build"],
		);
		assert.deepEqual(sources[2], [1], "the data flow is known all the same");
	});
}

test("a step from which nothing reaches the answer does not matter", () => {
	const { nodes, matters } = readNodes(
		makeRun({ input: "which letters", output: `use ${documents}`, steps: [search, log, build] }),
	);
	const of = (name: string): boolean | undefined => matters[nodes.findIndex((node) => node.name === name)];
	assert.equal(of("search"), true);
	assert.equal(of("build"), true);
	assert.equal(of("input"), true);
	assert.equal(of("log"), false);
});

test("a run without steps is its question", () => {
	const { nodes, matters, edges } = readNodes(makeRun({ input: "hello" }));
	assert.deepEqual([nodes.length, matters, edges.length], [1, [true], 0]);
});
