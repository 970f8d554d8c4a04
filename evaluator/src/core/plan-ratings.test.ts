import assert from "node:assert/strict";
import { test } from "node:test";
import { planRatings, type RatableRun } from "./plan-ratings.ts";
import { seededRandom } from "./random.ts";

function runs(count: number, judged: (at: number) => readonly number[], stratum = "41"): RatableRun[] {
	const random = seededRandom(4);
	return Array.from({ length: count }, (_, at) => ({
		traceId: `${stratum}-${at}`,
		stratum,
		draw: random(),
		judged: judged(at),
	}));
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

test("chances add up to the target in every stratum, and a small stratum is rated whole", () => {
	const plan = planRatings([...runs(900, (at) => [at % 10 === 0 ? 1 : 0]), ...runs(30, () => [0], "42")], {
		target: 60,
	});
	const [old, young] = [plan.slice(0, 900), plan.slice(900)];
	assert.ok(Math.abs(sum(old.map(({ probability }) => probability)) - 60) < 1e-9);
	assert.ok(
		young.every(
			({ probability, chosen, reason }) => probability === 1 && chosen && reason === "stratum-behind",
		),
	);
});

test("what a rating would tell most about is chosen most often, and nothing is out of the question", () => {
	const plan = planRatings(
		runs(1000, (at) => (at % 10 === 0 ? [1, 1] : at % 10 === 1 ? [1, 0] : [0, 0])),
		{ target: 100 },
	);
	const chance = (at: number): number => plan[at]?.probability ?? 0;
	assert.ok(chance(1) > chance(0) && chance(0) > chance(2));
	assert.equal(plan[1]?.reason, "judges-disagree");
	assert.equal(plan[0]?.reason, "judge-unsure");
	assert.equal(plan[2]?.reason, "spread");
	assert.ok(Math.min(...plan.map(({ probability }) => probability)) >= 0.04 - 1e-9);
});

test("a larger plan keeps what a smaller one chose, in the same order", () => {
	const all = runs(800, (at) => [at % 7 === 0 ? 0.6 : 0.05]);
	const few = planRatings(all, { target: 40 }).filter(({ chosen }) => chosen);
	const many = planRatings(all, { target: 80 }).filter(({ chosen }) => chosen);
	const order = (plan: typeof few): string[] =>
		plan.toSorted((a, b) => a.order - b.order).map(({ traceId }) => traceId);
	assert.deepEqual(order(many).slice(0, few.length), order(few));
});

test("runs are chosen as often as their chance says, and the order says nothing of the chance", (t) => {
	const random = seededRandom(9);
	const base = runs(300, (at) => [at % 5 === 0 ? 1 : 0]);
	const trials = 2000;
	let [unsure, other, early] = [0, 0, 0];
	for (let trial = 0; trial < trials; trial++) {
		const plan = planRatings(
			base.map((run) => ({ ...run, draw: random() })),
			{ target: 60 },
		);
		if (plan[0]?.chosen) unsure++;
		if (plan[1]?.chosen) other++;
		if (plan[0]?.chosen && plan[0].order < 0.5) early++;
	}
	const [first, second] = planRatings(base, { target: 60 });
	t.diagnostic(
		`chosen ${unsure / trials} at ${first?.probability}, ${other / trials} at ${second?.probability}`,
	);
	assert.ok(Math.abs(unsure / trials - (first?.probability ?? 9)) < 0.035);
	assert.ok(Math.abs(other / trials - (second?.probability ?? 9)) < 0.035);
	assert.ok(Math.abs(early / unsure - 0.5) < 0.06);
});

test("refuses a target or a number that cannot be", () => {
	assert.throws(() => planRatings([], { target: 0 }), /target is 0/);
	assert.throws(
		() => planRatings([{ traceId: "a", stratum: "", draw: 1, judged: [] }], { target: 1 }),
		/number is 1/,
	);
	assert.deepEqual(planRatings([], { target: 10 }), []);
});
