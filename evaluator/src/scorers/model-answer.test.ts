import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR } from "@faultline/instrumentation/attributes";
import { readLast } from "../testing/read-last.ts";
import { emptyAnswer, formatAsked, refusal, repetition } from "./model-answer.ts";

const said = (content: string, more: object = {}) => [
	{ role: "assistant", parts: [{ type: "text", content, ...more }] },
];
const model = (output: unknown, input: unknown = "q", attributes = {}) => [
	{ kind: "model" as const, input, output, attributes },
];

for (const text of [
	"I'm sorry, but I can't help with that request.",
	"I’m unable to assist with this.",
	"As an AI language model I have no opinion.",
	"Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.".replace(
		"dabei kann ich Ihnen nicht",
		"kann ich Ihnen dabei nicht",
	),
	"Je ne peux pas vous aider.",
	"Lo siento, pero no puedo ayudarle con esa solicitud.",
	"Mi dispiace, non posso aiutarti.",
	"Desculpe, não posso ajudar com isso.",
	"К сожалению, я не могу помочь с этим.",
	"申し訳ありませんが、お手伝いできません。",
	"抱歉，我无法协助。",
]) {
	test(`a refusal: ${text}`, () => assert.equal(readLast(refusal, model(said(text))).value, 0));
}

for (const text of [
	"Your order is in Köln.",
	"I cannot answer that from the documentation.",
	"I'm sorry, but I cannot make exceptions to the policy.",
	"Leider ist Ihr Paket verspätet; wir helfen Ihnen gern.",
	"No puedo encontrar el pedido SO-1.",
]) {
	test(`no refusal: ${text}`, () => assert.equal(readLast(refusal, model(said(text))).value, 1));
}

test("what the provider marks as a refusal is one, whatever it says", () => {
	assert.equal(readLast(refusal, model(said("No.", { refusal: true }))).value, 0);
});

const call = [{ role: "assistant", parts: [{ type: "tool_call", name: "f", arguments: {} }] }];
for (const [title, output, value] of [
	["nothing in it", said(""), 0],
	["only blanks", said(" \n"), 0],
	["a call", call, 1],
	["words", said("ok"), 1],
	["plain text is another check's", "", undefined],
] as const) {
	test(`empty answers: ${title}`, () => assert.equal(readLast(emptyAnswer, model(output)).value, value));
}

const told = (content: string) => [
	{ role: "system", parts: [{ type: "text", content }] },
	{ role: "user", parts: [{ type: "text", content: "Return JSON only? What does JSON.parse return?" }] },
];
for (const [title, instructions, output, value] of [
	["JSON", "Reply with a JSON object and nothing else.", said('{"a": 1}'), 1],
	["in a fence", "Respond only with valid JSON.", said('```json\n{"a": 1}\n```'), 1],
	["prose", "Reply with a JSON object and nothing else.", said("The answer is 1."), 0],
	["half of it", "Antworte mit einem JSON-Objekt: nur JSON.", said('{"a": '), 0],
	["in Japanese", "JSON形式で答えてください。", said("答えは1です"), 0],
	["a tool is called first", "Reply with a JSON object.", call, undefined],
	["nobody asked for it", "You explain the JSON functions of JavaScript.", said("It parses."), undefined],
] as const) {
	test(`the format asked for: ${title}`, () =>
		assert.equal(readLast(formatAsked, model(output, told(instructions))).value, value));
}

test("the request's own format counts without any instructions", () => {
	const attributes = { [ATTR.outputType]: "json" };
	assert.equal(readLast(formatAsked, model(said("yes"), "q", attributes)).value, 0);
	assert.equal(readLast(formatAsked, model(said("[1]"), "q", attributes)).value, 1);
});

for (const [title, text, value] of [
	["sentences", "Die Bestellung ist unterwegs. ".repeat(12), 0],
	["Japanese sentences", "注文は発送されました。追跡番号を確認してください。".repeat(8), 0],
	["lines", "- call the function again\n".repeat(10), 0],
	["a loop at the end", `Here it is: ${"load(repo, ".repeat(20)}`, 0],
	["an honest list", Array.from({ length: 12 }, (_, at) => `Item ${at} costs ${at * 7} euros.`).join(" "), 1],
	[
		"a table",
		`| a | b |\n| --- | --- |\n${Array.from({ length: 9 }, (_, at) => `| ${at} | value ${at} |`).join("\n")}`,
		1,
	],
	["a ruler", `Heading\n${"-".repeat(150)}`, 1],
	["short ones say little", "Yes. Yes. Yes. Yes. Yes.", undefined],
] as const) {
	test(`repetition: ${title}`, () => assert.equal(readLast(repetition, model(said(text))).value, value));
}
