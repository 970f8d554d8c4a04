import assert from "node:assert/strict";
import { test } from "node:test";
import { type EstimatedRun, estimateDeploys, estimateWeeks, weekOf } from "./estimate-failures.ts";
import { joinRatings } from "./join-ratings.ts";
import { seededRandom } from "./random.ts";

const MONDAY = Date.parse("2026-04-27T00:00:00Z");
const HOUR_MS = 3_600_000;

interface Deploy {
	readonly version: string;
	readonly runs: number;
	readonly rate: number;
	readonly chance: number;
	readonly startMs?: number;
	readonly seed?: number;
}

/** Runs that fail in `search`, three quarters of which were located there; the judge finds nine of ten failures and fails one of ten others. */
function deploy({ version, runs, rate, chance, startMs = MONDAY, seed = 1 }: Deploy): EstimatedRun[] {
	const random = seededRandom(seed);
	return Array.from({ length: runs }, (_, at) => {
		const failed = random() < rate;
		const located = failed && random() < 0.75 ? 0.9 : 0.02;
		return {
			traceId: `${version}-${at}`,
			pipeline: "answer",
			serviceVersion: version,
			startMs: startMs + at * 1000,
			task: null,
			sampleProbability: null,
			judge: random() < (failed ? 0.9 : 0.1) ? 1 : 0,
			broke: new Map([
				["search", located],
				["model", 0.02],
			]),
			rating:
				random() < chance
					? { failed: failed ? 1 : 0, blame: new Map(failed ? [["search", 1]] : []), probability: chance }
					: null,
		};
	});
}

test("rates end to end and per step are corrected to what people say, where the judge's own are far off", () => {
	const [found] = estimateDeploys(deploy({ version: "41", runs: 4000, rate: 0.05, chance: 0.1 }));
	assert.ok(found !== undefined);
	assert.ok((found.endToEnd.judgeAlone ?? 0) > 0.12);
	const { corrected } = found.endToEnd;
	assert.ok(corrected !== null && corrected.low <= 0.05 && corrected.high >= 0.05);
	assert.ok(
		corrected.high - corrected.low <
			(found.endToEnd.labelsAlone?.high ?? 0) - (found.endToEnd.labelsAlone?.low ?? 0),
	);
	assert.deepEqual(
		found.steps.map(({ step }) => step),
		["search", "model"],
	);
	const [search, model] = found.steps;
	assert.ok((search?.corrected?.low ?? 1) <= 0.05 && (search?.corrected?.high ?? 0) >= 0.05);
	assert.ok((model?.corrected?.estimate ?? 1) < 0.005 && (model?.judgeAlone ?? 0) > 0.015);
});

test("a deploy with too few labels gets no corrected figure and says how many are missing", () => {
	const runs = [
		...deploy({ version: "41", runs: 1000, rate: 0.05, chance: 0.2 }),
		...deploy({ version: "42", runs: 300, rate: 0.05, chance: 0.05, seed: 2 }),
	];
	const [old, young] = estimateDeploys(runs);
	assert.notEqual(old?.endToEnd.corrected, null);
	assert.equal(young?.endToEnd.corrected, null);
	assert.equal((young?.endToEnd.missing ?? 0) + (young?.endToEnd.labels ?? 0), 50);
	assert.ok(young?.steps.every(({ corrected }) => corrected === null));
});

test("where runs were drawn to be judged, rates are over those, weighted back, and other labels are counted as unusable", () => {
	const runs = deploy({ version: "41", runs: 3000, rate: 0.1, chance: 0.3 }).map((run, at) => ({
		...run,
		// Failing runs are drawn four times as often; unweighted they would be a third.
		sampleProbability: at % 3 === 2 ? null : run.rating?.failed === 1 || run.judge === 1 ? 0.8 : 0.2,
	}));
	const random = seededRandom(7);
	const drawn = runs.filter(
		({ sampleProbability }) => sampleProbability === null || random() < sampleProbability,
	);
	const [found] = estimateDeploys(drawn);
	assert.equal(
		found?.endToEnd.runs,
		drawn.filter(({ sampleProbability }) => sampleProbability !== null).length,
	);
	assert.ok((found?.unusable ?? 0) > 100);
	const unweighted = drawn.filter((run) => run.sampleProbability !== null && run.rating !== null);
	const raw = unweighted.filter(({ rating }) => rating?.failed === 1).length / unweighted.length;
	assert.ok(raw > 0.2 && (found?.endToEnd.corrected?.estimate ?? 1) < 0.15);
});

test("without a judge, what was located takes its place", () => {
	const runs = deploy({ version: "41", runs: 1000, rate: 0.1, chance: 0.2 }).map((run) => ({
		...run,
		judge: null,
	}));
	const [found] = estimateDeploys(runs);
	assert.ok((found?.endToEnd.judgeAlone ?? 0) > 0.05);
	assert.ok((found?.endToEnd.corrected?.lambda ?? 0) > 0.3);
});

test("weeks begin on Monday in UTC and are compared with the week before only", () => {
	assert.equal(weekOf(MONDAY), MONDAY);
	assert.equal(weekOf(MONDAY - 1), MONDAY - 168 * HOUR_MS);
	assert.equal(weekOf(Date.parse("2026-05-03T23:59:59Z")), MONDAY);
	const week = (at: number, rate: number, seed: number): EstimatedRun[] =>
		deploy({
			version: `${seed}`,
			runs: 1500,
			rate,
			chance: 0.15,
			startMs: MONDAY + at * 168 * HOUR_MS,
			seed,
		});
	const found = estimateWeeks([...week(0, 0.03, 1), ...week(1, 0.15, 2), ...week(3, 0.15, 3)]);
	assert.deepEqual(
		found.map(({ weekMs }) => (weekMs - MONDAY) / (168 * HOUR_MS)),
		[0, 1, 3],
	);
	assert.equal(found[0]?.change, null);
	assert.ok((found[1]?.change?.low ?? -1) > 0.05);
	assert.equal(found[2]?.change, null, "a week is missing between");
});

test("several people's words on a run become one label", () => {
	const word = (failed: boolean | null, blame = "") => ({ rater: "", failed, blame });
	assert.equal(joinRatings([]), null);
	assert.equal(joinRatings([word(null)]), null);
	assert.deepEqual(joinRatings([word(true, "a"), word(false), word(null)]), {
		failed: 0.5,
		blame: new Map([["a", 0.5]]),
	});
	assert.equal(joinRatings([word(true), word(true, "a")])?.blame, null);
});
