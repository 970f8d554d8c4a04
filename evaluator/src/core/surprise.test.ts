import assert from "node:assert/strict";
import { test } from "node:test";
import { normalQuantile } from "./normal.ts";
import { type Random, seededRandom } from "./random.ts";
import { distributionOf, pOfSurprise, surprise } from "./surprise.ts";

const SIDES = ["low", "high", "both"] as const;
const uniform = (random: Random): number => random();
const normal = (random: Random): number => normalQuantile(Math.max(1e-12, random()));
const few = (random: Random): number => Math.floor(4 * random());
const heavy = (random: Random): number => Math.tan(Math.PI * (random() - 0.5));

for (const [title, draw] of [
	["uniform", uniform],
	["normal", normal],
	["heavy-tailed", heavy],
	["tied", few],
] as const) {
	for (const strange of SIDES) {
		for (const member of [false, true]) {
			test(`healthy ${member ? "members" : "newcomers"} are as seldom strange (${strange}) as p says: ${title} values`, () => {
				const random = seededRandom(11);
				const trials = 3000;
				const counts = new Map([0.2, 0.1, 0.05, 0.025].map((alpha) => [alpha, 0]));
				for (let trial = 0; trial < trials; trial++) {
					const values = Array.from({ length: 80 }, () => draw(random));
					const value = member ? (values[7] ?? 0) : draw(random);
					const p = pOfSurprise(surprise(value, strange, distributionOf(values), { member }));
					for (const [alpha, count] of counts) if (p <= alpha) counts.set(alpha, count + 1);
				}
				for (const [alpha, count] of counts) {
					const error = Math.sqrt((alpha * (1 - alpha)) / trials);
					assert.ok(count / trials <= alpha + 3 * error, `P(p <= ${alpha}) = ${count / trials}`);
				}
			});
		}
	}
}

for (const [strange, direction] of [
	["high", 1],
	["low", -1],
	["both", 1],
	["both", -1],
] as const) {
	test(`grows with the distance and stays within limits, also beyond the range: ${strange}, towards ${direction}`, () => {
		const random = seededRandom(12);
		const reference = distributionOf(Array.from({ length: 100 }, () => normal(random)));
		let before = 0;
		for (let step = 0; step <= 400; step++) {
			const z = surprise(direction * step * 0.05, strange, reference);
			assert.ok(z >= before - 1e-12, `${z} after ${before} at ${step}`);
			assert.ok(Number.isFinite(z));
			before = z;
		}
		assert.ok(before > 5, "twenty standard deviations away is strange");
		const within = surprise(direction * 2, strange, reference);
		assert.ok(within > 1 && within < before);
	});
}

test("knows nothing without others to compare with", () => {
	assert.equal(surprise(9, "high", distributionOf([])), 0);
	assert.equal(surprise(9, "high", distributionOf([9]), { member: true }), 0);
});

test("where all values are the same, that one is ordinary and another one is strange", () => {
	const same = distributionOf(Array.from({ length: 50 }, () => 1));
	for (const strange of SIDES) assert.equal(surprise(1, strange, same), 0);
	assert.ok(surprise(0.5, "low", same) > 2);
	assert.ok(surprise(1.5, "both", same) > 2);
	assert.equal(surprise(0.5, "high", same), 0);
});

test("a member does not count against itself, and one that stands out stays in bounds", () => {
	const values = [...Array.from({ length: 30 }, (_, at) => at / 30), 50];
	const z = surprise(50, "high", distributionOf(values), { member: true });
	assert.ok(z > 1.5 && z < 3, String(z));
	// A member that the nearest executions do not contain (see conditional.ts).
	assert.ok(Number.isFinite(surprise(50, "high", distributionOf(values.slice(0, -1)), { member: true })));
});

test("a p-value is never 0", () => {
	assert.equal(pOfSurprise(0), 0.5);
	assert.ok(pOfSurprise(100) > 0);
});
