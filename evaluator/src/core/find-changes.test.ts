import assert from "node:assert/strict";
import { test } from "node:test";
import { findChanges } from "./find-changes.ts";
import { seededRandom } from "./random.ts";

test("finds no change in 98% and more of streams without one", (t) => {
	const random = seededRandom(50);
	let [any, strict] = [0, 0];
	for (let trial = 0; trial < 300; trial++) {
		const still = Array.from({ length: 100 }, () => random() < 0.2);
		if (findChanges(still, { random, alpha: 0.05, permutations: 199 }).length > 0) any++;
		if (findChanges(still, { random, permutations: 199 }).length > 0) strict++;
	}
	t.diagnostic(`any change at 0.05: ${any / 300}, at 0.01: ${strict / 300}`);
	assert.ok(any / 300 < 0.08);
	assert.ok(strict / 300 <= 0.02);
});

test("finds one change as one, and a fault that was mended as two, at their places", (t) => {
	const random = seededRandom(51);
	let [one, two, held, places] = [0, 0, 0, 0];
	const trials = 60;
	for (let trial = 0; trial < trials; trial++) {
		const single = Array.from({ length: 200 }, (_, at) => random() < (at < 80 ? 0.05 : 0.4));
		if (findChanges(single, { random, permutations: 399 }).length === 1) one++;
		const mended = Array.from({ length: 300 }, (_, at) => random() < (at >= 120 && at < 200 ? 0.5 : 0.05));
		const changes = findChanges(mended, { random, permutations: 399 });
		if (changes.length !== 2) continue;
		two++;
		for (const [at, truth] of [120, 200].entries()) {
			const place = changes[at]?.place;
			places++;
			if (place !== undefined && place.first <= truth && truth <= place.last) held++;
		}
	}
	t.diagnostic(
		`one found as one ${one / trials}; two as two ${two / trials}, places held ${(held / places).toFixed(3)}`,
	);
	assert.ok(one / trials >= 0.93);
	assert.ok(two / trials >= 0.93);
	assert.ok(held / places >= 0.92);
});

test("says the rates between the changes", () => {
	const stream = Array.from({ length: 90 }, (_, at) => at >= 30 && at < 60);
	const changes = findChanges(stream, { random: seededRandom(52) });
	assert.deepEqual(
		changes.map(({ index, before, after }) => [index, before, after]),
		[
			[30, 0, 1],
			[60, 1, 0],
		],
	);
	assert.deepEqual(findChanges([], { random: seededRandom(53) }), []);
});
