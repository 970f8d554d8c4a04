import assert from "node:assert/strict";
import { test } from "node:test";
import { drawIndex, seededRandom, shuffle } from "./random.ts";

test("gives the streams of an independent implementation of splitmix32 and sfc32", () => {
	// Python with exact integers: state = splitmix32(seed) three times, counter 1, 12 draws discarded,
	// then ((draw >> 5) * 2**26 + (draw >> 6)) / 2**53.
	const cases: [number, number[]][] = [
		[0, [0.6750985024813072, 0.051309421615726936, 0.8656132793409693, 0.8719876062005216]],
		[1, [0.5636717720710586, 0.8959073941886353, 0.2723428182814803, 0.5940106619342558]],
		[7, [0.45476695197673156, 0.4162815687424435, 0.9316804473429044, 0.18590741509392694]],
		[-3, [0.8394334316860328, 0.3212365033805733, 0.9999267135880011, 0.6548279409887432]],
		[2 ** 40 + 5, [0.7910992262258213, 0.9664051369652847, 0.5046410132795596, 0.00903585346005431]],
	];
	for (const [seed, expected] of cases) {
		const random = seededRandom(seed);
		assert.deepEqual(
			expected.map(() => random()),
			expected,
		);
	}
});

test("refuses a seed that is not an integer and an empty list to draw from", () => {
	assert.throws(() => seededRandom(0.5), /seed is 0.5; give an integer/);
	assert.throws(() => seededRandom(Number.NaN), RangeError);
	assert.throws(() => drawIndex(0, seededRandom(1)), /cannot draw from 0 items/);
});

test("passes a chi-square test of uniformity at 1% for about 1% of seeds", (t) => {
	let rejected = 0;
	for (let seed = 0; seed < 1000; seed++) {
		const random = seededRandom(seed);
		const counts = new Array<number>(10).fill(0);
		for (let i = 0; i < 1000; i++) {
			const bin = drawIndex(10, random);
			counts[bin] = (counts[bin] ?? 0) + 1;
		}
		// scipy.stats.chi2.ppf(0.99, 9)
		if (counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0) > 21.666) rejected++;
	}
	t.diagnostic(`rejected ${rejected / 1000}`);
	assert.ok(rejected >= 3 && rejected <= 20, `${rejected} of 1000`);
});

test("neighbouring seeds give unrelated streams", () => {
	let product = 0;
	for (let seed = 0; seed < 20_000; seed++)
		product += (seededRandom(seed)() - 0.5) * (seededRandom(seed + 1)() - 0.5);
	// The standard deviation of the mean product of independent uniforms is 1 / (12 · √20000) = 0.0006.
	assert.ok(Math.abs(product / 20_000) < 0.0025, String(product / 20_000));
});

test("shuffles into every order equally often, and keeps the given list", () => {
	const random = seededRandom(3);
	const items = ["a", "b", "c"] as const;
	const orders = new Map<string, number>();
	for (let i = 0; i < 12_000; i++) {
		const order = shuffle(items, random).join("");
		orders.set(order, (orders.get(order) ?? 0) + 1);
	}
	assert.equal(orders.size, 6);
	for (const count of orders.values()) assert.ok(Math.abs(count - 2000) < 170, String(count));
	assert.deepEqual(items, ["a", "b", "c"]);
	assert.deepEqual(shuffle([undefined, undefined], random), [undefined, undefined]);
});
