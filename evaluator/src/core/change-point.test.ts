import assert from "node:assert/strict";
import { test } from "node:test";
import { findChangePoint } from "./change-point.ts";
import { seededRandom } from "./random.ts";

const outcomes = (text: string): boolean[] => [...text].map((letter) => letter === "1");

test("finds the split with numpy's highest likelihood ratio", () => {
	// numpy: for every i, sum of k·log(k/n) + (n−k)·log(1−k/n) on both sides minus the whole; the best is 4.27896 at 10
	const change = findChangePoint(outcomes("000000100011011101"), { random: seededRandom(1) });
	assert.equal(change?.index, 10);
	assert.ok(Math.abs((change?.logLikelihoodRatio ?? 0) - 4.278961707096746) < 1e-12);
	assert.equal(change?.before, 0.1);
	assert.equal(change?.after, 0.75);
	assert.ok((change?.p ?? 1) < 0.06);
});

test("a stream without variation has no clear change, and a short one says nothing", () => {
	assert.equal(findChangePoint(new Array<boolean>(30).fill(true), { random: seededRandom(2) })?.p, 1);
	assert.equal(findChangePoint(outcomes("000111111"), { random: seededRandom(3) }), null);
	assert.throws(() => findChangePoint([], { random: seededRandom(4), permutations: 0 }), RangeError);
});

test("sees a change in about 5% of streams without one, and places a real one", (t) => {
	const random = seededRandom(30);
	let [falseAlarms, found, placed] = [0, 0, 0];
	for (let trial = 0; trial < 600; trial++) {
		const options = { random, permutations: 79 };
		const still = Array.from({ length: 60 }, () => random() < 0.1);
		if ((findChangePoint(still, options)?.p ?? 1) <= 0.05) falseAlarms++;
		const moved = Array.from({ length: 60 }, (_, at) => random() < (at < 35 ? 0.1 : 0.6));
		const change = findChangePoint(moved, options);
		if ((change?.p ?? 1) <= 0.05) found++;
		if (Math.abs((change?.index ?? 0) - 35) <= 4) placed++;
	}
	t.diagnostic(`false alarms ${falseAlarms / 600}, found ${found / 600}, placed within 4 ${placed / 600}`);
	assert.ok(falseAlarms / 600 < 0.075, String(falseAlarms / 600));
	assert.ok(found / 600 > 0.85);
	assert.ok(placed / 600 > 0.7);
});
