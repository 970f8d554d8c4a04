import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import { links, unparsed } from "./rendered-text.ts";

for (const [title, output, value] of [
	["Markdown", "See [Rückgabe](https://shop.example/terms/returns-de).", 1],
	["a dead one in Markdown", "See [Rückgabe](undefined).", 0],
	["an empty one", "See [Rückgabe]().", 0],
	["a dead end of a path", "[x](https://shop.example/terms/null)", 0],
	["HTML", '<a href="/docs#a">a</a> <img src="x.png">', 1],
	["a dead one in HTML", "<a href='/p/undefined'>a</a>", 0],
	["an object", '<a href="[object Object]">a</a>', 0],
	["a placeholder", '<a href="{{url}}">a</a>', 0],
	["a page about undefined", "[undefined](https://example.com/undefined-behaviour)", 1],
	["no links", "Nothing to see.", undefined],
] as const) {
	test(`links: ${title}`, () =>
		assert.equal(readLast(links, [{ kind: "render", input: "x", output }]).value, value));
}

test("a dead link that came in is not this step's doing", () => {
	const dead = "[a](undefined)";
	assert.equal(readLast(links, [{ kind: "render", input: { answer: dead }, output: dead }]).value, 1);
});

const reply = '{"answer":"Wir erstatten 37,34 €. Die Nu';
for (const [title, output, value] of [
	["parsed", { answer: "Wir erstatten 37,34 €." }, 1],
	["half of it as text", { answer: reply, sources: [] }, 0],
	["a fence", { answer: '```json\n{"answer": "ja"}\n```' }, 0],
	["as it came", reply, 0],
	["code that only looks like it", { answer: "{ a: 1 } or [x]" }, 1],
	["whole JSON inside is data", { answer: "ja", payload: '{"a": 1}' }, 1],
] as const) {
	test(`unparsed replies: ${title}`, () =>
		assert.equal(
			readLast(unparsed, [{ kind: "post_process", input: { text: reply }, output }]).value,
			value,
		));
}

test("broken JSON that a document holds was not for the parser to read", () => {
	const steps = [
		{ kind: "model" as const, input: "q", output: "The answer is in the settings file, see below." },
		{
			kind: "post_process" as const,
			input: { text: "The answer is in the settings file, see below.", documents: ['{"a": 1, "b'] },
			output: { answer: "see below", documents: ['{"a": 1, "b'] },
			links: ["s0"],
		},
	];
	assert.equal(readLast(unparsed, steps).value, undefined);
});
