import assert from "node:assert/strict";
import { test } from "node:test";
import { type DrawOptions, drawEvaluations } from "../testing/draw-evaluations.ts";
import { NOON_MS } from "../testing/make-evaluation.ts";
import { decideGate } from "./gate.ts";
import type { GateVerdict } from "./gate-decision.ts";
import { completePolicy, type GatePolicy } from "./gate-policy.ts";
import { mean } from "./moments.ts";
import { seededRandom } from "./random.ts";

// docs/gate.md has the large tables (npm run bench:gate-error-rates).

const SEEDS = 200;
const OUTCOME = completePolicy({ rows: [{ kind: "outcome", margin: 0.05 }], earlyStop: false });

type Design = Omit<DrawOptions, "loss" | "how" | "failing">;

function verdicts(
	design: Design,
	change: Pick<DrawOptions, "loss" | "how">,
	policy: GatePolicy,
): Record<GateVerdict, number> {
	const rates = { pass: 0, fail: 0, inconclusive: 0 };
	for (let seed = 1; seed <= SEEDS; seed++) {
		const drawn = drawEvaluations({ ...design, ...change, failing: 0.05 }, seededRandom(seed));
		rates[decideGate(drawn.candidate, drawn.baseline, policy, { now: NOON_MS, sizes: false }).verdict] +=
			1 / SEEDS;
	}
	return rates;
}

/** Random flips take their time. */
const LATENCY_SEEDS = 80;

/** Three standard errors above the promised 5 %. */
const AT_MOST = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / SEEDS);

const DESIGNS: readonly Design[] = [
	{ fixtures: 60, trials: 1, flaky: 0 },
	{ fixtures: 106, trials: 4, flaky: 0.1, shared: 0.5 },
	{ fixtures: 106, trials: 4, flaky: 0.3 },
	{ fixtures: 200, trials: 1, flaky: 0.2 },
];

for (const design of DESIGNS) {
	const name = `${design.fixtures} fixtures × ${design.trials}, ${100 * design.flaky} % flaky${design.shared ? ", sides in common" : ""}`;

	test(`calls an unchanged candidate worse in at most 5%, and passes one at the margin in at most 5%: ${name}`, (t) => {
		const same = verdicts(design, { loss: 0, how: "break" }, OUTCOME);
		const some = verdicts(design, { loss: 0.05, how: "break" }, OUTCOME);
		const all = verdicts(design, { loss: 0.05, how: "erode" }, OUTCOME);
		t.diagnostic(
			`unchanged fails ${same.fail.toFixed(3)}; at the margin passes ${some.pass.toFixed(3)} and ${all.pass.toFixed(3)}`,
		);
		assert.ok(same.fail <= AT_MOST, `unchanged: ${same.fail}`);
		assert.ok(some.pass <= AT_MOST && all.pass <= AT_MOST, `at the margin: ${some.pass}, ${all.pass}`);
	});
}

test("the chance of passing that the gate prints is the one that an unchanged candidate has", (t) => {
	for (const design of DESIGNS.slice(1)) {
		const powers: number[] = [];
		for (let at = 0; at < 6; at++) {
			const drawn = drawEvaluations(
				{ ...design, loss: 0, how: "break", failing: 0.05 },
				seededRandom(10_000 + at),
			);
			// Null where the row failed, and one trial does not say how it scatters.
			const { power } =
				decideGate(drawn.candidate, drawn.baseline, OUTCOME, { now: NOON_MS }).rows[0]?.size ?? {};
			if (typeof power === "number") powers.push(power);
		}
		const promised = mean(powers) ?? Number.NaN;
		const { pass } = verdicts(design, { loss: 0, how: "break" }, OUTCOME);
		t.diagnostic(`promised ${promised.toFixed(3)}, found ${pass.toFixed(3)}`);
		assert.ok(Math.abs(promised - pass) <= 0.1, `promised ${promised}, found ${pass}`);
	}
});

test("blocks twice the margin, and with six step rows more an unchanged candidate still fails in at most 5%", (t) => {
	const steps = ["search", "tool", "prompt", "model", "parse", "render"];
	const policy = completePolicy({
		rows: [
			{ kind: "outcome", margin: 0.05 },
			{ kind: "steps", margin: 0.05 },
		],
	});
	const design = { fixtures: 106, trials: 4, flaky: 0.3, steps };
	const same = verdicts(design, { loss: 0, how: "break" }, policy);
	const worse = verdicts(design, { loss: 0.1, how: "break" }, policy);
	t.diagnostic(
		`seven rows: unchanged fails ${same.fail.toFixed(3)}; 10 points worse passes ${worse.pass.toFixed(3)}, fails ${worse.fail.toFixed(3)}`,
	);
	assert.ok(same.fail <= AT_MOST);
	assert.ok(worse.pass <= 0.01 && worse.fail >= 0.8);
});

test("a latency row keeps both error rates where latencies are skewed and fixtures differ", (t) => {
	const policy = completePolicy({
		rows: [{ kind: "metric", metric: "ms", better: "lower", margin: 0.1, scale: { kind: "ratio" } }],
		earlyStop: false,
	});
	const rate = (slower: number, wanted: GateVerdict): number => {
		let count = 0;
		for (let seed = 1; seed <= LATENCY_SEEDS; seed++) {
			const random = seededRandom(seed);
			const drawn = drawEvaluations(
				{ fixtures: 40, trials: 2, flaky: 0, failing: 0, loss: 0, how: "break" },
				random,
			);
			const levels = new Map(
				drawn.baseline.cases.map(({ fixtureId }) => [fixtureId, 100 * Math.exp(random() * 3)]),
			);
			// A shifted exponential: never below its level, now and then far above.
			const timed = (side: typeof drawn.baseline, factor: number): typeof drawn.baseline => ({
				...side,
				cases: side.cases.map((one) => ({
					...one,
					metrics: { ms: factor * (levels.get(one.fixtureId) ?? 1) * (1 - 0.3 * Math.log(1 - random())) },
				})),
			});
			const decision = decideGate(timed(drawn.candidate, slower), timed(drawn.baseline, 1), policy, {
				now: NOON_MS,
				sizes: false,
			});
			if (decision.verdict === wanted) count++;
		}
		return count / LATENCY_SEEDS;
	};
	const [failing, passing] = [rate(1, "fail"), rate(1.1, "pass")];
	t.diagnostic(`40 fixtures × 2: unchanged fails ${failing}, a tenth slower passes ${passing}`);
	const atMost = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / LATENCY_SEEDS);
	assert.ok(failing <= atMost && passing <= atMost);
});
