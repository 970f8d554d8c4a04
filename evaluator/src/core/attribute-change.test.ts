import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttributeOptions, attributeChange, type Change, contributionsOf } from "./attribute-change.ts";
import type { OriginCase } from "./origin-shares.ts";
import { hazardsOf } from "./origin-shares.ts";
import { type Random, seededRandom } from "./random.ts";

const ORIGINS = ["input", "retrieval/search", "model/answer", "render/page", "unknown"] as const;
const PRIOR = Float64Array.of(0.01, 0.34, 0.4, 0.2, 0.05);
type Rates = Readonly<Partial<Record<(typeof ORIGINS)[number], number>>>;
const HEALTHY: Rates = { "retrieval/search": 0.05, "model/answer": 0.1, "render/page": 0.03 };

interface Population {
	readonly tasks: number;
	readonly trials: number;
	/** Where the names of tasks begin: two populations with other names share no task. */
	readonly prefix?: string;
	/** Runs say how they ended; true by default. */
	readonly stated?: boolean;
}

/** Runs whose faults begin at given rates; some tasks are harder than others. Evidence is as exact as `draw` makes it. */
function simulate(
	rates: Rates,
	{ tasks, trials, prefix = "task", stated = true }: Population,
	random: Random,
): OriginCase[] {
	return Array.from({ length: tasks * trials }, (_, at) => {
		const task = `${prefix}-${at % tasks}`;
		const hardness = (at % tasks) % 2 === 0 ? 0.5 : 1.5;
		let left = random();
		const origin = ORIGINS.find((name) => {
			left -= hardness * (rates[name] ?? 0);
			return left < 0;
		});
		return {
			task,
			outcome: stated ? (origin === undefined ? "pass" : "fail") : "unknown",
			likelihoods: evidence(origin, random),
		};
	});
}

/** Likelihood ratios of N(3, 1) to N(0, 1) at each component. */
const evidence = (origin: string | undefined, random: Random): Float64Array =>
	Float64Array.from(ORIGINS, (name) => {
		if (!name.includes("/")) return 1;
		const normal = Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
		const x = normal + (name === origin ? 3 : 0);
		return Math.exp(3 * x - 4.5);
	});

const quick = (seed: number, options: Partial<AttributeOptions> = {}): AttributeOptions => ({
	random: seededRandom(seed),
	permutations: 199,
	resamples: 99,
	alpha: 0.05,
	...options,
});

const worse = (rates: Rates): Rates => ({ ...HEALTHY, ...rates });

function compare(
	baseline: Rates,
	candidate: Rates,
	seed: number,
	population: Population,
	other = population,
	options = quick(seed),
): Change {
	const random = seededRandom(1000 + seed);
	return attributeChange(
		ORIGINS,
		PRIOR,
		{ baseline: simulate(baseline, population, random), candidate: simulate(candidate, other, random) },
		options,
	);
}

const named = ({ verdict }: Change): readonly string[] => ("origins" in verdict ? verdict.origins : []);
const SMALL: Population = { tasks: 40, trials: 2 };

for (const [title, other] of [
	["the same tasks on both sides", SMALL],
	["other tasks on each side", { ...SMALL, prefix: "other" }],
] as const) {
	test(`names a component in at most 5 % of comparisons of a deploy with itself: ${title}`, (t) => {
		const seeds = Array.from({ length: 80 }, (_, at) => at);
		const alarms = seeds.filter((seed) => named(compare(HEALTHY, HEALTHY, seed, SMALL, other)).length > 0);
		t.diagnostic(`${alarms.length} of ${seeds.length}`);
		assert.ok(alarms.length / seeds.length <= 0.05, `seeds ${alarms}`);
	});
}

for (const origin of ["retrieval/search", "model/answer", "render/page"] as const) {
	for (const [direction, sign] of [
		["worse", 1],
		["better", -1],
	] as const) {
		test(`names the one component that got 15 points ${direction}: ${origin}`, (t) => {
			const sick = worse({ [origin]: (HEALTHY[origin] ?? 0) + 0.15 });
			const population = { tasks: 100, trials: 3 };
			const seeds = Array.from({ length: 20 }, (_, at) => at);
			const changes = seeds.map((seed) =>
				sign > 0 ? compare(HEALTHY, sick, seed, population) : compare(sick, HEALTHY, seed, population),
			);
			const right = changes.filter((change) => {
				const [first] = change.origins;
				return (
					change.verdict.kind === "component" &&
					named(change)[0] === origin &&
					first?.origin === origin &&
					sign * first.difference > 0 &&
					sign * first.contribution > 0.05
				);
			});
			t.diagnostic(`${right.length} of ${seeds.length}`);
			assert.ok(
				right.length / seeds.length >= 0.9,
				changes.map((change) => `${change.verdict.kind} ${named(change)}`).join("; "),
			);
		});
	}
}

test("names several components where several got worse", () => {
	const sick = worse({ "retrieval/search": 0.2, "model/answer": 0.27 });
	const kinds = [1, 2, 3, 4, 5].map((seed) => compare(HEALTHY, sick, seed, { tasks: 60, trials: 3 }));
	const right = kinds.filter(
		(change) =>
			change.verdict.kind === "several" &&
			named(change).toSorted().join() === "model/answer,retrieval/search",
	);
	assert.ok(right.length >= 4, kinds.map((change) => named(change).join()).join("; "));
});

