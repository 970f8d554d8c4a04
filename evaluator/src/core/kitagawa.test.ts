import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterBootstrap } from "./bootstrap.ts";
import { decomposeRates, type Stratum } from "./kitagawa.ts";
import { seededRandom } from "./random.ts";

const stratum = (before: [number, number], after: [number, number]): Stratum => ({
	name: "kind",
	before: { successes: before[0], n: before[1] },
	after: { successes: after[0], n: after[1] },
});

const near = (actual: number | undefined, expected: number): void =>
	assert.ok(Math.abs((actual ?? 99) - expected) < 1e-12, `${actual} is not ${expected}`);

test("gives the parts worked out by hand, and they add up", () => {
	// Rates 0.1 → 0.2 and 0.5 → 0.5, weights 0.8 → 0.4 and 0.2 → 0.6:
	// response 0.1 · 0.6, mix −0.4 · 0.15 + 0.4 · 0.5.
	const result = decomposeRates([stratum([8, 80], [8, 40]), stratum([10, 20], [30, 60])]);
	near(result?.difference, 0.2);
	near(result?.response, 0.06);
	near(result?.mix, 0.14);
	near(
		result?.strata.reduce((sum, effect) => sum + effect.mix + effect.response, 0),
		0.2,
	);
	near(decomposeRates([stratum([1, 10], [10, 40])])?.response, 0.15);
});

test("a kind of item seen on one side only counts as mix", () => {
	const result = decomposeRates([
		stratum([1, 10], [1, 10]),
		stratum([0, 0], [10, 10]),
		stratum([0, 0], [0, 0]),
	]);
	near(result?.response, 0);
	near(result?.mix, 0.45);
	near(result?.difference, 0.45);
	assert.equal(result?.strata.length, 2, "a kind never seen is left out");
	assert.equal(decomposeRates([stratum([0, 0], [1, 2])]), null);
	assert.throws(() => decomposeRates([stratum([3, 2], [1, 2])]), /3 of 2 is no count/);
});

test("adds up for any counts", () => {
	const random = seededRandom(28);
	let compared = 0;
	for (let trial = 0; trial < 300; trial++) {
		const count = (): [number, number] => {
			const runs = Math.floor(random() * 5);
			return [Math.floor(random() * (runs + 1)), runs];
		};
		const result = decomposeRates(Array.from({ length: 6 }, () => stratum(count(), count())));
		if (result === null) continue;
		near(result.mix + result.response, result.difference);
		compared++;
	}
	assert.ok(compared > 280);
});

test("when only the mix moved, the response is blamed in about 5% of cases, the raw difference in most", (t) => {
	const random = seededRandom(29);
	type Run = { side: "before" | "after"; easy: boolean; failed: boolean };
	const runs = (side: Run["side"], easyShare: number): Run[] =>
		Array.from({ length: 120 }, () => {
			const easy = random() < easyShare;
			return { side, easy, failed: random() < (easy ? 0.05 : 0.5) };
		});
	const split = (sample: readonly Run[]) =>
		decomposeRates(
			[true, false].map((easy) => {
				const count = (side: Run["side"]): [number, number] => {
					const inside = sample.filter((run) => run.easy === easy && run.side === side);
					return [inside.filter((run) => run.failed).length, inside.length];
				};
				return stratum(count("before"), count("after"));
			}),
		);
	let [response, raw] = [0, 0];
	for (let trial = 0; trial < 200; trial++) {
		const all = [...runs("before", 0.8), ...runs("after", 0.5)];
		const options = {
			random,
			resamples: 150,
			method: "percentile",
			stratum: (run: Run) => run.side,
		} as const;
		const own = clusterBootstrap(all, (sample) => split(sample)?.response ?? null, options);
		if ((own.low ?? -1) > 0 || (own.high ?? 1) < 0) response++;
		const total = clusterBootstrap(all, (sample) => split(sample)?.difference ?? null, options);
		if ((total.low ?? -1) > 0 || (total.high ?? 1) < 0) raw++;
	}
	t.diagnostic(`response blamed ${response / 200}, raw difference ${raw / 200}`);
	assert.ok(response / 200 < 0.1, String(response / 200));
	assert.ok(raw / 200 > 0.5, "ignoring the mix must show");
});
