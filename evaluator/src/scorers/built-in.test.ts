import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, STEP_KINDS } from "@faultline/instrumentation/attributes";
import { learnReference } from "../core/reference.ts";
import { makeRun, viewsOf } from "../testing/make-run.ts";
import { builtInScorers } from "./built-in.ts";

const ODD: readonly (readonly [string, string])[] = [
	["empty text", ""],
	["blanks", "  \n\t"],
	["half a JSON text", '{"a": [1,'],
	["plain text", "Refunds take thirty days."],
	["JSON null", "null"],
	["a bare number", "1e999"],
	["an empty list", "[]"],
	["lists of nulls", "[null, [null], {}]"],
	["scores that are no numbers", '[{"score":"high"},{"score":null},{"score":{}},3]'],
	["null bytes", "\0\0\0"],
	["bytes of an image", "\u0089PNG\r\n\u001a\n\ufffd\ufffd\u0000\u0001"],
	["half a surrogate pair", "\ud83d \udc00 x"],
	["broken markup", "<a href=<b>>&#x110000;<![CDATA[\0"],
	["a text of a megabyte", "lorem ipsum ".repeat(90_000)],
	["a hundred thousand opened tags", "<b>".repeat(100_000)],
	["ten thousand levels", `${'{"error":'.repeat(10_000)}1${"}".repeat(10_000)}`],
	["a million unfilled placeholders", "{{".repeat(500_000)],
	["half a million open links and markers", "](".repeat(250_000) + "[1".repeat(250_000)],
	["JSON, JSON, JSON", "reply JSON ".repeat(60_000)],
	["bytes that may be of any encoding", "Ã".repeat(300_000) + "â€".repeat(200_000)],
	["nothing but figures", "1,1-a9.".repeat(100_000)],
	["fences", "```".repeat(200_000)],
];

const ATTRIBUTES = [
	ATTR.finishReasons,
	ATTR.indexEmbeddingModel,
	ATTR.queryEmbeddingModel,
	ATTR.promptTokens,
	ATTR.promptTokenLimit,
	ATTR.retrievalDocuments,
	ATTR.toolParametersSchema,
	ATTR.toolResultSchema,
	ATTR.promptTemplate,
	ATTR.promptVariables,
	ATTR.outputType,
];

const healthy = learnReference(
	Array.from({ length: 12 }, (_, at) =>
		makeRun({
			traceId: `r${at}`,
			taskId: "task",
			outcome: "pass",
			output: "Refunds take thirty days.",
			steps: STEP_KINDS.map((kind) => ({
				kind,
				input: { q: "refunds?" },
				output: { a: "Refunds take thirty days." },
			})),
		}),
	),
);

for (const [title, odd] of ODD) {
	test(`no scorer throws or takes long on ${title}, as input, output, attribute, question or message`, () => {
		const attributes = Object.fromEntries(ATTRIBUTES.map((name) => [name, odd]));
		const run = (spec: object) =>
			makeRun({
				taskId: "task",
				input: odd,
				output: odd,
				steps: STEP_KINDS.map((kind) => ({ kind, ...spec })),
			});
		// Several times in one text: shorter, or it is megabytes.
		const some = odd.slice(0, 20_000);
		const message = (role: string) => ({ role, parts: [{ type: "text", content: some }] });
		const chat = JSON.stringify([message("system"), message("user"), { role: "tool", content: some }]);
		const answer = JSON.stringify([message("assistant")]);
		const documents = JSON.stringify([
			{ id: "a", content: some, score: 1, updated_at: some, indexed_at: some },
			{ id: "b", content: some, score: 2 },
			{ id: some, text: some, score: 3 },
		]);
		const views = [
			...viewsOf(run({ input: odd, output: odd }), healthy),
			...viewsOf(run({ input: odd, output: "ok", attributes }), healthy),
			...viewsOf(run({ input: chat, output: answer }), healthy),
			...viewsOf(run({ input: odd, output: documents }), null),
			...viewsOf(run({ input: '{"q":1}', output: odd, failed: true, statusMessage: odd }), null),
		];
		const start = performance.now();
		for (const view of views) {
			for (const scorer of builtInScorers) {
				const found = scorer.read(view);
				if (found === null) continue;
				assert.ok(found.value === null || Number.isFinite(found.value), `${scorer.name}: ${found.value}`);
				if (scorer.reads === "contract" && found.value !== null) {
					assert.ok(found.value >= 0 && found.value <= 1, `${scorer.name}: ${found.value}`);
				}
			}
		}
		assert.ok(performance.now() - start < 4000, `${performance.now() - start} ms`);
	});
}

test("a step that recorded nothing is judged by nothing but its end", () => {
	const [view] = viewsOf(makeRun({ steps: [{ kind: "tool_call" }] }));
	assert.ok(view !== undefined);
	const read = builtInScorers.filter((scorer) => (scorer.read(view)?.value ?? null) !== null);
	assert.deepEqual(
		read.map((scorer) => scorer.name),
		["span-error"],
	);
});

test("scorers have names of their own, and each is listed once", () => {
	const names = builtInScorers.map((scorer) => scorer.name);
	assert.equal(new Set(names).size, names.length);
	assert.ok(names.every((name) => /^[a-z]+(-[a-z]+)*$/.test(name)));
});
