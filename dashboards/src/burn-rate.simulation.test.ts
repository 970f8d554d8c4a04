import assert from "node:assert/strict";
import { it } from "node:test";
import { simulateDetection, simulateQuiet } from "./testing/simulate-burn.ts";

/** A step's part of 5 % in a pipeline of six; the table for all traffic is docs/alerts.md. */
const BUDGET = 1 - 0.95 ** (1 / 6);

it("pages within the hour for a step that breaks half of its runs, at one run a minute", () => {
	const { page } = simulateDetection({
		budget: BUDGET,
		before: BUDGET / 4,
		rate: 0.5,
		perHour: 60,
		runs: 40,
		seed: 3,
	});
	assert.ok(page.median !== null && page.median <= 35, `${page.median} minutes`);
	assert.equal(page.within(60), 1);
});

it("pages the same working day at ten runs an hour, where every run breaks", () => {
	const { page } = simulateDetection({
		budget: BUDGET,
		before: BUDGET / 4,
		rate: 1,
		perHour: 10,
		runs: 40,
		seed: 4,
	});
	assert.ok(page.p90 !== null && page.p90 <= 240, `${page.p90} minutes`);
});

for (const perHour of [10, 60, 600]) {
	it(`neither pages nor writes tickets for a step within half of its budget, at ${perHour} runs an hour`, () => {
		const { pages, tickets } = simulateQuiet({
			budget: BUDGET,
			rate: BUDGET / 2,
			perHour,
			months: 12,
			seed: 5,
		});
		assert.equal(pages, 0);
		assert.ok(tickets <= 0.25, `${tickets} tickets a month`);
	});
}

it("is a simulation in which the rules can fire: a rate at the alarm level does", () => {
	const { pages } = simulateQuiet({ budget: BUDGET, rate: 0.2, perHour: 60, months: 1, seed: 6 });
	assert.ok(pages >= 1);
});
