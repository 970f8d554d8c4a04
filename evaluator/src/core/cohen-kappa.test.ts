import assert from "node:assert/strict";
import { test } from "node:test";
import { cohenKappa } from "./cohen-kappa.ts";

const FIRST = [..."ffpppfppfppf"];
const SECOND = [..."fppppfpffppp"];
const WEIGHTS = [1, 2, 1, 3, 1, 1, 2, 5, 1, 1, 1, 0.5];

test("gives scikit-learn's values, weighted and not", () => {
	const pairs = FIRST.map((first, at) => ({ first, second: SECOND[at] ?? "", weight: WEIGHTS[at] ?? 1 }));
	// sklearn.metrics.cohen_kappa_score(first, second, sample_weight=…)
	assert.ok(Math.abs((cohenKappa(pairs) ?? 9) - 0.16547788873038516) < 1e-12);
	const alike = pairs.map(({ first, second }) => ({ first, second }));
	assert.ok(Math.abs((cohenKappa(alike) ?? 9) - 0.47058823529411764) < 1e-12);
});

test("is null where chance explains everything", () => {
	assert.equal(cohenKappa([]), null);
	assert.equal(cohenKappa([{ first: "pass", second: "pass" }]), null);
	assert.equal(cohenKappa([{ first: "pass", second: "fail" }]), 0);
	assert.throws(() => cohenKappa([{ first: "a", second: "a", weight: 0 }]), /weighs 0/);
});
