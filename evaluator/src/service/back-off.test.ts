import assert from "node:assert/strict";
import { it } from "node:test";
import { backOffMs } from "./back-off.ts";
import { Metrics } from "./metrics.ts";
import { FIRST_BITE, nextBite } from "./next-bite.ts";

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

it("takes more where rounds are full and quick, compares with fewer where they are slow, and only then takes less", () => {
	const quick = { full: true, failed: false };
	assert.deepEqual(nextBite(FIRST_BITE, 1_000, quick), { fresh: 400, compared: 1_000 });
	assert.deepEqual(nextBite({ fresh: 800, compared: 500 }, 1_000, quick), { fresh: 1_000, compared: 500 });
	assert.deepEqual(nextBite(FIRST_BITE, 1_000, { full: false, failed: false }), {
		fresh: 200,
		compared: 2_000,
	});
	assert.deepEqual(nextBite(FIRST_BITE, 10_000, quick), FIRST_BITE);
	const slow = nextBite(FIRST_BITE, 30_000, quick);
	assert.deepEqual(slow, { fresh: 200, compared: 500 });
	assert.deepEqual(nextBite(slow, 30_000, quick), { fresh: 100, compared: 500 });
	assert.deepEqual(nextBite({ fresh: 30, compared: 500 }, 10, { full: false, failed: true }), {
		fresh: 25,
		compared: 500,
	});
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
