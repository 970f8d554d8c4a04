import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComparedScore, calibrateJudges } from "./calibrate-judges.ts";
import { seededRandom } from "./random.ts";

const NOW = Date.parse("2026-05-01T12:00:00Z");

function scores(serviceVersion: string, rated: number, version = "v1"): ComparedScore[] {
	return Array.from({ length: 100 }, (_, at) => ({
		judge: "judge/end-to-end",
		version,
		pipeline: "answer",
		serviceVersion,
		failing: at % 4 === 0 ? 1 : 0,
		fails: at % 4 === 0,
		scoredMs: NOW - 3_600_000 + Number(serviceVersion),
		weight: 1,
		people: at < rated ? { value: at % 5 === 0 ? 1 : 0, probability: 0.5, ratedMs: NOW - 60_000 } : null,
	}));
}

test("a deploy never gets another deploy's or another version's calibration", () => {
	const all = [...scores("41", 80), ...scores("42", 20), ...scores("43", 0, "v2")];
	const [newest, middle, oldest] = calibrateJudges(all, { nowMs: NOW, random: seededRandom(1) });
	assert.deepEqual(
		[newest?.serviceVersion, middle?.serviceVersion, oldest?.serviceVersion],
		["43", "42", "41"],
	);
	assert.ok(oldest?.sensitivity !== null && oldest?.missing === 0 && oldest.stale.length === 0);
	assert.equal(middle?.sensitivity, null);
	assert.equal(middle?.missing, 30);
	assert.deepEqual(
		middle?.stale.map(({ kind }) => kind),
		["too-few", "other-deploy"],
	);
	assert.equal(newest?.labels, 0);
	assert.deepEqual(
		newest?.stale.map(({ kind }) => kind),
		["too-few", "other-version"],
	);
});

test("scores without an answer and labels without a known chance are counted, not used", () => {
	const all = scores("41", 80).map((score, at) =>
		at < 10 ? { ...score, failing: null, fails: null } : at < 20 ? { ...score, weight: null } : score,
	);
	const [found] = calibrateJudges(all, { nowMs: NOW, random: seededRandom(1) });
	assert.deepEqual(
		[found?.scores, found?.nulls, found?.unanswered, found?.unweighted, found?.labels],
		[100, 10, 10, 10, 60],
	);
});
