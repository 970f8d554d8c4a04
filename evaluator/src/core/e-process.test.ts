import assert from "node:assert/strict";
import { test } from "node:test";
import { betOnPair, type EProcess, readEProcess, startEProcess } from "./e-process.ts";
import { mcnemar } from "./mcnemar.ts";
import { seededRandom } from "./random.ts";

const play = (pairs: readonly boolean[]): EProcess => pairs.reduce(betOnPair, startEProcess());

test("multiplies the wealth as worked out by hand", () => {
	// Before the pairs p̂ is ½, ¾, 5/6, 7/8 (three worse), then 7/10 after one better: factors 1, 1.5, 5/3, 0.25, 1.4.
	const wealth = [1, 1.5, 2.5, 0.625, 0.875];
	const pairs = [true, true, true, false, true];
	for (const [at, expected] of wealth.entries()) {
		const { eValue } = readEProcess(play(pairs.slice(0, at + 1)));
		assert.ok(Math.abs(eValue - expected) < 1e-12, `${at}: ${eValue}`);
	}
	assert.ok(Math.abs(readEProcess(play(pairs)).anytimeP - 0.4) < 1e-12);
	assert.deepEqual(readEProcess(startEProcess()), { eValue: 1, anytimeP: 1, rejected: false });
});

test("never bets on better, stays rejected, and survives overflow", () => {
	assert.equal(readEProcess(play(new Array<boolean>(50).fill(false))).eValue, 1);
	const long = play([...new Array<boolean>(3000).fill(true), ...new Array<boolean>(20).fill(false)]);
	assert.ok(readEProcess(long).rejected);
	assert.throws(() => readEProcess(long, { alpha: 0 }), RangeError);
});

test("looking after every pair rejects a true null in less than 5%, where a fixed test looked at often does not", (t) => {
	const random = seededRandom(22);
	const trials = 2000;
	let [sequential, peeked] = [0, 0];
	for (let trial = 0; trial < trials; trial++) {
		let bet = startEProcess();
		let fixed = false;
		for (let pair = 1; pair <= 300; pair++) {
			bet = betOnPair(bet, random() < 0.5);
			if (pair % 20 === 0) fixed ||= mcnemar(bet).exact <= 0.05 && bet.worsened > bet.improved;
		}
		if (readEProcess(bet).rejected) sequential++;
		if (fixed) peeked++;
	}
	t.diagnostic(
		`false alarms: e-process ${sequential / trials}, exact test at every 20th pair ${peeked / trials}`,
	);
	assert.ok(sequential / trials < 0.05);
	assert.ok(peeked / trials > 0.06, "peeking must show");
});

test("finds that seven in ten changed pairs are worse, mostly before 150 of them", (t) => {
	const random = seededRandom(23);
	let found = 0;
	for (let trial = 0; trial < 500; trial++) {
		if (readEProcess(play(Array.from({ length: 150 }, () => random() < 0.7))).rejected) found++;
	}
	t.diagnostic(`power ${found / 500}`);
	assert.ok(found / 500 > 0.9);
});
