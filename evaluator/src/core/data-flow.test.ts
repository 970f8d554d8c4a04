import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { readContent } from "./content.ts";
import { type Edge, readDataFlow, sumOverDependents, type UsualSources } from "./data-flow.ts";
import { drawIndex, seededRandom } from "./random.ts";
import { stepsOf } from "./trace.ts";

function flowOf(specs: readonly StepSpec[], usual?: UsualSources): readonly Edge[] {
	const steps = stepsOf(makeRun({ steps: specs }));
	const contents = steps.map((step) => ({
		input: readContent(step.input),
		output: readContent(step.output),
	}));
	return readDataFlow(steps, contents, usual).flat();
}

const edgesOf = (specs: readonly StepSpec[], usual?: UsualSources): string[] =>
	flowOf(specs, usual).map(({ from, to, source }) => `${from}→${to} ${source}`);

const sourcesOf = (specs: readonly StepSpec[]): number[][] => {
	const sources: number[][] = specs.map(() => []);
	for (const { from, to } of flowOf(specs)) sources[to]?.push(from);
	return sources;
};

const documents = [{ id: "a", content: "refunds take thirty days after delivery" }];
const japanese = "商品は三十日以内に返品できます";

for (const [title, steps, edges] of [
	[
		"a link",
		[{ kind: "retrieval" }, { kind: "model" }, { kind: "render", links: ["s0"] }],
		["0→1 assumed", "0→2 recorded"],
	],
	[
		"content inside a string of JSON",
		[
			{ kind: "retrieval", input: "q", output: documents },
			{ kind: "tool_call", input: "weather", output: "sunny all day long" },
			{ kind: "model", input: [{ role: "user", content: JSON.stringify({ context: documents }) }] },
		],
		["0→1 assumed", "0→2 inferred"],
	],
	[
		"content in a script without spaces",
		[
			{ kind: "retrieval", output: japanese },
			{ kind: "tool_call", output: "天気は晴れでしょう" },
			{ kind: "model", input: `次の文を使う：${japanese}。質問は？` },
		],
		["0→1 assumed", "0→2 inferred"],
	],
	[
		"a link and content of another step",
		[
			{ kind: "retrieval", output: documents },
			{ kind: "tool_call", output: "sunny all day long" },
			{ kind: "model", input: "refunds take thirty days after delivery; sunny all day long", links: ["s1"] },
		],
		["0→1 assumed", "0→2 inferred", "1→2 recorded"],
	],
	[
		"only the order",
		[
			{ input: "a", output: "b" },
			{ input: "c", output: "d" },
		],
		["0→1 assumed"],
	],
	["nothing captured", [{}, {}, {}], ["0→1 assumed", "1→2 assumed"]],
	[
		"links to itself, to later and to unknown steps",
		[{ links: ["s0", "gone"] }, { links: ["s1"] }],
		["0→1 assumed"],
	],
	["one step", [{ output: "x" }], []],
	["no steps", [], []],
] as const satisfies readonly (readonly [string, readonly StepSpec[], readonly string[]])[]) {
	test(`reads edges: ${title}`, () => {
		assert.deepEqual(edgesOf(steps), edges);
	});
}

test("a word comes from the last step that gave it: what passed through several steps was handed over by the last", () => {
	const text = "refunds take thirty days after delivery";
	assert.deepEqual(
		edgesOf([
			{ kind: "retrieval", output: text },
			{ kind: "prompt_build", input: text, output: `Answer from this: ${text}` },
			{ kind: "model", input: `Answer from this: ${text}` },
		]),
		["0→1 inferred", "1→2 inferred"],
	);
});

test("a hand-off that lost everything is known from what healthy executions used", () => {
	const specs: StepSpec[] = [
		{ kind: "retrieval", output: documents },
		{ kind: "tool_call", output: "sunny all day long" },
		{ kind: "model", input: "sunny all day long" },
	];
	assert.ok(!edgesOf(specs).includes("0→2 usual"));
	const usual = new Map([
		["model/model", new Set(["retrieval/retrieval", "tool_call/tool_call", "render/none"])],
	]);
	assert.deepEqual(edgesOf(specs, usual), ["0→1 assumed", "0→2 usual", "1→2 inferred"]);
});

