import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { markup } from "./markup.ts";

for (const [title, step, value, text] of [
	["a tag that is not closed", { kind: "render", output: "<p><b>bold</p>" }, 0, /broken/],
	["a page that was cut", { kind: "render", output: "<ul><li>one<li>two" }, 0, /<ul> is not closed/],
	[
		"end tags that may be left out",
		{ kind: "render", output: "<ul><li>one<li>two</ul><p>a<p>b<br><svg><path/></svg>" },
		1,
		/well formed/,
	],
	[
		"an attribute that is broken",
		{ kind: "render", output: '<a href="x" href="y">z</a>' },
		0,
		/duplicate-attribute/,
	],
	[
		"links without a target",
		{ kind: "render", output: '<a href="undefined">a</a> <a href="">b</a>' },
		0,
		/2 links/,
	],
	[
		"JSON text with broken markup",
		{ kind: "render", output: JSON.stringify("<p class=>x</p>") },
		0,
		/missing-attribute-value/,
	],
	[
		"well-formed markup",
		{ kind: "render", output: '<p>See <a href="https://example.com/a">this</a> &amp; that.</p>' },
		1,
		/well formed/,
	],
	[
		"a page that was too long to be recorded whole",
		{
			kind: "render",
			output: "<ul><li>one",
			attributes: { [`${ATTR.stepOutput}${CUT_BYTES_SUFFIX}`]: "200000" },
		},
		null,
		/too long/,
	],
	["plain text is no markup", { kind: "render", output: "1 < 2 and 3 > 2" }, undefined, /^$/],
	["another kind of step", { kind: "model", output: "<p><b>" }, undefined, /^$/],
	["nothing was captured", { kind: "render" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`markup: ${title}`, () => {
		const found = readLast(markup, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
