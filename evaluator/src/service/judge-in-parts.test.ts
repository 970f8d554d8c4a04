import assert from "node:assert/strict";
import { it } from "node:test";
import { judgeInParts } from "./judge-in-parts.ts";

const numbers = Array.from({ length: 100 }, (_, index) => index);

it("judges everything at once where nothing throws", () => {
	const parts = [...judgeInParts(numbers, (runs) => runs.length, assert.fail)];
	assert.deepEqual(parts, [{ runs: numbers, result: 100 }]);
	assert.deepEqual([...judgeInParts([], () => 0, assert.fail)], []);
});

it("leaves out what cannot be judged, and judges all others, in few tries", () => {
	const bad = new Set([7, 63]);
	const out: [number, string][] = [];
	let tries = 0;
	const judge = (runs: readonly number[]): number => {
		tries++;
		const found = runs.find((run) => bad.has(run));
		if (found !== undefined) throw new Error(`cannot read ${found}`);
		return runs.length;
	};
	const parts = [...judgeInParts(numbers, judge, (run, cause) => out.push([run, String(cause)]))];
	assert.deepEqual(
		parts.flatMap(({ runs }) => runs),
		numbers.filter((run) => !bad.has(run)),
	);
	assert.deepEqual(out, [
		[7, "Error: cannot read 7"],
		[63, "Error: cannot read 63"],
	]);
	assert.ok(tries <= 32, `${tries} tries`);
});
