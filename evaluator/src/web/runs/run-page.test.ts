import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PresentedVerdict } from "../../core/present-verdict.ts";
import type { Run } from "../../core/trace.ts";
import { makeRun } from "../../testing/make-run.ts";
import { runPage } from "./run-page.ts";

const page = (run: Run, more: Partial<Parameters<typeof runPage>[0]> = {}): string =>
	String(
		runPage({
			run,
			verdict: null,
			scores: [],
			twin: null,
			sameOrigin: [],
			similarInputs: [],
			allSteps: false,
			ratePath: null,
			...more,
		}),
	);

const verdictAt = (spanId: string): PresentedVerdict => ({
	trace_id: "t",
	pipeline: "docs-answer",
	service_version: "1",
	outcome: "fail",
	verdict: "fault",
	origin: {
		span_id: spanId,
		step: "x",
		kind: "custom",
		probability: 0.9,
		component_version: "",
		verified: true,
	},
	candidates: [
		{ span_id: spanId, step: "x", kind: "custom", probability: 0.9 },
		{ span_id: null, step: "input", kind: "input", probability: 0.1 },
	],
	also: [],
	set90: [spanId],
	evidence: [],
	edges: [],
});

describe("the page of a run", () => {
	it("lays what a step put out beside a passing run and over what was used of it", () => {
		const steps = (price: string): Parameters<typeof makeRun>[0] => ({
			steps: [
				{ name: "look_up", kind: "tool_call", output: `the blue kettle costs ${price} euros today` },
				{ name: "write", kind: "model", input: "kettle costs euros", links: ["s0"] },
			],
		});
		const text = page(makeRun(steps("12")), { twin: { ...makeRun(steps("19")), traceId: "other" } });
		assert.match(text, /costs <del>19<\/del><ins>12<\/ins> euros/);
		assert.match(text, /What write got of it: 3 of 7 words/);
		assert.match(text, /<del>the blue <\/del>kettle costs <del>12 <\/del>euros <del>today<\/del>/);
	});

	it("shows a fault in a hand-off at the step that received it, and that replay has verified it", () => {
		const text = page(makeRun({ steps: [{ name: "a" }, { name: "b" }] }), { verdict: verdictAt("s0->s1") });
		assert.match(text, /verified by replay/);
		assert.match(text, /<details class="step" id="s1" open>/);
		assert.doesNotMatch(text, /<details class="step" id="s0" open>/);
		assert.match(text, /href="#s1">Go there/);
	});

	it("says so where nothing was recorded, or no span is a step", () => {
		assert.match(page(makeRun({ steps: [{ name: "a" }] })), /Not recorded/);
		assert.match(page(makeRun({ steps: [{ name: "GET", kind: "" }] })), /No span of this run is a step/);
		assert.match(page(makeRun()), /Not judged yet/);
	});

	it("stays small and quick over ten thousand steps, and still shows where it began", () => {
		const steps = Array.from({ length: 10_000 }, (_, at) => ({
			name: `step ${at % 50}`,
			kind: at % 2 === 0 ? ("model" as const) : ("tool_call" as const),
			input: `input ${at} of a long conversation`,
			output: `output ${at} of a long conversation`,
			links: at === 0 ? [] : [`s${at - 1}`],
		}));
		const started = performance.now();
		const text = page(makeRun({ steps }), { verdict: verdictAt("s7000") });
		const took = performance.now() - started;
		assert.ok(text.length < 1_500_000, `${text.length} characters`);
		assert.match(text, /<details class="step" id="s7000" open>/);
		assert.match(text, /120 of 10000 steps/);
		assert.match(text, /The first 500 are shown/);
		assert.ok(took < 5000, `${took} ms`);
	});
});
