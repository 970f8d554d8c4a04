import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { decideGate } from "../core/gate.ts";
import { completePolicy } from "../core/gate-policy.ts";
import { type Blame, type PresentedGate, presentGate } from "../core/present-gate.ts";
import { type CaseSpec, makeEvaluation, NOON_MS } from "../testing/make-evaluation.ts";
import { renderAnnotations } from "./render-annotations.ts";
import { renderJUnit } from "./render-junit.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { renderTerminal } from "./render-terminal.ts";

const cells = (passing: number, failing: number): CaseSpec[][] => [
	...Array.from({ length: passing }, () => [{ steps: { search: true, render: true } }]),
	...Array.from({ length: failing }, () => [
		{ outcome: "fail" as const, steps: { search: true, render: false } },
	]),
];
const baseline = makeEvaluation(cells(100, 0), {
	evalId: "system-1",
	serviceVersion: "1",
	startedAt: NOON_MS - 86_400_000,
	finishedAt: NOON_MS - 86_400_000,
});
const POLICY = completePolicy({
	rows: [
		{ kind: "outcome", margin: 0.05 },
		{ kind: "steps", margin: 0.05 },
	],
});

const present = (
	failing: number,
	blame: Blame | null,
	from: typeof baseline | null = baseline,
): PresentedGate =>
	presentGate(
		decideGate(makeEvaluation(cells(100 - failing, failing), { evalId: "system-2" }), from, POLICY, {
			now: NOON_MS,
		}),
		blame,
	);

const BLAME: Blame = {
	source: "compare",
	kind: "component",
	steps: ["render"],
	evidence: ['render: shows `[object Object]` where <p> was | said "hello" & more, @channel'],
	bisect: {
		replays: 4,
		fixtures: [
			{
				fixture: "f0099",
				result: "passes with render pinned to what was recorded (4 replays)",
				steps: ["render"],
			},
		],
	},
	traces: [
		{ fixture: "f0099", trace_id: "abc", url: "http://127.0.0.1:4319/runs/abc" },
		{ fixture: "f0098", trace_id: "def", url: null },
	],
};

describe("the terminal", () => {
	it("shows what was compared, every row with its reason, and which component to look at", () => {
		assert.equal(
			renderTerminal(present(12, BLAME)),
			`Gate of docs-answer: FAIL

  candidate  system-2 (2 4f2a), 2026-05-01: 100 fixtures × 1, 100 of 100 completed
  baseline   system-1 (1 4f2a), 2026-04-30: 100 fixtures × 1, 100 of 100 completed

  ✗ end to end   100.0 % -> 88.0 % (−12.0 pt)
                 Worse: 12 of 100 fixtures got worse, 0 better; chance alone does that with p < 0.001. It may be −18.7 pt; 5 pt are allowed.
  ✓ step search  100.0 % -> 100.0 % (+0.0 pt)
                 At worst −3.0 pt; 5 pt are allowed.
  ✗ step render  100.0 % -> 88.0 % (−12.0 pt)
                 Worse: 12 of 100 fixtures got worse, 0 better; chance alone does that with p < 0.001. It may be −18.7 pt; 5 pt are allowed.

=> Blocked: worse in end to end, step render.
   Look at render.
   - render: shows \`[object Object]\` where <p> was | said "hello" & more, @channel
   - replayed f0099: passes with render pinned to what was recorded (4 replays)
   f0099: http://127.0.0.1:4319/runs/abc
   f0098: faultline locate --trace def
`,
		);
	});

	it("says what size would settle an open row", () => {
		const text = renderTerminal(present(2, null));
		assert.match(text, /^Gate of docs-answer: INCONCLUSIVE$/m);
		assert.match(
			text,
			/Open: it may be −6\.2 pt, and 5 pt are allowed; 2 of 100 fixtures got worse, 0 better\. About \d+ fixtures × 1 trials would settle it \(now 100 × 1\)/,
		);
		assert.match(text, /^=> Blocked, because it cannot be told: open in end to end, step render\.$/m);
	});

	it("says why a baseline is refused, and shows no rows that were not compared", () => {
		const text = renderTerminal(present(0, null, null));
		assert.match(text, /! there is no baseline to compare with/);
		assert.match(text, /3 rows could not be compared/);
		assert.doesNotMatch(text, /step search/);
		assert.match(text, /=> Blocked, because it cannot be told: there is no baseline\.$/m);
	});

	it("says so when everything holds", () => {
		assert.match(
			renderTerminal(present(0, null)),
			/^=> Passed: all 3 rows hold over 100 fixtures × 1 trials, against system-1\.$/m,
		);
	});
});

