import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { rateRetrieval, retrievalMetrics } from "./retrieval-quality.ts";

/** scikit-learn 1.5: ndcg_score([[0, 1, 0, 1]], [[4, 3, 2, 1]]) = 0.6509209298071326. */
test("recall, nDCG and reciprocal rank against reference values", () => {
	const found = rateRetrieval(["a", "b", "c", "d"], ["b", "d"]);
	assert.equal(found?.recall, 1);
	assert.ok(Math.abs((found?.ndcg ?? 0) - 0.6509209298071326) < 1e-12);
	assert.equal(found?.reciprocalRank, 0.5);
});

test("a perfect ranking, a miss, a copy, and nothing to find", () => {
	assert.deepEqual(rateRetrieval(["a", "b"], ["a", "b"]), { recall: 1, ndcg: 1, reciprocalRank: 1 });
	assert.deepEqual(rateRetrieval(["x"], ["a"]), { recall: 0, ndcg: 0, reciprocalRank: 0 });
	assert.deepEqual(rateRetrieval(["a", "a"], ["a", "b"])?.recall, 0.5);
	assert.deepEqual(rateRetrieval([], ["a"]), { recall: 0, ndcg: 0, reciprocalRank: 0 });
	assert.equal(rateRetrieval(["a"], []), null);
	assert.equal(rateRetrieval(["a", "b"], ["b"], 1)?.recall, 0);
});

test("a fixture's right documents become metrics of the run, and without them there are none", () => {
	const run = makeRun({
		steps: [{ kind: "retrieval", output: [{ id: "x" }, { id: "a" }] }, { kind: "model" }],
	});
	assert.deepEqual(retrievalMetrics(run, null), {});
	const metrics = retrievalMetrics(run, ["a"]);
	assert.equal(metrics["retrieval_recall"], 1);
	assert.equal(metrics["retrieval_recall_at_1"], 0);
	assert.equal(metrics["retrieval_mrr"], 0.5);
	assert.equal(retrievalMetrics(makeRun(), ["a"])["retrieval_recall"], null);
});
