import assert from "node:assert/strict";
import { test } from "node:test";
import { readContent } from "./content.ts";
import { readModelInput, readModelTurn } from "./model-turn.ts";

const turn = (value: unknown) =>
	readModelTurn(readContent(typeof value === "string" ? value : JSON.stringify(value)));

test("reads a turn from the convention's messages, a chat API's and plain text", () => {
	const parts = [
		{ type: "text", content: "Hi" },
		{ type: "tool_call", name: "find", arguments: { id: 1 } },
	];
	assert.deepEqual(turn([{ role: "assistant", parts }]), {
		text: "Hi",
		calls: [{ name: "find", arguments: { id: 1 } }],
		refused: false,
	});
	const tool_calls = [{ id: "c", function: { name: "find", arguments: '{"id":1}' } }];
	assert.deepEqual(turn({ role: "assistant", content: null, tool_calls }).calls, [
		{ name: "find", arguments: { id: 1 } },
	]);
	assert.equal(turn("plain").text, "plain");
	assert.equal(turn('"a JSON text"').text, "a JSON text");
	assert.equal(turn({ answer: 1 }).text, '{"answer":1}');
	assert.equal(turn([{ role: "assistant", content: "no", refusal: "policy" }]).refused, true);
});

test("reads what a model was told", () => {
	const input = readContent(
		JSON.stringify([
			{ role: "system", parts: [{ type: "text", content: "Be short." }] },
			{ role: "user", content: "Hi" },
			{ role: "tool", parts: [{ type: "tool_call_response", response: '{"a":1}' }] },
			{ role: "tool", content: "2" },
		]),
	);
	assert.deepEqual(readModelInput(input), { instructions: "Be short.\n", results: ['{"a":1}', "2"] });
	assert.deepEqual(readModelInput(readContent("text")), { instructions: null, results: [] });
});
