import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { betOnDay, EXPONENTS, logWealth, startDriftBet } from "./drift-bet.ts";
import { seededRandom } from "./random.ts";

const near = (actual: number, expected: number): void =>
	assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe("the bet on p-values", () => {
	it("starts at 1, a sixth of it staked, and each stake wins εp^(ε−1)", () => {
		near(logWealth(startDriftBet()), 0);
		const won = EXPONENTS.reduce((sum, e) => sum + (e * 0.01 ** (e - 1)) / EXPONENTS.length, 0);
		near(Math.exp(logWealth(betOnDay(startDriftBet(), 0.01))), 5 / 6 + won / 6);
	});

	it("is a fair game: over all p-values a day neither wins nor loses", () => {
		const bet = betOnDay(betOnDay(startDriftBet(), 0.02), 0.7);
		// p = x^(1/0.2) takes out the steepest stake's singularity: dp = 5x⁴ dx.
		const STEPS = 20_000;
		let mean = 0;
		for (let at = 0; at < STEPS; at++) {
			const x = (at + 0.5) / STEPS;
			mean += (Math.exp(logWealth(betOnDay(bet, x ** 5))) * 5 * x ** 4) / STEPS;
		}
		assert.ok(Math.abs(mean / Math.exp(logWealth(bet)) - 1) < 2e-3, String(mean));
	});

	it("rarely reaches 20 in a year without change, and soon after a change that comes late", () => {
		const random = seededRandom(5);
		let alarms = 0;
		const delays: number[] = [];
		for (let stream = 0; stream < 1000; stream++) {
			let bet = startDriftBet();
			let highest = 0;
			for (let day = 0; day < 365; day++) {
				bet = betOnDay(bet, random());
				highest = Math.max(highest, logWealth(bet));
			}
			if (highest >= Math.log(20)) alarms++;
			let delay = 0;
			while (logWealth(bet) < Math.log(20) && delay < 100) {
				bet = betOnDay(bet, 0.01 * random());
				delay++;
			}
			delays.push(delay);
		}
		assert.ok(alarms <= 50, `${alarms} false alarms in 1000 years`);
		delays.sort((a, b) => a - b);
		assert.ok((delays[900] ?? 100) <= 5, `the tenth slowest took ${delays[900]} days`);
	});

	it("refuses what is no p-value, and does not win without end from a p-value of 0", () => {
		assert.throws(() => betOnDay(startDriftBet(), 1.2), /a p-value is 1.2/);
		assert.throws(() => betOnDay(startDriftBet(), Number.NaN), /a p-value is NaN/);
		assert.ok(Number.isFinite(logWealth(betOnDay(startDriftBet(), 0))));
	});
});