test("where two components change against each other, each is named although the rate stays", () => {
	const population = { tasks: 80, trials: 4 };
	const change = compare(worse({ "retrieval/search": 0.25 }), worse({ "render/page": 0.23 }), 5, population);
	assert.ok(Math.abs(change.difference.value) < 0.12);
	const found = change.origins
		.filter(({ q }) => (q ?? 1) <= 0.05)
		.map(({ origin, contribution }) => [origin, Math.sign(contribution)]);
	assert.deepEqual(found.toSorted(), [
		["render/page", 1],
		["retrieval/search", -1],
	]);
});

test("pairs tasks that ran on both sides, and says how many", () => {
	assert.equal(compare(HEALTHY, HEALTHY, 1, SMALL).pairedTasks, 40);
	assert.equal(compare(HEALTHY, HEALTHY, 1, SMALL, { ...SMALL, prefix: "other" }).pairedTasks, 0);
	assert.equal(compare(HEALTHY, HEALTHY, 1, { tasks: 9, trials: 4 }).pairedTasks, 0, "too few to pair");
});

test("finds the component in other tasks than before, too", () => {
	const sick = worse({ "retrieval/search": 0.25 });
	const population = { tasks: 80, trials: 3 };
	const changes = [1, 2, 3, 4, 5].map((seed) =>
		compare(HEALTHY, sick, seed, population, { ...population, prefix: "other" }),
	);
	assert.ok(changes.filter((change) => named(change).join() === "retrieval/search").length >= 4);
	assert.ok(changes.every((change) => change.pairedTasks === 0));
});

test("finds the component where no run says how it ended, and says that outcomes are estimated", () => {
	const population = { tasks: 60, trials: 3, stated: false };
	const change = compare(HEALTHY, worse({ "retrieval/search": 0.3 }), 2, population);
	assert.equal(change.baseline.stated, 0);
	assert.equal(change.candidate.runs, 180);
	assert.deepEqual(named(change), ["retrieval/search"]);
});

test("contributions add up to the end-to-end difference, shares to 1", () => {
	for (let seed = 0; seed < 6; seed++) {
		const options = quick(seed, { permutations: 1, resamples: 2 });
		const change = compare(HEALTHY, worse({ "model/answer": 0.3 }), seed, SMALL, SMALL, options);
		const parts = change.origins.reduce((sum, { contribution }) => sum + contribution, 0);
		assert.ok(Math.abs(parts - change.difference.value) < 1e-9);
		const shares = change.origins.reduce((sum, { share }) => sum + (share ?? 0), 0);
		assert.ok(Math.abs(shares - 1) < 1e-9);
		const rates = (change.candidate.rate ?? 0) - (change.baseline.rate ?? 0);
		assert.ok(Math.abs(rates - change.difference.value) < 1e-9);
		const sizes = change.origins.map(({ contribution }) => Math.abs(contribution));
		assert.deepEqual(
			sizes,
			sizes.toSorted((a, b) => b - a),
		);
	}
});

test("contributions add up for any hazards, and what did not change contributes nothing", () => {
	const random = seededRandom(7);
	for (let trial = 0; trial < 50; trial++) {
		const shares = () => Float64Array.from({ length: 6 }, () => random() / 8);
		const [before, after] = [hazardsOf(shares()), hazardsOf(shares())];
		after[2] = before[2] ?? 0;
		const parts = contributionsOf(before, after, random);
		const failure = (hazards: Float64Array) =>
			1 - hazards.reduce((intact, hazard) => intact * (1 - hazard), 1);
		const sum = parts.reduce((all, part) => all + part, 0);
		assert.ok(Math.abs(sum - (failure(after) - failure(before))) < 1e-9);
		assert.ok(Math.abs(parts[2] ?? 9) < 1e-12);
	}
});

test("cannot tell on few runs, and says how many it would take", () => {
	const change = compare(HEALTHY, worse({ "model/answer": 0.2 }), 3, { tasks: 12, trials: 1 });
	assert.equal(change.verdict.kind, "inconclusive");
	const needed = change.verdict.kind === "inconclusive" ? change.verdict.neededRuns : null;
	assert.ok(needed !== null && needed > 12 && Number.isInteger(needed), String(needed));
});

test("rules out a rise where there are enough runs, and a better candidate is no change for the worse", () => {
	const population = { tasks: 200, trials: 4 };
	const options = quick(4, { permutations: 49 });
	assert.equal(
		compare({ "model/answer": 0.02 }, { "model/answer": 0.02 }, 4, population, population, options).verdict
			.kind,
		"no-change",
	);
});

for (const [title, baseline, candidate] of [
	["no runs at all", [], []],
	["no runs on one side", simulate(HEALTHY, SMALL, seededRandom(9)), []],
	[
		"one run on each side",
		simulate({}, { tasks: 1, trials: 1 }, seededRandom(9)),
		simulate({}, { tasks: 1, trials: 1 }, seededRandom(9)),
	],
	["nothing but passing runs", simulate({}, SMALL, seededRandom(9)), simulate({}, SMALL, seededRandom(9))],
] as const) {
	test(`names nothing and throws nothing on ${title}`, () => {
		const change = attributeChange(
			ORIGINS,
			PRIOR,
			{ baseline, candidate },
			quick(9, { permutations: 19, resamples: 19 }),
		);
		assert.deepEqual(named(change), []);
		assert.equal(change.baseline.rate === null, baseline.length === 0);
		assert.ok(change.origins.every(({ contribution }) => Number.isFinite(contribution)));
		assert.deepEqual(JSON.parse(JSON.stringify(change)), change, "nothing that JSON cannot hold");
	});
}

test("gives the same answer for the same seed", () => {
	const once = () => compare(HEALTHY, worse({ "model/answer": 0.3 }), 8, SMALL, SMALL, quick(8));
	assert.deepEqual(once(), once());
});
