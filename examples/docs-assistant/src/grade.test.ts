import assert from "node:assert/strict";
import { test } from "node:test";
import { gradeAnswer, visibleText } from "./grade.ts";
import { createRenderer } from "./render-html.ts";

const QUESTION = {
	id: "q",
	question: "How often?",
	package: "@scope/p",
	expected_page: "@scope/p/README#a-<b>",
	expected_content: ["Five times||5 times", "`maxRetries`"],
};

const page = (text: string, citations: string[]): string =>
	createRenderer()({ answer: text, statements: [{ text, citations }], citations });

for (const [title, html, expected] of [
	[
		"the content in another wording and the link",
		page("It is 5  TIMES, see `maxRetries`.", ["@scope/p/README#a-<b>"]),
		"pass",
	],
	["content without the link", page("It is 5 times, see `maxRetries`.", []), "fail"],
	["the link without all of the content", page("It is 5 times.", ["@scope/p/README#a-<b>"]), "fail"],
	["the link to another page", page("It is 5 times, see `maxRetries`.", ["@scope/p/README#other"]), "fail"],
	["content that only an attribute holds", `<p title="5 times maxRetries">?</p>`, "fail"],
	["nothing", "", "fail"],
] as const) {
	test(`an answer with ${title} is graded ${expected}`, () => {
		assert.equal(gradeAnswer(html, QUESTION), expected);
	});
}

test("text of an answer cannot become markup, and reads as it was written", () => {
	const html = page(`<script>alert("1 & 2")</script>`, []);
	assert.ok(!html.includes("<script"));
	assert.equal(visibleText(html).trim(), `<script>alert("1 & 2")</script>`);
});