describe("JUnit XML", () => {
	interface Suite {
		readonly testsuites: {
			readonly testsuite: {
				readonly "@_failures": string;
				readonly testcase: readonly {
					readonly "@_name": string;
					readonly failure?: { readonly "@_type": string; readonly "#text": string };
					readonly "system-out"?: string;
				}[];
			};
		};
	}
	const parse = (gate: PresentedGate): Suite["testsuites"]["testsuite"] => {
		const xml = renderJUnit(gate);
		assert.equal(XMLValidator.validate(xml), true);
		return (
			new XMLParser({ ignoreAttributes: false, isArray: (name) => name === "testcase" }).parse(xml) as Suite
		).testsuites.testsuite;
	};

	it("is well formed and has a failing case for every row that blocks", () => {
		const suite = parse(present(12, BLAME));
		assert.equal(suite["@_failures"], "2");
		assert.deepEqual(
			suite.testcase.map((one) => [one["@_name"], one.failure?.["@_type"] ?? null]),
			[
				["effective n and baseline", null],
				["end to end", "fail"],
				["step search", null],
				["step render", "fail"],
				["component to look at", null],
			],
		);
		assert.match(suite.testcase[1]?.failure?.["#text"] ?? "", /12 of 100 fixtures got worse/);
	});

	it("keeps every character that a name may hold, and drops what XML cannot", () => {
		const gate = { ...present(2, null), pipeline: `a<b>&"c'\u0007\ud800\n]]>é` };
		const suite = parse(gate);
		assert.equal(suite["@_failures"], "2");
		assert.ok(renderJUnit(gate).includes("a&lt;b&gt;&amp;&quot;c'\ufffd\ufffd&#10;]]&gt;é"));
	});

	it("a refused baseline is a failing case of its own", () => {
		const suite = parse(present(0, null, null));
		assert.match(suite.testcase[0]?.failure?.["#text"] ?? "", /there is no baseline/);
	});
});

describe("Markdown for a pull request", () => {
	it("leads with the verdict and the component, and lets no recorded text become markup or a mention", () => {
		const lines = renderMarkdown(present(12, BLAME)).split("\n");
		assert.deepEqual(lines.slice(0, 13), [
			"## ❌ Faultline gate: docs-answer",
			"",
			"**Blocked: worse in end to end, step render.**",
			"",
			"Look at **`render`**:",
			"",
			'- render: shows \\`\\[object Object\\]\\` where \\<p\\> was \\| said "hello" & more, @\u200bchannel',
			"- replayed `f0099`: passes with render pinned to what was recorded (4 replays)",
			"- [fixture f0099](http://127.0.0.1:4319/runs/abc)",
			"- fixture `f0098`: `faultline locate --trace def`",
			"",
			"| | row | baseline → candidate | why |",
			"|---|---|---|---|",
		]);
		assert.match(
			lines[14] ?? "",
			/^\| ✅ \| step search \| 100\.0 % -\\> 100\.0 % \(\+0\.0 pt\) \| At worst/,
		);
	});
});

describe("GitHub annotations", () => {
	it("put the component first, and keep a message with line breaks in one command", () => {
		const lines = renderAnnotations(present(12, BLAME)).split("\n");
		assert.equal(lines.length, 3);
		assert.ok(
			lines[0]?.startsWith(
				"::error title=Faultline%3A look at render::Blocked: worse in end to end, step render.%0Arender: shows",
			),
		);
		assert.ok(
			lines.every((line) => /^::(error|warning) title=[^:,]+::/.test(line)),
			lines.join("\n"),
		);
		assert.ok(lines[1]?.includes("100.0 %25 -> 88.0 %25"));
	});

	it("are none where everything passes", () => {
		assert.equal(renderAnnotations(present(0, null)), "");
	});
});
