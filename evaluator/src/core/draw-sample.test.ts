import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawSample, hoursPerPart, type SampleCandidate } from "./draw-sample.ts";
import { seededRandom } from "./random.ts";
import { DEFAULT_SAMPLE_PLAN, highestChance, type SamplePlan } from "./sample-plan.ts";
import { weightedRate } from "./weighted-rate.ts";

const DAY_MS = 86_400_000;

function candidate(at: number, more: Partial<SampleCandidate> = {}): SampleCandidate {
	return {
		traceId: String(at).padStart(32, "0"),
		startMs: 20_000 * DAY_MS,
		place: 0.5,
		fields: {},
		commonness: null,
		lowestScore: null,
		uncertain: null,
		...more,
	};
}

const plan = (more: Partial<SamplePlan>): SamplePlan => ({ ...DEFAULT_SAMPLE_PLAN, ...more });

describe("the sample of production", () => {
	it("is one in a hundred by default: the runs whose place lies below the rate", () => {
		const drawn = drawSample(
			[candidate(1, { place: 0.0099 }), candidate(2, { place: 0.01 })],
			DEFAULT_SAMPLE_PLAN,
		);
		assert.deepEqual(
			drawn.map(({ traceId, probability, stratum, reason }) => [
				Number(traceId),
				probability,
				stratum,
				reason,
			]),
			[[1, 0.01, "", "uniform"]],
		);
	});

	it("draws from each stratum at its own rate, the first that fits", () => {
		const strata = [
			{ name: "failed beta", where: { outcome: "fail", "app.tenant": "beta" }, rate: 1 },
			{ name: "failed", where: { outcome: "fail" }, rate: 0.6 },
		];
		const drawn = drawSample(
			[
				candidate(1, { fields: { outcome: "fail", "app.tenant": "beta" } }),
				candidate(2, { fields: { outcome: "fail", "app.tenant": "acme" } }),
				candidate(3, { fields: { outcome: "pass" } }),
			],
			plan({ strata }),
		);
		assert.deepEqual(
			drawn.map(({ stratum, probability }) => [stratum, probability]),
			[
				["failed beta", 1],
				["failed", 0.6],
			],
		);
	});

	it("says why a run was drawn more often than others, and never draws one less often", () => {
		const lifts = { ...DEFAULT_SAMPLE_PLAN.lifts, rare: 5, lowScore: 8, uncertain: 10 };
		const sure = plan({ rate: 0.1, lifts });
		const cases: [Partial<SampleCandidate>, string, number][] = [
			[{ commonness: 0.25 }, "rare", 0.4],
			[{ commonness: 0.01 }, "rare", 0.5],
			[{ commonness: 0.9 }, "uniform", 0.1],
			[{ lowestScore: 0.05 }, "low-score", 0.8],
			[{ lowestScore: 0.5, uncertain: true }, "uncertain", 1],
			[{ lowestScore: 0.05, uncertain: true }, "uncertain", 1],
			[{ commonness: 4, lowestScore: 1, uncertain: false }, "uniform", 0.1],
		];
		for (const [more, reason, probability] of cases) {
			const [drawn] = drawSample([candidate(1, { place: 0.01, ...more })], sure);
			assert.equal(drawn?.reason, reason, JSON.stringify(more));
			assert.ok(Math.abs((drawn?.probability ?? 0) - probability) < 1e-12, JSON.stringify(more));
		}
		assert.equal(highestChance(sure), 1);
		assert.equal(highestChance(DEFAULT_SAMPLE_PLAN), 0.01);
	});

	it("spreads a budget over the day: never beyond it, and what the morning left the evening may spend", () => {
		const random = seededRandom(3);
		const runs = Array.from({ length: 3000 }, (_, at) =>
			candidate(at, { place: random(), startMs: 20_000 * DAY_MS + (0.7 + 0.3 * random()) * DAY_MS }),
		);
		assert.equal(hoursPerPart(240), 1);
		assert.equal(hoursPerPart(100), 3);
		assert.equal(hoursPerPart(5), 24);
		for (const budgetPerDay of [5, 100, 240]) {
			assert.equal(drawSample(runs, plan({ rate: 0.5, budgetPerDay })).length, budgetPerDay);
		}
		assert.ok(drawSample(runs, plan({ rate: 0.001, budgetPerDay: 240 })).length < 20, "a budget is no duty");
	});

	it("does not change what earlier parts of a day drew when later runs come", () => {
		const random = seededRandom(4);
		const runs = Array.from({ length: 2000 }, (_, at) =>
			candidate(at, { place: random(), startMs: 20_000 * DAY_MS + random() * DAY_MS }),
		);
		const noon = 20_000.5 * DAY_MS;
		const budget = plan({ rate: 0.5, budgetPerDay: 240 });
		const morning = runs.filter(({ startMs }) => startMs < noon);
		assert.deepEqual(
			drawSample(runs, budget).filter(({ startMs }) => startMs < noon),
			drawSample(morning, budget),
		);
	});
});

/** A day of production: a rare, failing topic is drawn more often, and a budget cuts the draw. */
function coverage(name: string, draw: SamplePlan, seed: number): { covered: number; bias: number } {
	const random = seededRandom(seed);
	const REPEATS = 800;
	let [covered, bias] = [0, 0];
	for (let repeat = 0; repeat < REPEATS; repeat++) {
		const failed = new Set<string>();
		const runs = Array.from({ length: 1500 }, (_, at) => {
			const rare = random() < 0.1;
			const one = candidate(at, {
				place: random(),
				startMs: 20_000 * DAY_MS + random() * DAY_MS,
				commonness: rare ? 0.2 : 1.1,
				fields: { outcome: "" },
			});
			if (random() < (rare ? 0.5 : 0.08)) failed.add(one.traceId);
			return one;
		});
		const rate = weightedRate(
			drawSample(runs, draw).map(({ traceId, probability }) => ({ hit: failed.has(traceId), probability })),
		);
		assert.ok(rate !== null, name);
		const truth = failed.size / runs.length;
		bias += (rate.rate - truth) / REPEATS;
		if (rate.interval.low <= truth && truth <= rate.interval.high) covered += 1 / REPEATS;
	}
	return { covered, bias };
}

describe("rates from the sample", () => {
	const lifts = { ...DEFAULT_SAMPLE_PLAN.lifts, rare: 5 };
	const CASES: [string, SamplePlan][] = [
		["uniform", plan({ rate: 0.1 })],
		["rare inputs more often", plan({ rate: 0.08, lifts })],
		["rare inputs more often, under a budget", plan({ rate: 0.3, lifts, budgetPerDay: 150 })],
	];
	for (const [name, draw] of CASES) {
		it(`are unbiased, and intervals keep their promise: ${name}`, () => {
			const { covered, bias } = coverage(name, draw, 11);
			assert.ok(Math.abs(bias) < 0.004, `bias ${bias}`);
			assert.ok(covered >= 0.93 && covered <= 0.98, `coverage ${covered}`);
		});
	}
});