test("a step that had not ended gave nothing to one that had started", () => {
	const text = "refunds take thirty days after delivery";
	const at = (startUs: number, durationUs: number) => ({ startUs, durationUs });
	const source: StepSpec = { kind: "retrieval", output: text };
	const user: StepSpec = { kind: "model", input: text };
	const parallel = [
		{ ...source, ...at(0, 100) },
		{ ...at(1, 2), kind: "tool_call" },
		{ ...user, ...at(50, 10) },
	];
	assert.ok(!edgesOf(parallel as StepSpec[]).includes("0→2 inferred"));
	const later = [
		{ ...source, ...at(0, 49) },
		{ ...at(1, 2), kind: "tool_call" },
		{ ...user, ...at(50, 10) },
	];
	assert.ok(edgesOf(later as StepSpec[]).includes("0→2 inferred"));
});

test("follows links where clocks tie", () => {
	const at = { startUs: 5, durationUs: 0 };
	const edges = flowOf([
		{ ...at, kind: "model", links: ["s1"] },
		{ ...at, kind: "prompt_build", links: ["s2"] },
		{ ...at, kind: "retrieval" },
	]);
	assert.deepEqual(edges, [
		{ from: 0, to: 1, source: "recorded" },
		{ from: 1, to: 2, source: "recorded" },
	]);
});

test("sums over everything that depends on a node, each once", () => {
	const sources = sourcesOf([
		{ kind: "retrieval" },
		{ kind: "tool_call", links: [] },
		{ kind: "prompt_build", links: ["s0"] },
		{ kind: "model", links: ["s2"] },
		{ kind: "render", links: ["s3", "s1"] },
	]);
	assert.deepEqual(
		sources.map((list) => list.toSorted()),
		[[], [0], [0], [2], [1, 3]],
	);
	assert.deepEqual(
		[...sumOverDependents(sources, Float64Array.of(1, 10, 100, 1000, 10_000))],
		[11_110, 10_000, 11_000, 10_000, 0],
	);
});

/** An agent that calls its model and a tool in turn; every call gets everything so far, as agents do. */
function agentLoop(size: number): StepSpec[] {
	return Array.from({ length: size }, (_, at) =>
		at % 2 === 0
			? {
					kind: "model",
					input: `history ${at} result${at - 1}a result${at - 1}b`,
					output: `call${at}a call${at}b`,
				}
			: { kind: "tool_call", input: `call${at - 1}a call${at - 1}b`, output: `result${at}a result${at}b` },
	);
}

test("finds the dependents that a search along the edges finds", () => {
	const random = seededRandom(3);
	const steps = Array.from({ length: 60 }, (_, at) => ({
		links: Array.from({ length: drawIndex(3, random) }, () => `s${drawIndex(Math.max(1, at), random)}`),
	}));
	const edges = flowOf(steps);
	const values = Float64Array.from({ length: 60 }, random);
	for (const [start, sum] of sumOverDependents(sourcesOf(steps), values).entries()) {
		const reached = new Set([start]);
		for (let before = 0; before < reached.size; ) {
			before = reached.size;
			for (const { from, to } of edges) if (reached.has(from)) reached.add(to);
		}
		reached.delete(start);
		const expected = [...reached].reduce((all, at) => all + (values[at] ?? 0), 0);
		assert.ok(Math.abs(sum - expected) < 1e-9);
	}
});

test("follows an agent's loop through the same two components", () => {
	assert.deepEqual(
		edgesOf(agentLoop(8)),
		[1, 2, 3, 4, 5, 6, 7].map((to) => `${to - 1}→${to} inferred`),
	);
});

for (const [title, specs] of [
	["an agent's loop", agentLoop(10_000)],
	["nothing captured", Array.from({ length: 10_000 }, () => ({}))],
	[
		"every output the same",
		Array.from({ length: 10_000 }, () => ({ input: "again please", output: "no such file found" })),
	],
	["all linked to the first", Array.from({ length: 10_000 }, (_, at) => ({ links: at > 0 ? ["s0"] : [] }))],
] as const) {
	test(`reads ten thousand steps in reasonable time: ${title}`, (t) => {
		const start = performance.now();
		const dependents = sumOverDependents(sourcesOf(specs), new Float64Array(10_000).fill(1));
		const elapsed = performance.now() - start;
		t.diagnostic(`${Math.round(elapsed)} ms`);
		assert.equal(dependents[0], 9999);
		assert.ok(elapsed < 15_000, `${Math.round(elapsed)} ms`);
	});
}
