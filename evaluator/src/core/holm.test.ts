import assert from "node:assert/strict";
import { test } from "node:test";
import { holm } from "./holm.ts";
import { seededRandom } from "./random.ts";

test("adjusts as R's p.adjust does", () => {
	// p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
	assert.deepEqual(
		holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p?.toFixed(10))),
		[0.03, 0.06, 0.06, 0.02],
	);
	assert.deepEqual(holm([]), []);
	assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
	// A test that could not tell is a test all the same.
	assert.deepEqual(holm([0.02, null]), [0.04, null]);
	assert.throws(() => holm([Number.NaN]), RangeError);
});

test("rejects any of seven true nulls at most 5% of the time, independent or all alike", (t) => {
	const random = seededRandom(3);
	for (const alike of [false, true]) {
		let any = 0;
		for (let trial = 0; trial < 4000; trial++) {
			const first = random();
			const ps = Array.from({ length: 7 }, () => (alike ? first : random()));
			if (holm(ps).some((p) => p !== null && p <= 0.05)) any++;
		}
		t.diagnostic(`${alike ? "alike" : "independent"}: ${any / 4000}`);
		assert.ok(any / 4000 <= 0.06);
	}
});
