import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chainHazards } from "./chain-hazards.ts";

const outcome = {
	pipeline: "p",
	serviceVersion: "1",
	runs: 1000,
	failed: 145,
	unknown: 0,
	firstMs: 0,
	lastMs: 0,
};
const step = (name: string, executions: number, reached: number, broke: number) => ({
	pipeline: "p",
	serviceVersion: "1",
	step: name,
	kind: "custom",
	executions,
	reached,
	broke,
	versions: [],
});

describe("chainHazards", () => {
	it("keeps the identity between hazards and the end-to-end rate", () => {
		const { implied, stated, steps } = chainHazards(outcome, [
			step("a", 1000, 1000, 100),
			step("b", 1000, 900, 45),
		]);
		assert.equal(stated, 0.145);
		assert.ok(Math.abs((implied ?? 0) - 0.145) < 1e-12);
		assert.deepEqual(
			steps.map(({ hazard }) => hazard),
			[0.1, 0.05],
		);
	});

	it("keeps it where a step is executed by some runs only", () => {
		const { implied, steps } = chainHazards(outcome, [
			step("a", 1000, 1000, 100),
			step("sometimes", 200, 180, 45),
		]);
		assert.ok(Math.abs((implied ?? 0) - 0.145) < 1e-12);
		assert.equal(steps[1]?.hazard, 0.25);
	});

	it("falls short by what no check saw, and says nothing of no runs", () => {
		const { implied } = chainHazards(outcome, [step("a", 1000, 1000, 100)]);
		assert.ok(Math.abs((implied ?? 0) - 0.1) < 1e-12);
		const none = chainHazards({ ...outcome, runs: 0, failed: 0 }, [step("a", 0, 0, 0)]);
		assert.deepEqual([none.implied, none.stated, none.steps[0]?.hazard], [null, null, null]);
	});

	it("takes the rate over the runs that say how they ended", () => {
		assert.equal(chainHazards({ ...outcome, unknown: 710 }, []).stated, 0.5);
	});
});
