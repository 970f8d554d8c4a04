import assert from "node:assert/strict";
import { it } from "node:test";
import { BATCH, backOffMs, nextBatch } from "./back-off.ts";
import { Metrics } from "./metrics.ts";

it("waits twice as long after every failure, at most a minute, and never twice the same", () => {
	assert.deepEqual(
		[1, 2, 3, 4, 7, 50].map((failures) => [backOffMs(failures, 0), backOffMs(failures, 0.999999)]),
		[
			[500, 1_000],
			[1_000, 2_000],
			[2_000, 4_000],
			[4_000, 8_000],
			[30_000, 60_000],
			[30_000, 60_000],
		],
	);
});

it("takes more where rounds are full and quick, less where they are slow or fail", () => {
	assert.equal(nextBatch(200, 1_000, { full: true, failed: false }), 400);
	assert.equal(nextBatch(200, 1_000, { full: false, failed: false }), 200);
	assert.equal(nextBatch(800, 1_000, { full: true, failed: false }), BATCH.most);
	assert.equal(nextBatch(200, 30_000, { full: true, failed: false }), 100);
	assert.equal(nextBatch(30, 10, { full: false, failed: true }), BATCH.least);
});

it("writes metrics as Prometheus reads them", () => {
	const metrics = new Metrics();
	metrics.add("rounds_total", 1, { result: "ok" });
	metrics.add("rounds_total", 2, { result: "ok" });
	metrics.set("waiting_runs", 7);
	metrics.add("verdicts_total", 1, { verdict: 'a"b\\c\nd' });
	assert.equal(
		metrics.render(),
		`# HELP faultline_evaluator_rounds_total Rounds of looking for new runs, by result.
# TYPE faultline_evaluator_rounds_total counter
faultline_evaluator_rounds_total{result="ok"} 3
# HELP faultline_evaluator_verdicts_total Verdicts that were written, by kind.
# TYPE faultline_evaluator_verdicts_total counter
faultline_evaluator_verdicts_total{verdict="a\\"b\\\\c\\nd"} 1
# HELP faultline_evaluator_waiting_runs Settled runs without a verdict when the last round began, of all copies.
# TYPE faultline_evaluator_waiting_runs gauge
faultline_evaluator_waiting_runs 7
`,
	);
});
