import assert from "node:assert/strict";
import { test } from "node:test";
import { exchangeClusters } from "./exchange-clusters.ts";
import { seededRandom } from "./random.ts";

test("keeps clusters together, sides apart, and every value once", () => {
	const observations = [
		...["a", "a", "b", "b", "c", "c", "c"].map((cluster) => ({ cluster, side: "baseline" })),
		...["a", "d", "e"].map((cluster) => ({ cluster, side: "candidate" })),
	];
	const draw = exchangeClusters(observations);
	const random = seededRandom(160);
	const seen = new Set<string>();
	for (let order = 0; order < 200; order++) {
		const from = draw(random);
		assert.deepEqual(
			[...from].sort((x, y) => x - y),
			[...observations.keys()],
		);
		for (const [at, place] of from.entries()) assert.equal(observations[place]?.side, observations[at]?.side);
		assert.equal(observations[from[0] ?? 0]?.cluster, observations[from[1] ?? 0]?.cluster);
		assert.deepEqual(
			[from[4], from[5], from[6]].sort(),
			[4, 5, 6],
			"a cluster without another of its size stays",
		);
		seen.add(from.slice(8).join());
	}
	assert.deepEqual([...seen].sort(), ["8,9", "9,8"], "clusters of one on one side change places");
});

test("observations that are clusters of their own take every place equally often", () => {
	const draw = exchangeClusters(["a", "b", "c", "d"].map((cluster) => ({ cluster })));
	const random = seededRandom(161);
	const counts = new Float64Array(16);
	for (let order = 0; order < 4000; order++) {
		for (const [at, place] of draw(random).entries())
			counts[4 * at + place] = (counts[4 * at + place] ?? 0) + 1;
	}
	for (const count of counts) assert.ok(Math.abs(count / 4000 - 0.25) < 0.03, String(count / 4000));
});
