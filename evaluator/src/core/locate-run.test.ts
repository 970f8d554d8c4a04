import assert from "node:assert/strict";
import { test } from "node:test";
import { learnFromEvidence, locateWith } from "../testing/learn-from-evidence.ts";
import { type EvidenceSpec, makeEvidence } from "../testing/make-evidence.ts";
import type { LocateOptions, Verdict } from "./locate-run.ts";
import { presentVerdict } from "./present-verdict.ts";

const STEPS = [
	{ kind: "retrieval" },
	{ kind: "prompt_build" },
	{ kind: "model" },
	{ kind: "post_process" },
	{ kind: "render" },
] as const;

function verdictOf(spec: EvidenceSpec, options?: LocateOptions): Verdict {
	const healthy = Array.from({ length: 100 }, (_, at) =>
		makeEvidence({
			steps: STEPS,
			traceId: `h${at}`,
			outcome: "pass",
			local: STEPS.map((_, step) => ((at * 7 + step * 13) % 100) / 100 + 0.005),
			inherited: STEPS.map((_, step) => ((at * 11 + step * 17) % 100) / 100 + 0.005),
		}),
	);
	const evidence = makeEvidence({ traceId: "t", steps: STEPS, ...spec });
	return locateWith(evidence, learnFromEvidence([...healthy, evidence]), options);
}

const quiet = [0.6, 0.6, 0.6, 0.6, 0.6];
const ALIKE = ["a", "b", "c", "d", "e"].map((name) => ({ kind: "custom" as const, name }));

for (const [title, spec, kind] of [
	[
		"a failed run with one strange step",
		{ outcome: "fail", local: [1e-6, 0.6, 0.6, 0.6, 0.6], inherited: quiet },
		"fault",
	],
	[
		"a failed run whose five steps are all alike and ordinary",
		{ outcome: "fail", steps: ALIKE, local: quiet },
		"ambiguous",
	],
	["a failed run of which nothing was captured", { outcome: "fail" }, "no-coverage"],
	["a run nobody judged of which nothing was captured", { outcome: "unknown" }, "no-coverage"],
	["a run without steps", { outcome: "fail", steps: [] }, "no-coverage"],
	["a run that passed", { outcome: "pass", local: quiet }, "no-fault"],
	[
		"a run that passed although a step was strange",
		{ outcome: "pass", local: [1e-6, 0.6, 0.6, 0.6, 0.6] },
		"no-fault",
	],
	[
		"a run nobody judged with nothing strange",
		{ outcome: "unknown", local: quiet, inherited: quiet },
		"no-fault",
	],
	[
		"a run nobody judged with a plain fault",
		{ outcome: "unknown", local: [0.6, 0.6, 1e-6, 0.6, 0.6], inherited: [0.6, 0.6, 1e-5, 1e-5, 1e-5] },
		"fault",
	],
] as const satisfies readonly (readonly [string, EvidenceSpec, string])[]) {
	test(`says ${kind} of ${title}`, () => {
		const verdict = verdictOf(spec);
		assert.equal(verdict.kind, kind, JSON.stringify(verdict.candidates.slice(0, 3)));
		assert.equal(verdict.origin === null, kind !== "fault");
		const all = verdict.candidates.reduce((sum, candidate) => sum + candidate.probability, verdict.none);
		assert.ok(Math.abs(all - 1) < 1e-9);
		assert.deepEqual(
			verdict.candidates.map((candidate) => candidate.probability),
			verdict.candidates.map((candidate) => candidate.probability).toSorted((a, b) => b - a),
		);
		const named = verdict.candidates.filter((candidate) =>
			verdict.set90.includes(candidate.spanId ?? candidate.kind),
		);
		const held = named.reduce((sum, candidate) => sum + candidate.probability, 0);
		if (kind === "fault" || kind === "ambiguous") {
			assert.ok(held >= 0.9 * (1 - verdict.none) - 1e-9);
			assert.ok(held - (named.at(-1)?.probability ?? 0) < 0.9 * (1 - verdict.none), "no more than needed");
		} else assert.deepEqual(verdict.set90, []);
	});
}

