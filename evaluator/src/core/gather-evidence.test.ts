import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gatherPopulationEvidence } from "./gather-evidence.ts";
import type { Outcome, Run, Step } from "./trace.ts";
import type { EvidenceRun, Finding } from "./weigh-evidence.ts";

const P_VALUES = { firm: [null], local: [0.5], inherited: [null] };

function evidence(traceId: string, outcome: Outcome, findings: readonly Partial<Finding>[]): EvidenceRun {
	const complete = findings.map(
		(finding): Finding => ({
			scorer: "length",
			sort: "local",
			reads: "measure",
			strange: "low",
			value: 1,
			text: "",
			z: 0,
			p: 0.5,
			weight: 0,
			...finding,
		}),
	);
	return {
		run: { traceId, outcome } as Run,
		steps: [{ kind: "retrieval", name: "search" } as Step],
		sources: [[]],
		edges: [],
		matters: [true],
		strength: [0],
		findings: [complete],
		p: { reference: P_VALUES, own: P_VALUES },
	};
}

const isBaseline = (traceId: string): boolean => traceId.startsWith("a");

describe("evidence against a component in a population", () => {
	it("counts strange executions in the candidate's failing runs and in all of the baseline's", () => {
		const found = gatherPopulationEvidence(
			[
				evidence("a1", "pass", [{ p: 0.5 }]),
				evidence("a2", "fail", [{ p: 0.001 }]),
				evidence("b1", "fail", [{ p: 1e-6, text: "worst" }]),
				evidence("b2", "fail", [{ p: 0.01, text: "less" }]),
				evidence("b3", "pass", [{ p: 1e-9, text: "passed, so not counted" }]),
			],
			isBaseline,
			["retrieval/search"],
		);
		assert.deepEqual(found, [
			{
				origin: "retrieval/search",
				scorer: "length",
				candidate: { judged: 2, strange: 2 },
				baseline: { judged: 2, strange: 1 },
				text: "worst",
			},
		]);
	});

	it("counts a broken contract whatever weight it was left, and leaves out what could not be told", () => {
		const breach = { scorer: "schema", reads: "contract", value: 0, z: 0.1, text: "broken" } as const;
		const unknown = { scorer: "other", value: null, z: null, p: null } as const;
		const found = gatherPopulationEvidence([evidence("b1", "fail", [breach, unknown])], isBaseline, [
			"retrieval/search",
		]);
		assert.deepEqual(
			found.map((one) => [one.scorer, one.candidate.strange, one.text]),
			[["schema", 1, "broken"]],
		);
	});

	it("says nothing about components that were not named, or are as strange in the baseline", () => {
		const runs = [evidence("a1", "pass", [{ p: 1e-4 }]), evidence("b1", "fail", [{ p: 1e-4 }])];
		assert.deepEqual(gatherPopulationEvidence(runs, isBaseline, []), []);
		assert.deepEqual(gatherPopulationEvidence(runs, isBaseline, ["retrieval/search"]), []);
	});
});
