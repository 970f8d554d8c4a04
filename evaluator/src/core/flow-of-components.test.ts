import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { flowOfComponents } from "./flow-of-components.ts";

const TEXT = "the river runs through seven old towns and a wide green valley";

describe("flowOfComponents", () => {
	it("lays runs over each other by component, and says how an edge is known", () => {
		const run = makeRun({
			input: "where is it",
			steps: [
				{ name: "find", kind: "retrieval", input: "where is it", output: TEXT },
				{ name: "build", kind: "prompt_build", input: TEXT, output: `${TEXT}. Where is it?` },
				{ name: "ask", kind: "model", input: `${TEXT}. Where is it?`, output: "there", links: ["s1"] },
			],
		});
		const { components, edges } = flowOfComponents([run, run]);
		assert.deepEqual(
			components.map(({ name, share }) => [name, share]),
			[
				["input", 1],
				["find", 1],
				["build", 1],
				["ask", 1],
			],
		);
		assert.deepEqual(
			edges.map(({ from, to, source }) => `${from} ${source} ${to}`),
			[
				"retrieval/find inferred prompt_build/build",
				"prompt_build/build recorded model/ask",
				"input assumed retrieval/find",
			],
		);
	});

	it("leaves out hand-overs that few runs have, and keeps the share of runs that executed a step", () => {
		const short = makeRun({ steps: [{ name: "ask", kind: "model" }] });
		const long = makeRun({
			steps: [
				{ name: "ask", kind: "model" },
				{ name: "mail", kind: "tool_call", links: ["s0"] },
			],
		});
		const { components, edges } = flowOfComponents([...Array.from({ length: 9 }, () => short), long]);
		assert.equal(components.find(({ name }) => name === "mail")?.share, 0.1);
		assert.deepEqual(
			edges.map(({ to }) => to),
			["model/ask"],
		);
	});

	it("shows nothing of no runs", () => {
		assert.deepEqual(flowOfComponents([]), { components: [], edges: [] });
	});
});
