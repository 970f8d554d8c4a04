import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import {
	binOf,
	countProfile,
	type Execution,
	learnProfile,
	mergeProfiles,
	noveltyOf,
	quantileOf,
	readExecution,
	valueOfBin,
} from "./component-profile.ts";
import { changesBetween } from "./profile-change.ts";
import { seededRandom } from "./random.ts";

/** A tool's result with a price, of a status that is one of three, with a list of items. */
function draw(random: () => number, price: (value: number) => unknown = (value) => value): Execution {
	const status = random() < 0.7 ? "shipped" : random() < 0.9 ? "delivered" : "lost";
	const items = Array.from({ length: 1 + Math.floor(4 * random()) }, () => ({
		name: "x".repeat(3 + Math.floor(20 * random() ** 2)),
		price: price(Math.round(10_000 * random()) / 100),
	}));
	const note = random() < 0.3 ? { note: "gift" } : {};
	const run = makeRun({
		steps: [
			{
				kind: "tool_call",
				input: { id: `SO-${Math.floor(1e5 * random())}` },
				output: { status, items, ...note },
			},
		],
	});
	const [step] = run.spans;
	assert.ok(step !== undefined);
	return readExecution(step, 1000);
}

const drawMany = (n: number, seed: number, price?: (value: number) => unknown): Execution[] => {
	const random = seededRandom(seed);
	return Array.from({ length: n }, () => draw(random, price));
};

test("a profile knows paths with their types, small sets of values and distributions", () => {
	const profile = learnProfile(drawMany(400, 1));
	assert.equal(profile.executions, 400);
	assert.equal(profile.outputShape[".items[].price: number"], 400);
	assert.ok(Math.abs((profile.outputShape[".note: string"] ?? 0) - 120) < 40);
	assert.deepEqual(Object.keys(profile.values[".status"] ?? {}).sort(), ["delivered", "lost", "shipped"]);
	assert.equal(profile.values[".items[].price"], null);
	const median = quantileOf(profile.measures.output_length ?? {}, 0.5) ?? 0;
	assert.ok(median > 60 && median < 250, String(median));
});

test("merging two halves counts what learning from all of them counts", () => {
	const all = drawMany(200, 2);
	const whole = learnProfile(all);
	const merged = mergeProfiles(learnProfile(all.slice(0, 70)), countProfile(all.slice(70)), all.slice(70));
	for (const part of ["executions", "versions", "inputShape", "outputShape", "values", "measures"] as const)
		assert.deepEqual(merged[part], whole[part]);
});

test("bins are quarters of a doubling, for large and small, positive and negative", () => {
	for (const value of [0, 0.3, 1, 7, 1000, 123_456_789, -5]) {
		const shown = valueOfBin(binOf(value));
		assert.ok(
			Math.abs(Math.log2(1 + Math.abs(shown)) - Math.log2(1 + Math.abs(value))) <= 0.25,
			`${value} as ${shown}`,
		);
	}
});

test("the novelty of healthy executions is at most α as often as α, also from profiles that grew a few at a time", () => {
	const random = seededRandom(3);
	let known = learnProfile(Array.from({ length: 100 }, () => draw(random)));
	for (let batch = 0; batch < 50; batch++) {
		const few = Array.from({ length: 4 }, () => draw(random));
		known = mergeProfiles(known, countProfile(few), few);
	}
	const whole = learnProfile(Array.from({ length: 300 }, () => draw(random)));
	const n = 1500;
	for (const profile of [known, whole]) {
		const ps = Array.from({ length: n }, () => noveltyOf(draw(random), profile)?.p ?? 0);
		for (const alpha of [0.01, 0.05, 0.1]) {
			const rate = ps.filter((p) => p <= alpha).length / n;
			// One profile's own luck is part of it: conformal validity is over profiles, too.
			assert.ok(rate < alpha + 4 * Math.sqrt((alpha * (1 - alpha)) / 300), `${rate} at ${alpha}`);
		}
	}
});

test("another type, a field that is gone, a value that never was and a far longer output are new", () => {
	const profile = learnProfile(drawMany(300, 4));
	const random = seededRandom(5);
	const asText = noveltyOf(
		draw(random, (value) => `${value} €`),
		profile,
	);
	assert.ok((asText?.p ?? 1) < 0.01, String(asText?.p));
	assert.match(
		asText?.text ?? "",
		/`\.items\[\]\.price: string`, as in 0 of 300|lacks `\.items\[\]\.price: number`, which 300 of 300/,
	);
	const healthy = draw(random);
	assert.ok((noveltyOf({ ...healthy, outputShape: [": object"] }, profile)?.p ?? 1) < 0.01);
	const values = new Map([...healthy.values, [".status", ["stolen"]]]);
	assert.ok((noveltyOf({ ...healthy, values }, profile)?.p ?? 1) < 0.01);
	const measures = { ...healthy.measures, output_length: 90_000 };
	assert.ok((noveltyOf({ ...healthy, measures }, profile)?.p ?? 1) < 0.03);
});

test("too few executions say nothing", () => {
	assert.equal(noveltyOf(draw(seededRandom(1)), learnProfile(drawMany(19, 1))), null);
	assert.equal(changesBetween(learnProfile(drawMany(9, 1)), learnProfile(drawMany(90, 1))), null);
});

test("a change of a type is told with its counts", () => {
	const before = learnProfile(drawMany(300, 6));
	const after = learnProfile([...drawMany(3, 7), ...drawMany(37, 8, (value) => `${value} €`)]);
	const changes = changesBetween(before, after) ?? [];
	assert.ok(
		changes.some(({ text }) =>
			/price: number` in 300 of 300; now `.items\[\].price: string` in 37 of 40/.test(text),
		),
		changes.map(({ text }) => text).join("\n"),
	);
});

test("two profiles of the same component differ in hardly one of a hundred pairs", () => {
	let alarms = 0;
	const pairs = 120;
	for (let seed = 0; seed < pairs; seed++) {
		const changes = changesBetween(
			learnProfile(drawMany(60, 1000 + seed)),
			learnProfile(drawMany(40, 5000 + seed)),
			{
				alpha: 0.05,
			},
		);
		if (changes !== null && changes.length > 0) alarms++;
	}
	// At most 0.05 of 120 is expected; 13 has a probability below 0.01.
	assert.ok(alarms < 13, `${alarms} of ${pairs}`);
});
