import assert from "node:assert/strict";
import { test } from "node:test";
import { answerFrom } from "./model.ts";
import { Reader, splitSentences } from "./reading.ts";

const READER = new Reader({
	attributes: [
		{
			key: "noise",
			ask: ["how loud is the {e}"],
			tell: ["the {e} stays at {v}.", "its noise level is {v}."],
		},
		{ key: "weight", ask: ["what does the {e} weigh"], tell: ["{e} weighs {v}."] },
	],
	pronouns: ["it"],
});
const PASSAGES = [
	{ marker: "1", title: "Lumo 10", text: "The Lumo 10 stays at 40 dB. Lumo 10 weighs 3.5 kg." },
	{ marker: "2", title: "Lumo 20", text: "It weighs 7 kg. Its noise level is 55 dB." },
];
const answer = (question: string, guesses = false, slips = false): unknown =>
	answerFrom(READER, question, PASSAGES, { guesses, slips: () => slips, random: () => 0 }).map(
		({ value, marker }) => [value, marker],
	);

test("a question is answered from the passage that tells it, by name or by the passage's title", () => {
	assert.deepEqual(answer("How loud is the lumo 20, and what does the Lumo 10 weigh?"), [
		["55 dB", "2"],
		["3.5 kg", "1"],
	]);
	assert.deepEqual(answer("what does the Lumo 20 weigh?"), [["7 kg", "2"]]);
});

test("what no passage tells is not answered, unless the model guesses from its neighbours", () => {
	assert.deepEqual(answer("How loud is the Vento 9?"), [[null, null]]);
	assert.deepEqual(answer("How loud is the Vento 9?", true), [["40 dB", "1"]]);
	assert.deepEqual(answer("Is it any good?"), []);
});

test("a slip says a neighbour's value", () => {
	assert.deepEqual(answer("How loud is the Lumo 10?", false, true), [["55 dB", "2"]]);
});

test("a full stop in a number ends no sentence", () => {
	assert.deepEqual(splitSentences("It weighs 3.5 kg. The end.\n- A list"), [
		"It weighs 3.5 kg.",
		"The end.",
		"A list",
	]);
});
