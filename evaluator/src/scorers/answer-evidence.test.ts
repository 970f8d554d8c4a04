import assert from "node:assert/strict";
import { test } from "node:test";
import { readLast } from "../testing/read-last.ts";
import {
	answerFigures,
	answerGrounded,
	citations,
	figuresKept,
	resultsContradicted,
	resultsUsed,
} from "./answer-evidence.ts";

const text = (role: string, content: string) => ({ role, parts: [{ type: "text", content }] });
const result = (response: unknown) => ({
	role: "tool",
	parts: [{ type: "tool_call_response", id: "c", response: JSON.stringify(response) }],
});
const order = { order_id: "SO-1", items: [{ name: "Kettle", quantity: 2, price: 34.9 }], shipping: 5.95 };
const model = (answer: string, ...more: readonly object[]) => [
	{
		kind: "model" as const,
		input: [
			text("system", "Quote amounts exactly. Returns within 30 days."),
			text("user", "How much?"),
			...more,
		],
		output: [text("assistant", answer)],
	},
];

for (const [title, answer, value, told] of [
	["as it was told, in another notation", "Ein Stück kostet 34,90 €.", 1, /are those/],
	["a price in front", "The kettle costs €34.90 apiece.", 1, /are those/],
	["the sum of two", "Im Ganzen 40,85 €.", 1, /follow from/],
	["two of them", "Both together cost 69.80 euros.", 1, /follow from/],
	["another number", "The kettle costs €43.90.", 0, /“€43.90”|“43.90”.*a tool said “34.9”/],
	["another number in Japanese", "価格は98.70円です。", 0, /98.70/],
	["a day and a year", "It arrives on May 23, 2026.", 1, /follow|are those/],
	["no numbers", "It is on its way.", undefined, /^$/],
] as const) {
	test(`tool results and the answer: ${title}`, () => {
		const found = readLast(resultsContradicted, model(answer, result(order)));
		if (value === 1 && found.value === undefined) return;
		assert.equal(found.value, value);
		assert.match(found.text, told);
	});
}

test("without a tool's result nothing is contradicted, but what stands nowhere is measured", () => {
	assert.equal(readLast(resultsContradicted, model("It costs 43.90.")).value, undefined);
	assert.equal(readLast(answerFigures, model("It costs 43.90 and SO-77.", result(order))).value, 0);
	assert.equal(readLast(answerFigures, model("SO-1 costs 34,90.", result(order))).value, 1);
});

test("results that the answer takes up, and those that it ignores", () => {
	const parcel = { parcel: "PX90", place: "Łódź" };
	assert.equal(
		readLast(resultsUsed, model("Your kettle is in Łódź.", result(order), result(parcel))).value,
		1,
	);
	assert.equal(readLast(resultsUsed, model("It is in Łódź.", result(order), result(parcel))).value, 0.5);
	assert.equal(readLast(resultsUsed, model("We do not know.", result(order), result(parcel))).value, 0);
});

const shown = text("system", "[returns-de] Rückgabe …\n[1] first document\n[2] second document");
for (const [title, answer, value] of [
	["a source that was shown", '{"answer": "ja", "sources": ["returns-de"]}', 1],
	["a source that was not", '{"answer": "ja", "sources": ["insurance-terms"]}', 0],
	["sources as objects, in a fence", '```json\n{"citations": [{"id": "insurance-terms"}]}\n```', 0],
	["a marker that was shown", "Thirty days [1].", 1],
	["a marker that was not", "Thirty days [7].", 0],
	["CJK brackets", "三十天【7】。", 0],
	["a link is no marker", "See [7](https://example.com).", undefined],
	["an index into a list", "Use items[0] for that.", undefined],
	["nothing is cited", "Thirty days.", undefined],
] as const) {
	test(`citations: ${title}`, () => {
		const found = readLast(citations, [
			{ kind: "model", input: [shown], output: [text("assistant", answer)] },
		]);
		if (title === "an index into a list") assert.ok(found.value === undefined || found.value === 0);
		else assert.equal(found.value, value);
	});
}

test("what was retrieved may be cited although the prompt does not show its id", () => {
	const steps = [
		{ kind: "retrieval" as const, output: [{ id: "p-9", content: "x" }] },
		{ kind: "model" as const, input: "Answer.", output: '{"sources": ["p-9", "p-8"]}' },
	];
	assert.match(readLast(citations, steps).text, /cites “p-8”/);
});

test("numbers that a later step changed or added", () => {
	const read = (output: string) =>
		readLast(figuresKept, [{ kind: "render", input: { answer: "34.90 and 1,200 and 80" }, output }]).value;
	assert.equal(read("<p>34,90 € und 1.200 und 80</p>"), 1);
	assert.equal(read("<p>34,90 € und 120 und 80</p>"), 1 - 1 / 3);
	assert.equal(read("<p>nothing</p>"), undefined);
});

test("an answer that no retrieved document holds", () => {
	const content =
		"Goods may be returned within thirty days of delivery and the return fee is kept by the shop.";
	const steps = (answer: string) => [
		{
			kind: "retrieval" as const,
			output: [
				{ id: "a", content },
				{ id: "b", content: "Something else altogether." },
			],
		},
		{ kind: "model" as const, input: content, output: answer, links: ["s0"] },
	];
	assert.equal(
		readLast(answerGrounded, steps("Goods may be returned within thirty days of delivery.")).value,
		1,
	);
	const invented = readLast(
		answerGrounded,
		steps("Our lawyers advise against any trade in used kitchen machines."),
	).value;
	assert.ok((invented ?? 1) < 0.2, String(invented));
});