test("what reached a step and what broke there account for every run", () => {
	const { steps, candidates, none } = verdictOf({
		outcome: "unknown",
		local: [0.01, 0.6, 0.2, 0.001, 0.6],
		inherited: quiet,
	});
	const unknown = candidates.find((candidate) => candidate.kind === "unknown")?.probability ?? 0;
	let left = 1;
	for (const { reached, broke } of steps) {
		assert.ok(Math.abs(reached - left) < 1e-9);
		left -= broke;
	}
	assert.ok(Math.abs(left - unknown - none) < 1e-9);
});

test("a step whose version changed is more suspect, and one without a known version is not", () => {
	const spec = { outcome: "fail", local: [0.6, 0.02, 0.6, 0.02, 0.6], inherited: quiet } as const;
	const of = (versions: readonly (readonly [string, string])[]) => {
		const { steps } = verdictOf(spec, { referenceVersions: new Map(versions) });
		return (steps[4]?.broke ?? 0) / (steps[2]?.broke ?? 1);
	};
	assert.ok(of([["post_process/post_process", "0"]]) > 1.5 * of([]));
	assert.equal(of([["post_process/post_process", "1"]]), of([]));
	assert.equal(of([["post_process/post_process", ""]]), of([]));
});

test("shows the origin's evidence first, and nothing of what is ordinary", () => {
	const { evidence } = verdictOf({
		outcome: "fail",
		local: [0.01, 0.6, 0.6, 0.6, 0.6],
		firm: [0.6, 0.6, 1e-8, 0.6, 0.6],
		inherited: [0.6, 0.6, 1e-6, 1e-4, 0.6],
	});
	assert.equal(evidence[0]?.step, "model");
	assert.ok(evidence.every(({ finding }) => (finding.z ?? 0) >= 1.5));
	assert.ok(evidence.length <= 8);
	assert.deepEqual(verdictOf({ outcome: "pass", local: [1e-8, 0.6, 0.6, 0.6, 0.6] }).evidence, []);
});

test("is presented in the documented shape, with nothing that JSON cannot hold", () => {
	for (const spec of [
		{ outcome: "fail", local: [1e-6, 0.6, 0.6, 0.6, 0.6] },
		{ outcome: "fail" },
		{ outcome: "pass", local: quiet },
	] as const) {
		const evidence = makeEvidence({ steps: STEPS, ...spec });
		const presented = presentVerdict(evidence.run, verdictOf(spec));
		assert.deepEqual(JSON.parse(JSON.stringify(presented)), presented);
		assert.deepEqual(Object.keys(presented), [
			"trace_id",
			"pipeline",
			"service_version",
			"outcome",
			"verdict",
			"origin",
			"candidates",
			"also",
			"set90",
			"evidence",
			"edges",
		]);
		assert.equal(presented.candidates.length, 7);
	}
});

test("a second fault elsewhere, which neither feeds the origin nor depends on it, is told too", () => {
	const steps = [
		{ kind: "retrieval", name: "a", links: [], startUs: 1, durationUs: 100 },
		{ kind: "retrieval", name: "b", links: [], startUs: 2, durationUs: 100 },
		{ kind: "model", name: "answer", links: ["s0", "s1"], startUs: 200, durationUs: 10 },
	] as const;
	const healthy = Array.from({ length: 100 }, (_, at) =>
		makeEvidence({
			traceId: `h${at}`,
			steps,
			outcome: "pass",
			local: steps.map((_, step) => ((at * 7 + step * 13) % 100) / 100 + 0.005),
		}),
	);
	const broken = Array.from({ length: 20 }, (_, at) =>
		makeEvidence({
			traceId: `b${at}`,
			steps,
			outcome: "fail",
			firm: [at % 2 === 0 ? 1e-6 : 0.6, at % 2 === 0 ? 0.6 : 1e-6, 0.6],
		}),
	);
	const both = makeEvidence({ traceId: "t", steps, outcome: "fail", firm: [1e-6, 1e-6, 0.6] });
	const model = learnFromEvidence([...healthy, ...broken, both]);
	const verdict = locateWith(both, model);
	const [one] = broken;
	assert.ok(one !== undefined);
	assert.deepEqual(locateWith(one, model).also, []);
	if (verdict.kind === "fault") assert.equal(verdict.also.length, 1);
	else
		assert.deepEqual(
			verdict.candidates
				.slice(0, 2)
				.map(({ step }) => step)
				.sort(),
			["a", "b"],
		);
});
