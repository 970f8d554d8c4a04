import assert from "node:assert/strict";
import { test } from "node:test";
import { boundedMeanP, countValues } from "./bounded-mean.ts";
import { fixturesToFail, fixturesToPass, passPower } from "./gate-power.ts";
import { tasksForPairs } from "./power.ts";
import { seededRandom } from "./random.ts";

const design = { truth: 0, margin: 0.05, lowest: -1, falsePass: 0.05 };

test("without scatter, the size is the one from which nothing lost rules the margin out", () => {
	const random = seededRandom(1);
	// 0.95 ** 59 < 0.05 < 0.95 ** 58
	assert.equal(passPower({ ...design, spread: [0] }, 58, { random }), 0);
	assert.equal(passPower({ ...design, spread: [0] }, 59, { random }), 1);
	assert.equal(fixturesToPass({ ...design, spread: [0, 0] }, 0.95, { random }), 59);
	assert.equal(fixturesToPass({ ...design, spread: [0], truth: -0.05 }, 0.95, { random }), null);
	assert.throws(() => fixturesToPass({ ...design, spread: [0] }, 1, { random }), RangeError);
});

test("the size that is named has the power that was asked for", (t) => {
	const spread = [...new Array<number>(16).fill(0), -0.5, -0.25, 0.25, 0.5];
	const needed = fixturesToPass({ ...design, spread }, 0.9, { random: seededRandom(2) }) ?? 0;
	const random = seededRandom(3);
	const draw = (n: number): number[] =>
		Array.from({ length: n }, () => spread[Math.floor(random() * spread.length)] ?? 0);
	const found = (n: number): number => {
		let passes = 0;
		for (let trial = 0; trial < 1000; trial++) {
			if (boundedMeanP(countValues(draw(n)), { mean: -0.05, lowest: -1 }) <= 0.05) passes++;
		}
		return passes / 1000;
	};
	t.diagnostic(
		`${needed} fixtures for 90%: found ${found(needed)}; with a fifth fewer ${found(Math.round(0.8 * needed))}`,
	);
	assert.ok(found(needed) >= 0.87 && found(needed) <= 0.95);
	assert.ok(found(Math.round(0.8 * needed)) < 0.87);
});

test("with one trial, the size that shows a loss is that of McNemar's test", () => {
	assert.equal(
		fixturesToFail({ loss: 0.05, square: 0.15 }, { alpha: 0.025, power: 0.8 }),
		tasksForPairs({ difference: -0.05, discordant: 0.15 }),
	);
	assert.equal(fixturesToFail({ loss: 0, square: 0.15 }, { alpha: 0.025, power: 0.8 }), null);
	assert.equal(fixturesToFail({ loss: -0.1, square: 0.15 }, { alpha: 0.025, power: 0.8 }), null);
});
