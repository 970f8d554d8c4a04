import assert from "node:assert/strict";
import { test } from "node:test";
import { cutPages } from "./cut-pages.ts";

const TEXT = "This sentence is long enough to be worth a page of its own.";

test("a file is cut at its headings, and a heading inside a code block is none", () => {
	const pages = cutPages(
		`# One\n${TEXT}\n\`\`\`sh\n# not a heading, a comment in the shell\n\`\`\`\n## Two\n${TEXT}`,
		{
			package: "p",
			file: "README",
		},
	);
	assert.deepEqual(
		pages.map(({ id, title }) => [id, title]),
		[
			["p/README#one", "p > One"],
			["p/README#two", "p > One > Two"],
		],
	);
	assert.match(pages[0]?.content ?? "", /# not a heading/);
});

test("headings of the same name get ids of their own, and empty sections none", () => {
	const pages = cutPages(`# A\n${TEXT}\n# Empty\n\n# A\n${TEXT}`, { package: "p", file: "f" });
	assert.deepEqual(
		pages.map(({ id }) => id),
		["p/f#a", "p/f#a-1"],
	);
});
