import assert from "node:assert/strict";
import { test } from "node:test";
import { DOCUMENTED_PACKAGES, findPackage, readCorpus } from "./corpus.ts";
import { normalise } from "./grade.ts";
import { describePackage, packagePageId } from "./package-info.ts";
import { readQuestions } from "./question.ts";

const HERE = import.meta.dirname;
const pages = readCorpus(DOCUMENTED_PACKAGES, HERE);
const contents = new Map(pages.map((page) => [page.id, normalise(page.content)]));
const questions = readQuestions(HERE);

test("the corpus has hundreds of pages of several packages, each with an id of its own, in the same order every time", () => {
	assert.ok(pages.length >= 500, `${pages.length} pages`);
	assert.equal(contents.size, pages.length);
	assert.deepEqual([...new Set(pages.map((page) => page.package))], [...DOCUMENTED_PACKAGES]);
	assert.deepEqual(readCorpus(DOCUMENTED_PACKAGES, HERE), pages);
});

test("there are at least 70 questions, at least 15 of which only package_info can answer, some of them streamed", () => {
	assert.ok(questions.length >= 70, `${questions.length} questions`);
	assert.equal(new Set(questions.map(({ id }) => id)).size, questions.length);
	const needTool = questions.filter((question) => question.expected_page === packagePageId(question.package));
	assert.ok(needTool.length >= 15, `${needTool.length} questions`);
	assert.ok(questions.some(({ stream }) => stream === true));
});

test("every question's expected page exists and holds the expected content", () => {
	for (const question of questions) {
		const { id, expected_page: pageId, package: name, expected_content: expected } = question;
		const facts = describePackage(name, findPackage(name, HERE).manifest);
		const content =
			pageId === packagePageId(name)
				? normalise(`${Object.values(facts).join(" ")} runtime`)
				: contents.get(pageId);
		assert.ok(content !== undefined, `${id}: no page ${pageId}`);
		assert.ok(
			expected.length > 0 && !expected.some((wording) => wording.includes("{v")),
			`${id}: ${expected}`,
		);
		for (const wordings of expected) {
			const found = wordings.split("||").some((wording) => {
				// A count is a fact of the tool's; the word behind it is the prompt's.
				return content.includes(normalise(wording.replace(/ runtime$/, "")));
			});
			assert.ok(found, `${id}: ${pageId} does not hold "${wordings}"`);
		}
	}
});

test("a package that is not installed is an error that says what to do", () => {
	assert.throws(() => findPackage("no-such-package-here", HERE), /no-such-package-here .* run npm ci/);
});
