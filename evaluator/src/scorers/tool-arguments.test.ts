import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import { argumentsExplained, emptyResult, repeatedCall, toolArguments } from "./tool-arguments.ts";

const asks = (name: string, args: unknown) => [
	{ role: "assistant", parts: [{ type: "tool_call", name, arguments: args }] },
];
const prompt = (text: string) => [{ role: "user", parts: [{ type: "text", content: text }] }];

for (const [title, step, value] of [
	["filled in", { kind: "tool_call", input: { order_id: "SO-1", note: "is undefined behaviour" } }, 1],
	["undefined", { kind: "tool_call", input: { order_id: "undefined" } }, 0],
	["a placeholder", { kind: "tool_call", input: { order_id: "<order_id>" } }, 0],
	["half a JSON", { kind: "tool_call", input: '{"order_id": "SO-' }, 0],
	["asked for by a model", { kind: "model", input: "x", output: asks("find", { id: "YOUR_ORDER_ID" }) }, 0],
	["broken JSON of a model", { kind: "model", input: "x", output: asks("find", '{"id": ') }, 0],
	["a model that fills them in", { kind: "model", input: "x", output: asks("find", '{"id": "7"}') }, 1],
	["a model that calls nothing", { kind: "model", input: "x", output: "undefined" }, undefined],
] as const) {
	test(`arguments: ${title}`, () => assert.equal(readLast(toolArguments, [step]).value, value));
}

for (const [title, told, args, value] of [
	["an id from the question", "Where is order SO-000123?", { order_id: "SO-000123" }, 1],
	["written in another case", "wo ist SO-000123", { order_id: "so-000123" }, 1],
	["an id from nowhere", "Where is my order?", { order_id: "SO-718615" }, 0],
	["leading zeros are lost", "Where is order SO-000123?", { order_id: "SO-123" }, 0],
	["an account that is named nowhere", "支付 请用卡", { card: "credit_card_7334" }, 0],
	["a long number", "customer 4711382", { customer: 4711382 }, 1],
	["a long number from nowhere", "customer 4711382", { customer: 4711399 }, 0],
	["a day that was worked out", "morgen bitte", { date: "2026-09-22" }, undefined],
	["an amount that was worked out", "refund half of 80.40", { amount: 40.2 }, undefined],
	["a thought", "pay 5", { thought: "that is 12345 in all, see rule 24b-x" }, undefined],
] as const) {
	test(`arguments that something explains: ${title}`, () => {
		const found = readLast(argumentsExplained, [
			{ kind: "model", input: prompt(told), output: asks("find", args) },
		]).value;
		assert.equal(found ?? undefined, value === undefined && found === 1 ? 1 : value);
	});
}

test("a tool that is called with something else than it was asked to", () => {
	const steps = (order_id: string) => [
		{
			kind: "model" as const,
			input: prompt("Where is SO-000123?"),
			output: asks("find", { order_id: "SO-000123" }),
		},
		{ kind: "tool_call" as const, input: { order_id }, output: {}, links: ["s0"] },
	];
	assert.equal(readLast(argumentsExplained, steps("SO-000123")).value, 1);
	const found = readLast(argumentsExplained, steps("SO-123"));
	assert.equal(found.value, 0);
	assert.match(found.text, /nothing before explains its argument “SO-123”/);
});

for (const [title, output, value] of [
	["an empty list inside", { products: [], took: 0 }, 0],
	["an empty list beside a count", { results: [], total: 0, page: 1 }, 0],
	["nothing", { data: null }, 0],
	["a bare empty list", [], 0],
	["products", { products: [{ sku: "a" }] }, 1],
	["a number", { result: 12 }, 1],
] as const) {
	test(`empty results: ${title}`, () =>
		assert.equal(readLast(emptyResult, [{ kind: "tool_call", input: {}, output }]).value, value));
}

for (const [title, calls, value] of [
	["the first time", ["a"], 1],
	["other arguments", ["a", "b", "c"], 1],
	["once more, to see whether something changed", ["a", "a"], 0.6],
	["again and again", ["a", "a", "a"], 0],
] as const) {
	test(`repeated calls: ${title}`, () => {
		const steps = calls.map((id) => ({
			kind: "tool_call" as const,
			name: "find",
			input: { id },
			output: { id },
		}));
		assert.equal(readLast(repeatedCall, steps).value, value);
	});
}

test("polling until something changes is no repetition, nor is another try after an error", () => {
	const poll = ["waiting", "still waiting", "done"].map((status) => ({
		kind: "tool_call" as const,
		input: { job: 1 },
		output: { status },
	}));
	assert.equal(readLast(repeatedCall, poll).value, 1);
	const retries = [true, true, false].map((failed) => ({
		kind: "tool_call" as const,
		input: { a: 1 },
		output: "",
		failed,
	}));
	assert.equal(readLast(repeatedCall, retries).value, 1);
});
