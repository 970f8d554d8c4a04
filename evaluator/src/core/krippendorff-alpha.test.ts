import assert from "node:assert/strict";
import { test } from "node:test";
import { krippendorffAlpha } from "./krippendorff-alpha.ts";
import { seededRandom } from "./random.ts";

/** Krippendorff 2011, section E: four observers, twelve units, values missing. */
const OBSERVERS: readonly (readonly (number | null)[])[] = [
	[1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
	[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
	[null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
	[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
];
const UNITS = Array.from({ length: 12 }, (_, unit) =>
	OBSERVERS.flatMap((values) => (values[unit] === null ? [] : [values[unit] ?? 0])),
);

test("gives the published values of Krippendorff's example, and those of the package krippendorff 0.8", () => {
	// krippendorff.alpha(reliability_data=…, level_of_measurement=…); the paper prints 0.743, 0.815, 0.849
	const expected = { nominal: 0.743421052631579, ordinal: 0.8153875037548814, interval: 0.8491071428571428 };
	for (const level of ["nominal", "ordinal", "interval"] as const) {
		const found = krippendorffAlpha(UNITS, level);
		assert.ok(Math.abs((found ?? 9) - expected[level]) < 1e-12, `${level}: ${found}`);
	}
});

test("is null where nothing can be said, and refuses what is no rating", () => {
	assert.equal(krippendorffAlpha([], "nominal"), null);
	assert.equal(krippendorffAlpha([[1], [0]], "nominal"), null);
	assert.equal(
		krippendorffAlpha(
			[
				[1, 1],
				[1, 1],
			],
			"nominal",
		),
		null,
	);
	assert.throws(() => krippendorffAlpha([[1, Number.NaN]], "interval"), /leave unrated items out/);
});

test("raters who guess agree by chance only: α is 0 on average", (t) => {
	const random = seededRandom(11);
	const trials = 400;
	let total = 0;
	for (let trial = 0; trial < trials; trial++) {
		const guess = (): number => (random() < 0.2 ? 1 : 0);
		total +=
			krippendorffAlpha(
				Array.from({ length: 60 }, () => [guess(), guess(), guess()]),
				"nominal",
			) ?? 0;
	}
	t.diagnostic(`mean α ${(total / trials).toFixed(4)}`);
	assert.ok(Math.abs(total / trials) < 0.015);
});
