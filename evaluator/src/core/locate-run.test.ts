import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvidenceSpec, makeEvidence } from "../testing/make-evidence.ts";
import { type LocateOptions, locateRun, type Verdict } from "./locate-run.ts";
import { learnOrigins } from "./origin-mixture.ts";
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
			outcome: "pass",
			local: STEPS.map((_, step) => ((at * 7 + step * 13) % 100) / 100 + 0.005),
			inherited: STEPS.map((_, step) => ((at * 11 + step * 17) % 100) / 100 + 0.005),
		}),
	);
	const mixture = learnOrigins([...healthy, makeEvidence({ steps: STEPS, ...spec })]);
	const likelihood = mixture.likelihoods.at(-1);
	assert.ok(likelihood !== undefined);
	return locateRun(likelihood, mixture, options);
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
	const input = candidates.find((candidate) => candidate.kind === "input")?.probability ?? 0;
	const unknown = candidates.find((candidate) => candidate.kind === "unknown")?.probability ?? 0;
	let left = 1 - input;
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
		return (steps[3]?.broke ?? 0) / (steps[1]?.broke ?? 1);
	};
	assert.ok(Math.abs(of([["post_process/post_process", "0"]]) / of([]) - 3) < 1e-6);
	assert.equal(of([["post_process/post_process", "1"]]), of([]));
	assert.equal(of([["post_process/post_process", ""]]), of([]));
});

test("shows the origin's evidence first, and nothing of what is ordinary", () => {
	const { evidence } = verdictOf({
		outcome: "fail",
		local: [0.01, 0.6, 1e-8, 0.6, 0.6],
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
			"set90",
			"evidence",
		]);
		assert.equal(presented.candidates.length, 7);
	}
});
