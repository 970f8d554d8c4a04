import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stretchOf, timeLine } from "./time-line.ts";

const HOUR = 3_600_000;
const hours = (n: number): { sinceMs: number; untilMs: number } => ({ sinceMs: 0, untilMs: n * HOUR });
const bucket = (hour: number, runs: number, failed: number, unknown = 0) => ({
	serviceVersion: "1",
	startMs: hour * HOUR,
	runs,
	failed,
	unknown,
});
const deploy = {
	pipeline: "p",
	serviceVersion: "1",
	runs: 300,
	failed: 30,
	unknown: 0,
	firstMs: 0,
	lastMs: 4 * HOUR,
};

describe("stretchOf", () => {
	for (const [span, runs, seconds] of [
		[24, 1_000_000, 3600],
		[24 * 7, 1_000_000, 10_800],
		[24 * 30, 1_000_000, 86_400],
		[24, 100, 3600],
		[1, 100, 300],
		[1 / 120, 848, 2],
		[0, 1, 1],
	] as const) {
		it(`takes ${seconds} s for ${runs} runs in ${span.toFixed(2)} h`, () =>
			assert.equal(stretchOf(hours(span), runs), seconds));
	}
});

describe("timeLine", () => {
	it("takes rates over the runs that say how they ended, all deploys together", () => {
		const text = String(
			timeLine("p", [deploy], [bucket(0, 60, 5, 10), { ...bucket(0, 50, 5), serviceVersion: "2" }], 3600),
		);
		assert.match(text, /10 of 100 failed, 10\.0 %/);
	});

	it("draws no line over a time in which nothing ran", () => {
		const lines = (hoursOf: readonly number[]): number =>
			[
				...String(
					timeLine(
						"p",
						[deploy],
						hoursOf.map((hour) => bucket(hour, 60, 6)),
						3600,
					),
				).matchAll(/class="curve"/g),
			].length;
		assert.equal(lines([0, 1, 2]), 1);
		assert.equal(lines([0, 1, 3, 4]), 2);
	});

	it("draws nothing of nothing", () => {
		assert.equal(String(timeLine("p", [deploy], [], 3600)), "");
		assert.equal(String(timeLine("p", [deploy], [bucket(0, 5, 0, 5)], 3600)), "");
	});
});
