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

test("the interval of the place holds the true one in about 95% of found changes", (t) => {
	const cases = [
		{ n: 100, at: 60, from: 0.1, to: 0.5 },
		{ n: 300, at: 100, from: 0.05, to: 0.2 },
		{ n: 200, at: 100, from: 0.3, to: 0.9 },
	];
	for (const [number, { n, at, from, to }] of cases.entries()) {
		const random = seededRandom(40 + number);
		let [found, held, width] = [0, 0, 0];
		for (let trial = 0; trial < 300; trial++) {
			const stream = Array.from({ length: n }, (_, place) => random() < (place < at ? from : to));
			const change = findChangePoint(stream, { random, permutations: 99 });
			if (change === null || change.p > 0.01) continue;
			found++;
			width += change.place.last - change.place.first;
			if (change.place.first <= at && at <= change.place.last) held++;
		}
		t.diagnostic(
			`${from} → ${to} at ${at} of ${n}: found ${found / 300}, held ${(held / found).toFixed(3)}, mean width ${(width / found).toFixed(1)}`,
		);
		assert.ok(held / found > 0.92, `${held} of ${found}`);
	}
});

test("trials of one task that follow each other raise no false alarm, and widen the interval", (t) => {
	const random = seededRandom(44);
	/** 40 tasks, 5 trials each, one after the other; a task fails nearly always or nearly never. */
	const stream = (rates: (task: number) => number) =>
		Array.from({ length: 40 }, (_, task) => {
			const rate = random() < rates(task) ? 0.9 : 0.05;
			return Array.from({ length: 5 }, () => ({ failed: random() < rate, task: `task-${task}` }));
		}).flat();
	let [kept, naive, held, found, narrow] = [0, 0, 0, 0, 0];
	for (let trial = 0; trial < 250; trial++) {
		const still = stream(() => 0.3);
		const outcomes = still.map(({ failed }) => failed);
		const clusters = still.map(({ task }) => task);
		const options = { random, permutations: 79 };
		if ((findChangePoint(outcomes, { ...options, clusters })?.p ?? 1) <= 0.05) kept++;
		if ((findChangePoint(outcomes, options)?.p ?? 1) <= 0.05) naive++;
		const moved = stream((task) => (task < 20 ? 0.1 : 0.8)).map(({ failed }) => failed);
		const change = findChangePoint(moved, { ...options, clusters });
		if ((change?.p ?? 1) > 0.05 || change === null) continue;
		found++;
		const holds = (place: { first: number; last: number } | undefined): boolean =>
			place !== undefined && place.first <= 100 && place.last >= 100;
		if (holds(change.place)) held++;
		if (holds(findChangePoint(moved, { random, permutations: 1 })?.place)) narrow++;
	}
	t.diagnostic(
		`false alarms ${kept / 250}, taking trials as independent ${naive / 250}; found ${found / 250}, held ${(held / found).toFixed(3)}, not stretched ${(narrow / found).toFixed(3)}`,
	);
	assert.ok(kept / 250 <= 0.085);
	assert.ok(naive / 250 > 0.2, "ignoring the tasks must show");
	assert.ok(found / 250 > 0.8);
	assert.ok(held / found > 0.92);
});

test("finds a changed level of numbers by their ranks, whatever a few outliers say", () => {
	const random = seededRandom(45);
	const values = Array.from(
		{ length: 80 },
		(_, at) => random() + (at < 50 ? 0 : 0.8) + (at % 17 === 0 ? 900 : 0),
	);
	const change = findChangePoint(values, { random });
	assert.ok(Math.abs((change?.index ?? 0) - 50) <= 3, String(change?.index));
	assert.equal(change?.p, 0.001);
	let falseAlarms = 0;
	for (let trial = 0; trial < 400; trial++) {
		const still = Array.from({ length: 60 }, () => Math.exp(4 * random()));
		if ((findChangePoint(still, { random, permutations: 79 })?.p ?? 1) <= 0.05) falseAlarms++;
	}
	assert.ok(falseAlarms / 400 < 0.08, String(falseAlarms / 400));
	assert.throws(() => findChangePoint([1, 2], { random, clusters: ["a"] }), /1 clusters for 2/);
});
